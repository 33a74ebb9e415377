"""
Tests of L{arvgate.directory.waiting}.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from twisted.trial.unittest import SynchronousTestCase, TestCase

from arvgate.directory.waiting import LocalWaiting
from arvgate.interfaces import ContainerFacts
from arvgate.model.progress import Progress
from arvgate.model.targets import Target
from test.contract.waiting import WaitingContract
from test.directory.stored import START, StoredWorld

UUID = "zzzzz-dz642-aaaaaaaaaaaaaaa"


class LocalWaitingTests(WaitingContract, TestCase):
    """The contract, over the store."""

    def make_world(self) -> StoredWorld:
        """A world on a new SQLite file."""
        return StoredWorld(self.mktemp())


class OneContainer:
    """Records that know one container with one request."""

    def __init__(self, properties: dict[str, Any], **container: Any) -> None:
        self._container = {
            "uuid": UUID,
            "created_at": START,
            "started_at": None,
            "runtime_status": {},
            "listening_ports": None,
            **container,
        }
        self._request = {"state": "Committed", "properties": properties}

    async def container_facts(self, target: Target, user_uuid: str | None) -> ContainerFacts:
        """As the store."""
        return ContainerFacts(self._container, [(self._request, True, True)])


class ProgressTests(SynchronousTestCase):
    """What is told of a container."""

    def progress(self, properties: dict[str, Any] | None = None, **container: Any) -> Progress:
        """Of a container that was made ten seconds ago."""

        async def here(work: Any) -> Any:
            return work()

        records: Any = OneContainer(properties or {}, **container)
        waiting = LocalWaiting(records, self.mktemp(), lambda: START + timedelta(seconds=10), here)
        progress = self.successResultOf(waiting.progress(UUID, "user"))
        assert progress is not None
        return progress

    def test_queued(self) -> None:
        """One that waits has not run."""
        self.assertEqual(Progress(waited=10.0), self.progress())

    def test_running(self) -> None:
        """Of one that runs it is told for how long, and what listens."""
        progress = self.progress(started_at=START + timedelta(seconds=7), listening_ports=[80])
        self.assertEqual((3.0, (80,)), (progress.ran, tuple(progress.listening)))

    def test_reason(self) -> None:
        """The dispatcher's reason is told, up to a length."""
        self.assertEqual("no room", self.progress(runtime_status={"warning": "no room"}).reason)
        self.assertEqual(1000, len(self.progress(runtime_status={"error": "x" * 5000}).reason))

    def test_idle_timeout(self) -> None:
        """So is the time after which it ends when nobody is connected."""
        self.assertEqual(600.0, self.progress({"arvgate:idle_timeout": 600}).idle_timeout)
