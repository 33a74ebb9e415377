"""Tests of L{arvgate.runner.output_copy}."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from arvgate.files.walking import open_inner
from arvgate.runner.output_copy import copy_tree
from arvgate.runner.workdir import remove_directory


class CopyTests(SynchronousTestCase):
    """L{copy_tree}."""

    def setUp(self) -> None:
        """Make the tree to copy."""
        base = Path(self.mktemp())
        base.mkdir()
        self.addCleanup(remove_directory, str(base))
        self.source, self.target = base / "source", base / "target"
        self.source.mkdir()

    def copy(self) -> int:
        """Copy, and see that nothing else is left; what could not be read."""
        unread = copy_tree(str(self.source), str(self.target))
        self.assertEqual({"source", "target"}, set(os.listdir(self.source.parent)))
        return unread

    def test_content(self) -> None:
        """Files, directories and links are what they were, with modes and times."""
        (self.source / "inner" / "empty").mkdir(parents=True)
        file = self.source / "inner" / "file"
        file.write_bytes(os.urandom(3_000_001))
        file.chmod(0o640)
        os.utime(file, (1, 2))
        os.symlink("/etc/passwd", self.source / "link")
        (self.source / "after").write_bytes(b"after")
        self.assertEqual(0, self.copy())
        copied = self.target / "inner" / "file"
        self.assertEqual(file.read_bytes(), copied.read_bytes())
        self.assertEqual((0o640, 2), (copied.stat().st_mode & 0o777, copied.stat().st_mtime))
        self.assertTrue((self.target / "inner" / "empty").is_dir())
        self.assertEqual("/etc/passwd", os.readlink(self.target / "link"))
        self.assertEqual(b"after", (self.target / "after").read_bytes())

    def test_names_of_one_file(self) -> None:
        """A file with several names is one in the copy, too."""
        (self.source / "a").write_bytes(b"x")
        (self.source / "d").mkdir()
        os.link(self.source / "a", self.source / "d" / "b")
        self.copy()
        self.assertEqual((self.target / "a").stat().st_ino, (self.target / "d" / "b").stat().st_ino)
        self.assertEqual(2, (self.target / "a").stat().st_nlink)

    def test_holes(self) -> None:
        """Holes stay holes."""
        with open(self.source / "holes", "wb") as file:
            file.truncate(1 << 33)
            file.seek(1 << 32)
            file.write(b"data")
        self.copy()
        copied = self.target / "holes"
        self.assertEqual(1 << 33, copied.stat().st_size)
        self.assertLess(copied.stat().st_blocks * 512, 1 << 20)
        with open(copied, "rb") as file:
            file.seek(1 << 32)
            self.assertEqual(b"data", file.read(4))

    def test_special(self) -> None:
        """Pipes are not waited for and not copied."""
        os.mkfifo(self.source / "pipe")
        self.copy()
        self.assertEqual([], os.listdir(self.target))

    def test_deep(self) -> None:
        """A tree that is deeper than a path may be long is copied to its end."""
        here = os.open(self.source, os.O_RDONLY)
        for _ in range(200):
            os.mkdir("d" * 100, dir_fd=here)
            inner = open_inner("d" * 100, here)
            os.close(here)
            here = inner
        os.close(here)
        self.copy()
        here = os.open(self.target, os.O_RDONLY)
        for _ in range(200):
            inner = open_inner("d" * 100, here)
            os.close(here)
            here = inner
        os.close(here)
