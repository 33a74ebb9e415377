"""Tests of L{arvgate.runner.watches}, on a stopped clock."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import attrs
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import Ended
from arvgate.interfaces import ExitStatus, JobPlan
from arvgate.runner.env_document import EnvDocument
from arvgate.runner.outcome import Outcome
from arvgate.runner.watches import RuntimeStatus, Watches, record_ended
from arvgate.testing.container_api import FakeContainerApi
from arvgate.testing.engine import FakeJob, Program
from test.runner.documents import DOCUMENT

PLAN = JobPlan("zzzzz-dz642-000000000000001", 1, ("x",), {}, "", "/w", "/o", "/e", 1000)


class Door:
    """Who is connected is what a test says."""

    idle_since: float | None = 0.0


class WatchesCase(SynchronousTestCase):
    """A running job."""

    def setUp(self) -> None:
        """It does nothing, and its record is this cycle's."""
        self.clock = Clock()
        self.job = FakeJob(self.clock, PLAN, Program(ignores_term=False))
        self.record: dict[str, Any] = {
            "state": "Running",
            "priority": 1,
            "locked_by_uuid": DOCUMENT.api_token.uuid,
            "lock_count": DOCUMENT.lock_count,
            "runtime_status": {"activity": "working"},
        }
        self.api = FakeContainerApi(self.record, "token")
        self.status = RuntimeStatus()
        self.size = 0
        self.said: list[str] = []

    def watches(self, max_run_time: float = 0, **more: Any) -> Watches:
        """Those over the job; C{more} of the document."""
        document: EnvDocument = attrs.evolve(DOCUMENT, **more)
        return Watches(
            self.clock, document, self.api, self.job, self.status, max_run_time, self.measured, self.said.append
        )

    async def measured(self) -> int:
        """The size of the output."""
        return self.size

    def begin(self, flow: Coroutine[Any, Any, Any]) -> Deferred[Any]:
        """A watch that is cancelled when the test is over."""
        running = Deferred.fromCoroutine(flow)

        def end() -> None:
            running.addErrback(lambda failure: failure.trap(CancelledError))
            running.cancel()

        self.addCleanup(end)
        return running

    def elapse(self, seconds: int) -> None:
        """Time passes, second by second."""
        for _ in range(seconds):
            self.clock.advance(1)


class RuntimeStatusTests(SynchronousTestCase):
    """L{RuntimeStatus}."""

    def test_warning(self) -> None:
        """A warning is put in and taken out, and the rest stays."""
        status = RuntimeStatus()
        status.known = {"activity": "x", "warning": "old"}
        self.assertEqual({"activity": "x", "warning": "new"}, status.with_warning("new"))
        self.assertEqual({"activity": "x"}, status.with_warning(""))


class EndTests(WatchesCase):
    """Ends of a job."""

    def test_by_itself(self) -> None:
        """A job that ends by itself is complete."""
        watching = self.begin(self.watches().job_ended())
        self.assertNoResult(watching)
        self.job.end(ExitStatus(3))
        self.assertEqual(Outcome("Complete", 3), self.successResultOf(watching))

    def test_record(self) -> None:
        """A record that loses its priority ends the job when it is looked at next; what it says is remembered."""
        watching = self.begin(record_ended(self.clock, DOCUMENT, self.api, self.status))
        self.elapse(5)
        self.assertEqual({"activity": "working"}, self.status.known)
        self.api.record = {**self.record, "priority": 0, "runtime_status": None}
        self.assertNoResult(watching)
        self.elapse(5)
        self.assertEqual(Outcome("Cancelled"), self.successResultOf(watching))
        self.assertEqual({}, self.status.known)

    def test_other_cycle(self) -> None:
        """A record of another cycle is an end of its own kind."""
        self.api.record = {**self.record, "lock_count": 99}
        watching = self.begin(record_ended(self.clock, DOCUMENT, self.api, self.status))
        self.elapse(5)
        self.failureResultOf(watching, Ended)


