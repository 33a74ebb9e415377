"""Tests of L{arvgate.dispatch.leftovers}, on real directories."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from arvgate.dispatch.leftovers import Leftovers

UUID = "zzzzz-dz642-000000000000000"
#: Seconds after which a removal that does not end fails the test.
PATIENCE = 60


class LeftoversTests(SynchronousTestCase):
    """L{Leftovers}."""

    def setUp(self) -> None:
        """A directory of working directories."""
        self.jobs = Path(self.mktemp())
        self.jobs.mkdir()
        self.leftovers = Leftovers(self.jobs)

    def leave(self) -> Path:
        """A working directory with something in it."""
        directory = self.jobs / UUID
        (directory / "out").mkdir(parents=True)
        (directory / "out" / "data").write_text("data")
        return directory

    def remove(self) -> None:
        """Remove what was set aside, and see that it was."""
        removing = self.leftovers.remove()
        assert removing is not None
        self.assertEqual(0, removing.wait(timeout=PATIENCE))

    def test_removed(self) -> None:
        """A directory that was set aside is gone at once by its name, and then for good."""
        directory = self.leave()
        self.leftovers.set_aside(UUID)
        self.assertFalse(directory.exists())
        self.remove()
        self.assertEqual([], list(self.jobs.iterdir()))

    def test_none(self) -> None:
        """A container that has no directory any more is no problem."""
        self.leftovers.set_aside(UUID)
        self.assertIsNone(self.leftovers.remove())

    def test_no_jobs(self) -> None:
        """Neither is a node on which nothing ever ran."""
        self.jobs.rmdir()
        self.assertIsNone(self.leftovers.remove())

    def test_twice(self) -> None:
        """Two attempts of one container may both have left a directory."""
        for _ in range(2):
            self.leave()
            self.leftovers.set_aside(UUID)
        self.remove()
        self.assertEqual([], list(self.jobs.iterdir()))

    def test_new_runner(self) -> None:
        """A directory that a new runner has made meanwhile is not touched."""
        self.leave()
        self.leftovers.set_aside(UUID)
        again = self.leave()
        self.remove()
        self.assertEqual("data", (again / "out" / "data").read_text())

    def test_link(self) -> None:
        """What a symbolic link in the directory names stays."""
        outside = Path(self.mktemp())
        outside.mkdir()
        (outside / "precious").write_text("data")
        os.symlink(outside.absolute(), self.leave() / "link")
        self.leftovers.set_aside(UUID)
        self.remove()
        self.assertEqual("data", (outside / "precious").read_text())

    def test_deep(self) -> None:
        """A tree deeper than any path may be long is removed too."""
        here = os.open(self.leave(), os.O_RDONLY)
        for _ in range(3000):
            os.mkdir("below", dir_fd=here)
            below = os.open("below", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(here)
        self.leftovers.set_aside(UUID)
        self.remove()
        self.assertEqual([], list(self.jobs.iterdir()))

    def test_of_earlier_gateway(self) -> None:
        """What an earlier gateway set aside and did not get to is removed."""
        self.leave()
        Leftovers(self.jobs).set_aside(UUID)
        self.remove()
        self.assertEqual([], list(self.jobs.iterdir()))

    def test_tried_once(self) -> None:
        """What could not be removed is not tried again and again."""
        self.leave()
        self.leftovers.set_aside(UUID)
        (set_aside,) = self.jobs.iterdir()
        self.remove()
        set_aside.mkdir()
        self.assertIsNone(self.leftovers.remove())
