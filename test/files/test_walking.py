"""Tests of L{arvgate.files.walking}."""

from __future__ import annotations

import os
import resource
from collections.abc import Sequence
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from arvgate.files.walking import DIRECTORY, ENTRY, LEFT, disk_usage, open_inner, open_tree, walk
from arvgate.runner.workdir import remove_directory


class WalkCase(SynchronousTestCase):
    """Tests in a directory of their own."""

    def setUp(self) -> None:
        """Make the directory and open it."""
        self.path = Path(self.mktemp())
        self.path.mkdir()
        self.addCleanup(remove_directory, str(self.path))
        self.top = open_tree(str(self.path))
        self.addCleanup(os.close, self.top)

    def steps(self) -> list[tuple[str, str]]:
        """The walk's steps, by kind and name."""
        return [(found.kind, found.name) for found in walk(self.top)]

    def deep(self, depth: int) -> None:
        """Make directories within each other, deeper than any path may be long."""
        here = os.open(str(self.path), os.O_RDONLY)
        for _ in range(depth):
            os.mkdir("d" * 100, dir_fd=here)
            inner = open_inner("d" * 100, here)
            os.close(here)
            here = inner
        os.close(os.open("last", os.O_CREAT | os.O_WRONLY, dir_fd=here))
        os.close(here)


class WalkTests(WalkCase):
    """L{walk}."""

    def test_order(self) -> None:
        """A directory comes before its content, and its end after it."""
        (self.path / "a" / "b").mkdir(parents=True)
        (self.path / "a" / "b" / "file").write_bytes(b"")
        (self.path / "top").write_bytes(b"")
        self.assertEqual(
            [(ENTRY, "top"), (DIRECTORY, "a"), (DIRECTORY, "b"), (ENTRY, "file"), (LEFT, "b"), (LEFT, "a")],
            self.steps(),
        )

    def test_links(self) -> None:
        """A symbolic link is an entry and never a way, whatever it points to."""
        os.symlink("/", self.path / "root")
        os.symlink(".", self.path / "again")
        self.assertEqual([(ENTRY, "again"), (ENTRY, "root")], sorted(self.steps()))
        self.assertRaises(OSError, open_tree, str(self.path / "root"))

    def test_depth(self) -> None:
        """Depth costs no descriptors and no stack."""
        self.deep(3000)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, soft), hard))
        try:
            steps = self.steps()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        self.assertEqual((6001, (ENTRY, "last")), (len(steps), steps[3000]))

    def test_moved_away(self) -> None:
        """A directory that is moved while the walk is in it leads nowhere else, and the walk goes on."""
        elsewhere = Path(self.mktemp())
        elsewhere.mkdir()
        (elsewhere / "foreign").write_bytes(b"")
        (self.path / "a" / "b" / "c").mkdir(parents=True)
        (self.path / "z").mkdir()
        names: list[str] = []
        kinds: list[str] = []
        for found in walk(self.top):
            names.append(found.name)
            kinds.append(found.kind)
            if found.name == "c" and found.kind == DIRECTORY:
                os.rename(self.path / "a" / "b", elsewhere / "b")
        self.assertEqual({"a", "b", "c", "z"}, set(names))
        self.assertEqual(kinds.count(DIRECTORY), kinds.count(LEFT))

    def test_vanishing(self) -> None:
        """What goes while it is looked at is passed over."""
        for name in ("a", "b"):
            (self.path / name).mkdir()
        problems: list[OSError] = []
        seen = []
        for found in walk(self.top, problems.append):
            if found.kind == DIRECTORY:
                seen.append(found.name)
                os.rmdir(self.path / {"a": "b", "b": "a"}[found.name])
        self.assertEqual((1, 1), (len(seen), len(problems)))

    def test_descriptors(self) -> None:
        """A walk that is given up halfway leaves no descriptor open."""
        (self.path / "a" / "b").mkdir(parents=True)
        (self.path / "a" / "f").write_bytes(b"")
        before = _descriptors()
        for stop in range(5):
            steps = walk(self.top)
            for _ in range(stop):
                next(steps)
            steps.close()  # type: ignore[attr-defined]
            self.assertEqual(before, _descriptors())


def _descriptors() -> Sequence[str]:
    return sorted(os.listdir("/proc/self/fd"))


class DiskUsageTests(WalkCase):
    """L{disk_usage}."""

    def test_holes_and_names(self) -> None:
        """Holes take nothing, and a file with two names takes its place once."""
        empty, _ = disk_usage(self.top)
        with open(self.path / "holes", "wb") as file:
            file.truncate(1 << 40)
        size, files = disk_usage(self.top)
        self.assertEqual(1, files)
        self.assertLess(size, empty + 65536)
        (self.path / "data").write_bytes(b"x" * 1_000_000)
        one, _ = disk_usage(self.top)
        self.assertGreaterEqual(one, size + 1_000_000)
        os.link(self.path / "data", self.path / "same")
        two, files = disk_usage(self.top)
        self.assertEqual(3, files)
        self.assertLess(two, one + 65536)
