"""Tests of L{arvgate.config.replacing}."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from arvgate.config import replacing
from arvgate.config.replacing import back_up, replace_file


class ReplacingTests(SynchronousTestCase):
    """Files that are replaced."""

    def setUp(self) -> None:
        """A file."""
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir()
        self.file = self.directory / "config.yml"
        self.file.write_bytes(b"old")
        self.file.chmod(0o640)

    def test_replaced(self) -> None:
        """It has the new content and the mode that it had, and nothing is left beside it."""
        replace_file(self.file, b"new")
        self.assertEqual((b"new", 0o640), (self.file.read_bytes(), self.file.stat().st_mode & 0o7777))
        self.assertEqual([self.file], list(self.directory.iterdir()))

    def test_link(self) -> None:
        """A link stays one; what it leads to is replaced."""
        link = self.directory / "link.yml"
        link.symlink_to(self.file)
        replace_file(link, b"new")
        self.assertTrue(link.is_symlink())
        self.assertEqual(b"new", self.file.read_bytes())

    def test_back_up(self) -> None:
        """A copy has content and mode, and replaces an earlier copy."""
        for content in (b"first", b"second"):
            self.file.write_bytes(content)
            copy = back_up(self.file)
            self.assertEqual((content, 0o640), (copy.read_bytes(), copy.stat().st_mode & 0o7777))
        self.assertEqual({self.file, copy}, set(self.directory.iterdir()))

    def test_owner(self) -> None:
        """Owner and group stay."""
        if os.geteuid() != 0:
            raise SkipTest("only root can give files away")
        os.chown(self.file, 12345, 23456)
        replace_file(self.file, b"new")
        found = self.file.stat()
        self.assertEqual((12345, 23456, 0o640), (found.st_uid, found.st_gid, found.st_mode & 0o7777))

    def test_failure(self) -> None:
        """What cannot be done leaves the file as it was, and nothing beside it."""

        def refuse(source: str, target: Path) -> None:
            raise OSError("no")

        self.patch(replacing.os, "replace", refuse)
        self.assertRaises(OSError, replace_file, self.file, b"new")
        self.assertEqual(b"old", self.file.read_bytes())
        self.assertEqual([self.file], list(self.directory.iterdir()))
        self.assertRaises(OSError, replace_file, self.directory / "missing", b"new")
