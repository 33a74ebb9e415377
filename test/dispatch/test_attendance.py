"""Tests of L{arvgate.dispatch.attendance}."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.dispatch.attendance import Attendance
from arvgate.dispatch.lock_files import LockFiles
from test.dispatch.case import Pretended

UUID = "zzzzz-dz642-000000000000001"


class AttendanceTests(SynchronousTestCase):
    """Whether a runner lives."""

    def setUp(self) -> None:
        """A directory for lock files, and a runner."""
        directory = Path(self.mktemp())
        directory.mkdir()
        files = LockFiles(directory)
        self.clock = Clock()
        self.attendance = Attendance(self.clock, files)
        self.runner = Pretended(files, UUID, {"LockCount": 1})

    def attends(self, state: str = "Locked") -> bool:
        """Whether it is looked after."""
        return self.attendance.attends({"uuid": UUID, "state": state})

    def test_lock_file(self) -> None:
        """Who holds the lock file lives, whoever started it."""
        self.runner.hold()
        self.assertTrue(self.attends("Running") and self.attends() and self.attendance.has_runner(UUID))
        self.runner.die()
        self.assertFalse(self.attends("Running") or self.attendance.has_runner(UUID))

    def test_started_by_us(self) -> None:
        """A runner that this process started lives before it holds its file, and is dead when its process is."""
        self.attendance.launched(UUID, self.runner)
        self.assertTrue(self.attends() and self.attendance.has_runner(UUID))
        self.runner.die()
        self.assertFalse(self.attends() or self.attendance.has_runner(UUID))

    def test_lost_its_file(self) -> None:
        """Who runs and has lost the lock file does not look after it any more, though its process lives."""
        self.attendance.launched(UUID, self.runner)
        self.assertEqual((False, True), (self.attends("Running"), self.attendance.has_runner(UUID)))

    def test_grace(self) -> None:
        """A lock that this process knows nothing of has ten seconds, once."""
        self.assertTrue(self.attends() and self.attendance.has_runner(UUID))
        self.clock.advance(10)
        for _ in range(3):
            self.assertFalse(self.attends() or self.attendance.has_runner(UUID))
            self.attendance.settle([UUID])
            self.clock.advance(1)

    def test_grace_of_the_next_lock(self) -> None:
        """A later lock has its own."""
        self.attends()
        self.clock.advance(10)
        self.attendance.settle([])
        self.assertTrue(self.attends())

    def test_deserted(self) -> None:
        """A lock file that nobody holds is deserted, and can be cleared away with what belongs to it."""
        self.runner.hold()
        self.assertEqual(set(), self.attendance.deserted())
        cleared: list[str] = []
        self.assertFalse(self.attendance.clear(UUID, cleared.append))
        self.runner.die()
        self.assertEqual({UUID}, self.attendance.deserted())
        self.assertTrue(self.attendance.clear(UUID, cleared.append))
        self.assertEqual(([UUID], set()), (cleared, self.attendance.deserted()))

    def test_not_cleared_under_a_starting_runner(self) -> None:
        """The file of an earlier runner is left to the next one that is on its way."""
        self.runner.hold()
        self.runner.die()
        self.attendance.launched(UUID, _Starting())
        self.assertEqual(set(), self.attendance.deserted())
        self.assertFalse(self.attendance.clear(UUID, lambda uuid: self.fail("cleared")))

    def test_settle(self) -> None:
        """A runner that has exited is forgotten when its container is over, not before."""
        self.attendance.launched(UUID, self.runner)
        self.runner.die()
        self.attendance.settle([UUID])
        self.assertFalse(self.attends())
        self.attendance.settle([])
        self.assertTrue(self.attends())


class _Starting:
    def alive(self) -> Any:
        return True
