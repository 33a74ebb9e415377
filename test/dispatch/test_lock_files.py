"""Tests of L{arvgate.dispatch.lock_files} with the runner's own side."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from arvgate.dispatch.lock_files import LockFiles
from arvgate.runner.lock_file import take_lock_file

UUID = "zzzzz-dz642-000000000000001"


class LockFilesTests(SynchronousTestCase):
    """Lock files seen from outside."""

    def setUp(self) -> None:
        """An empty directory."""
        directory = Path(self.mktemp())
        directory.mkdir()
        self.files = LockFiles(directory)

    def test_absent(self) -> None:
        """A container without a file has no runner, and its file is as good as removed."""
        self.assertFalse(self.files.is_held(UUID))
        self.assertTrue(self.files.remove(UUID))

    def test_held(self) -> None:
        """A runner that holds its file is seen, and its file is not removed."""
        lock = take_lock_file(str(self.files.path(UUID)), 1, 1, "locker")
        assert lock is not None
        self.assertTrue(self.files.is_held(UUID))
        self.assertFalse(self.files.remove(UUID))
        self.assertEqual([UUID], self.files.containers())
        lock.release()

    def test_released(self) -> None:
        """When the runner is gone its file says so, and can be removed."""
        lock = take_lock_file(str(self.files.path(UUID)), 1, 1, "locker")
        assert lock is not None
        lock.release()
        self.assertFalse(self.files.is_held(UUID))
        self.assertTrue(self.files.remove(UUID))
        self.assertEqual([], self.files.containers())

    def test_looking_does_not_disturb(self) -> None:
        """A look leaves the file free for a runner."""
        self.files.path(UUID).write_text("{}")
        self.assertFalse(self.files.is_held(UUID))
        lock = take_lock_file(str(self.files.path(UUID)), 1, 1, "locker")
        assert lock is not None
        lock.release()

    def test_other_files(self) -> None:
        """Files that are no container's are none of ours."""
        self.files.path("readme").write_text("")
        self.assertEqual([], self.files.containers())
