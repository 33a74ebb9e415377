"""Tests of L{arvgate.runner.lock_file}."""

from __future__ import annotations

import json
import os
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import EngineFailed
from arvgate.runner.lock_file import LockFile, hold_lock_file, take_lock_file


class LockFileTests(SynchronousTestCase):
    """The file that a live runner holds."""

    def setUp(self) -> None:
        """A path."""
        self.path = os.path.abspath(self.mktemp())

    def take(self, count: int = 1) -> LockFile | None:
        """Try to take it."""
        return take_lock_file(self.path, 42, count, "locker")

    def test_content(self) -> None:
        """The file says who holds it, and nothing of who held it before."""
        lock = self.take(1000)
        assert lock is not None
        lock.release()
        again = self.take(2)
        assert again is not None
        content = json.loads(Path(self.path).read_text())
        self.assertEqual({"pid": 42, "lock_count": 2, "locked_by_uuid": "locker"}, content)
        again.release()

    def test_one_holder(self) -> None:
        """Nobody else can take it while it is held."""
        lock = self.take()
        assert lock is not None
        self.assertIsNone(self.take())
        lock.release()

    def test_in_place(self) -> None:
        """A holder notices when its file is gone, or another one stands there."""
        lock = self.take()
        assert lock is not None
        self.assertTrue(lock.in_place())
        os.unlink(self.path)
        self.assertFalse(lock.in_place())
        Path(self.path).write_text("")
        self.assertFalse(lock.in_place())
        lock.release()

    def test_private(self) -> None:
        """Only its owner can read it."""
        lock = self.take()
        assert lock is not None
        self.assertEqual(0o600, os.stat(self.path).st_mode & 0o777)
        lock.release()

    def test_released_twice(self) -> None:
        """Giving it back twice closes no file that was opened in between."""
        lock = self.take()
        assert lock is not None
        lock.release()
        with open(self.path, "rb") as file:
            lock.release()
            self.assertTrue(file.read())

    def test_not_to_be_told(self) -> None:
        """While the place of the file cannot be looked at, it is taken to be there."""
        directory = os.path.abspath(self.mktemp())
        os.mkdir(directory)
        lock = take_lock_file(f"{directory}/lock", 1, 1, "")
        assert lock is not None
        self.addCleanup(lock.release)
        os.rename(directory, f"{directory}-away")
        Path(directory).write_text("")
        self.assertTrue(lock.in_place())

    def test_not_writable(self) -> None:
        """A file that cannot be written is named, and not kept open."""
        before = os.listdir("/proc/self/fd")
        with self.assertRaises(EngineFailed) as caught:
            take_lock_file("/dev/full", 1, 1, "")
        self.assertIn("/dev/full", caught.exception.sentence)
        self.assertEqual(before, os.listdir("/proc/self/fd"))

    def test_not_inherited(self) -> None:
        """Processes that are started do not keep it held."""
        lock = self.take()
        assert lock is not None
        self.assertFalse(os.get_inheritable(lock._fd))
        lock.release()

    def test_symbolic_link(self) -> None:
        """A link in its place is not followed."""
        os.symlink("/etc/passwd", self.path)
        with self.assertRaises(EngineFailed):
            self.take()

    def test_no_directory(self) -> None:
        """A place that is not there is named."""
        with self.assertRaises(EngineFailed) as caught:
            take_lock_file("/nowhere/lock", 1, 1, "")
        self.assertIn("/nowhere/lock", caught.exception.sentence)

    def test_waits_for_a_look(self) -> None:
        """A look from outside that holds it for a moment is waited for."""
        clock = Clock()
        looking = self.take()
        assert looking is not None
        holding = Deferred.fromCoroutine(hold_lock_file(clock, self.path, 1, 1, ""))
        clock.advance(0.1)
        self.assertNoResult(holding)
        looking.release()
        clock.advance(0.1)
        self.successResultOf(holding).release()

    def test_another_runner(self) -> None:
        """Another runner that keeps it is a failure after two seconds."""
        clock = Clock()
        other = self.take()
        assert other is not None
        holding = Deferred.fromCoroutine(hold_lock_file(clock, self.path, 1, 1, ""))
        clock.pump([0.1] * 21)
        self.failureResultOf(holding, EngineFailed)
        other.release()