class TimeTests(WatchesCase):
    """How long it may run, and how long nobody may be connected."""

    def test_max_run_time(self) -> None:
        """A job is cancelled when its time is up, which is announced."""
        watching = self.begin(self.watches(90).time_is_up())
        self.elapse(89)
        self.assertNoResult(watching)
        self.elapse(1)
        outcome = self.successResultOf(watching)
        self.assertEqual("Cancelled", outcome.state)
        self.assertIn("90 seconds", outcome.error)
        self.assertEqual([outcome.error], self.said)

    def test_no_limits(self) -> None:
        """Without limits no time is too long, and no output too large."""
        self.size = 1 << 60
        watches = self.watches(0)
        watching = [
            self.begin(flow) for flow in (watches.time_is_up(), watches.abandoned(Door()), watches.output_too_large())
        ]
        self.clock.advance(1e9)
        for one in watching:
            self.assertNoResult(one)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_abandoned(self) -> None:
        """A job that nobody is connected to is told to end, which is announced, and is complete with that warning."""
        watches = self.watches(idle_timeout=60.0)
        watching, ending = self.begin(watches.abandoned(Door())), self.begin(watches.job_ended())
        self.elapse(59)
        self.assertEqual([], self.said)
        self.elapse(1)
        outcome = self.successResultOf(ending)
        self.assertEqual(("Complete", 143, ""), (outcome.state, outcome.exit_code, outcome.error))
        self.assertIn("60 seconds", outcome.warning)
        self.assertEqual([outcome.warning], self.said)
        self.assertNoResult(watching)

    def test_abandoned_later(self) -> None:
        """While somebody is connected it goes on, and the time begins anew when the last has left."""
        door = Door()
        self.begin(self.watches(idle_timeout=60.0).abandoned(door))
        door.idle_since = None
        self.elapse(500)
        door.idle_since = self.clock.seconds()
        self.elapse(59)
        self.assertEqual([], self.said)
        self.elapse(61)
        self.assertEqual(1, len(self.said))

    def test_abandoned_on_the_way(self) -> None:
        """A short visit in between counts."""
        door = Door()
        self.begin(self.watches(idle_timeout=60.0).abandoned(door))
        self.elapse(50)
        door.idle_since = 50.0
        self.elapse(59)
        self.assertEqual([], self.said)
        self.elapse(1)
        self.assertEqual(1, len(self.said))

    def test_stubborn(self) -> None:
        """A job that does not heed it is killed after the grace."""
        self.job.program = Program(ignores_term=True)
        watches = self.watches(idle_timeout=60.0)
        self.begin(watches.abandoned(Door()))
        ending = self.begin(watches.job_ended())
        self.elapse(69)
        self.assertNoResult(ending)
        self.elapse(1)
        self.assertEqual(137, self.successResultOf(ending).exit_code)


class OutputTests(WatchesCase):
    """How much it may write."""

    def test_too_large(self) -> None:
        """Output for which there is no room cancels the job, with both numbers."""
        watching = self.begin(self.watches(output_max_bytes=1000).output_too_large())
        self.size = 1000
        self.elapse(30)
        self.assertNoResult(watching)
        self.size = 1001
        self.elapse(10)
        outcome = self.successResultOf(watching)
        self.assertEqual("Cancelled", outcome.state)
        for number in ("1001", "1000"):
            self.assertIn(number, outcome.error)
        self.assertEqual([outcome.error], self.said)

    def test_slow_look(self) -> None:
        """A look that takes long is made less often."""
        looks: list[float] = []

        async def measured() -> int:
            looks.append(self.clock.seconds())
            waiting: Deferred[None] = Deferred()
            self.clock.callLater(5, waiting.callback, None)
            await waiting
            return 0

        self.measured = measured  # type: ignore[method-assign]
        self.begin(self.watches(output_max_bytes=1000).output_too_large())
        self.elapse(250)
        self.assertEqual([10.0, 115.0, 220.0], looks)


class ReportTests(WatchesCase):
    """What is reported meanwhile."""

    def setUp(self) -> None:
        """Reports are on the way."""
        super().setUp()
        self.reports = self.begin(self.watches().reports())

    def test_ports(self) -> None:
        """Ports are reported as they change, and only then."""
        self.assertEqual([], self.api.updates)
        self.job.program = Program(ports={80: lambda sock: None, 22: lambda sock: None})
        self.elapse(10)
        self.assertEqual([{"listening_ports": [22, 80]}], self.api.updates)
        self.job.program = Program()
        self.elapse(2)
        self.assertEqual({"listening_ports": []}, self.api.updates[-1])

    def test_warning(self) -> None:
        """A trouble of the job is put on the record and taken off it; what else is there stays."""
        self.status.known = {"activity": "working"}
        self.job.warning = "Docker does not answer."
        self.elapse(10)
        said = {"runtime_status": {"activity": "working", "warning": "Docker does not answer."}}
        self.assertEqual([said], self.api.updates)
        self.job.warning = ""
        self.elapse(2)
        self.assertEqual({"runtime_status": {"activity": "working"}}, self.api.updates[-1])

    def test_gateway_away(self) -> None:
        """While no gateway answers a report waits; then it is the present state that is told next."""
        self.api.cut()
        self.job.program = Program(ports={80: lambda sock: None})
        self.elapse(4)
        self.job.program = Program(ports={81: lambda sock: None})
        self.elapse(4)
        self.assertEqual([], self.api.updates)
        self.api.mend()
        self.elapse(4)
        self.assertEqual({"listening_ports": [81]}, self.api.updates[-1])
        self.assertNoResult(self.reports)
