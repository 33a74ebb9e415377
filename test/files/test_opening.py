"""Tests of L{arvgate.files.opening}."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from arvgate.files.opening import open_directory, open_file, path_parts, status_of


class PathTests(SynchronousTestCase):
    """L{path_parts}."""

    def test_names(self) -> None:
        """A path is its names; none is the top."""
        cases = {"": [], "/": [], "a": ["a"], "a/b/": ["a", "b"], "\udcff/..a": ["\udcff", "..a"], "a\n": ["a\n"]}
        for path, names in cases.items():
            self.assertEqual(names, list(path_parts(path) or ()), path)

    def test_no_paths(self) -> None:
        """What could lead elsewhere is no path."""
        for path in ("/a", "a//b", "..", "a/../b", ".", "./a", "a/.", "a\0", "a//", "//", "a/" * 3000):
            self.assertIsNone(path_parts(path), path)


class OpenTests(SynchronousTestCase):
    """L{open_directory}, L{open_file} and L{status_of}."""

    def setUp(self) -> None:
        """Make a small tree."""
        self.top = Path(self.mktemp())
        (self.top / "a" / "b").mkdir(parents=True)
        (self.top / "a" / "file").write_bytes(b"content")
        os.symlink("a", self.top / "link")
        os.symlink("file", self.top / "a" / "link")

    def test_inside(self) -> None:
        """What is in the tree is opened."""
        directory = open_directory(str(self.top), ["a"])
        self.addCleanup(os.close, directory)
        file, status = open_file("file", directory)
        with file:
            self.assertEqual((7, b"content"), (status.st_size, file.read()))
        self.assertEqual(7, status_of(str(self.top), ["a", "file"]).st_size)

    def test_links(self) -> None:
        """No link is followed, wherever in the path, and nothing stays open."""
        before = os.listdir("/proc/self/fd")
        self.assertRaises(OSError, open_directory, str(self.top), ["link"])
        self.assertRaises(OSError, open_directory, str(self.top / "link"), [])
        self.assertRaises(OSError, status_of, str(self.top), ["link", "file"])
        directory = open_directory(str(self.top), ["a"])
        for name in ("link", "b", "none"):
            self.assertRaises(OSError, open_file, name, directory)
        os.close(directory)
        self.assertEqual(before, os.listdir("/proc/self/fd"))
