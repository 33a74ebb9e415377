"""
C{arvgate demo}: the reactor, and what is printed.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.cli.demo import announcement, run_demo
from arvgate.cli.demo_cluster import Ready
from arvgate.cli.init import Created
from arvgate.config.initial import Files, NewCluster
from arvgate.errors import ArvgateError, NotReady

READY = Ready("https://host/?arvgate_code=c", "https://host/", Path("/d/cookies.txt"))


class Reactor(MemoryReactorClock):
    """A reactor that is told to end as soon as nothing is left to do."""

    stops = 0

    def run(self) -> None:
        """Begin, and end."""
        super().run()
        for trigger, arguments, keywords in self.triggers["before"]["shutdown"]:
            trigger(*arguments, **keywords)

    def stop(self) -> None:
        """Count it."""
        self.stops += 1


class Life:
    """
    Stands in for the demo's cluster.

    @ivar events: what was asked of it.
    """

    def __init__(self, result: Deferred[Ready], end: BaseException | None = None) -> None:
        self.events: list[str] = []
        self._result = result
        self._end = end

    async def start(self, app_port: int) -> Ready:
        """Start."""
        self.events.append(f"start {app_port}")
        return await self._result

    async def stop(self) -> None:
        """Stop."""
        self.events.append("stop")
        if self._end is not None:
            raise self._end


class RunTests(SynchronousTestCase):
    """L{run_demo}."""

    def run_demo(self, result: Any, end: BaseException | None = None) -> Life:
        """Run it with a start that has that result."""
        starting: Deferred[Ready] = Deferred()
        if isinstance(result, BaseException):
            starting.errback(result)
        elif result is not None:
            starting.callback(result)
        life = Life(starting, end)
        self.shown: list[Ready] = []
        self.reactor = Reactor()
        try:
            run_demo(self.reactor, life, 80, self.shown.append)  # type: ignore[arg-type]
        finally:
            self.assertEqual(["start 80", "stop"], life.events)
        return life

    def test_shown_then_ended(self) -> None:
        """What can be seen is shown, and at the end all is stopped."""
        self.run_demo(READY)
        self.assertEqual([READY], self.shown)

    def test_failure(self) -> None:
        """If it cannot start, the reactor ends, all is stopped, and the error is raised."""
        error = self.assertRaises(NotReady, self.run_demo, NotReady("slow"))
        self.assertEqual("slow", error.sentence)
        self.assertEqual([], self.shown)
        self.assertGreater(self.reactor.stops, 0)

    def test_unexpected_failure(self) -> None:
        """What is none of our errors is logged, and told in a sentence without a traceback."""
        error = self.assertRaises(ArvgateError, self.run_demo, ZeroDivisionError("x"))
        self.assertEqual("The demo failed.", error.sentence)
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))

    def test_interrupted_start(self) -> None:
        """Ending it while it starts is no failure."""
        self.run_demo(None)
        self.assertEqual([], self.shown)

    def test_failing_end(self) -> None:
        """If it cannot be stopped, that is told."""
        self.assertRaises(NotReady, self.run_demo, READY, NotReady("stuck"))


class AnnouncementTests(SynchronousTestCase):
    """L{announcement}."""

    def test_lines(self) -> None:
        """It has the link, a curl line and the way to the commands, each to be pasted; and no token."""
        files = Files(Path("/a b"))
        created = Created(files, NewCluster("zabcd", "zabcd.localhost", 8443, 1), "v2/x/secret", "")
        lines = [line.strip() for line in announcement(created, READY).splitlines()]
        self.assertIn(READY.link, lines)
        curl = next(line for line in lines if line.startswith("curl "))
        self.assertEqual(
            ["curl", "--cacert", "/a b/ca.pem", "-b", "/d/cookies.txt", "https://host/"], shlex.split(curl)
        )
        self.assertIn(". '/a b/env.sh'", lines)
        self.assertIn("ARVADOS_API_HOST=localhost:8443", "\n".join(lines))
        self.assertNotIn("secret", "\n".join(lines))

    def test_isolation(self) -> None:
        """Where the app is no more than a process, that is said."""
        for engine, said in (("process", True), ("docker", False)):
            cluster = NewCluster("zabcd", "zabcd.localhost", 8443, 1, engine=engine)
            text = announcement(Created(Files(Path("/d")), cluster, "v2/x/secret", ""), READY)
            self.assertEqual(said, "plain process of this account" in text)
