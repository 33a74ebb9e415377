"""Tests of L{arvgate.files.tail}."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from arvgate.files.tail import read_tail


class Tail(SynchronousTestCase):
    """The end of a file."""

    def setUp(self) -> None:
        """Make a directory with a file."""
        self.directory = Path(self.mktemp())
        self.directory.mkdir()
        (self.directory / "log").write_bytes(b"0123456789")

    def read(self, name: str, size: int = 4) -> tuple[bytes, bool]:
        """Its end."""
        return read_tail(str(self.directory), name, size)

    def test_end(self) -> None:
        """It is the last bytes, and said whether these are all."""
        self.assertEqual((b"6789", False), self.read("log"))
        self.assertEqual((b"0123456789", True), self.read("log", 10))

    def test_nothing(self) -> None:
        """Where there is no such file or directory there is nothing."""
        self.assertEqual((b"", True), self.read("other"))
        self.assertEqual((b"", True), read_tail(str(self.directory / "none"), "log", 4))

    def test_odd(self) -> None:
        """A link, a pipe and a directory are no files."""
        os.symlink("log", self.directory / "link")
        os.mkfifo(self.directory / "pipe")
        (self.directory / "inner").mkdir()
        for name in ("link", "pipe", "inner"):
            self.assertEqual((b"", True), self.read(name), name)
