"""Tests of L{arvgate.files.facts}."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from arvgate.files.facts import read_facts, write_facts
from test.small_disk import fill, small_disk


class FactsTests(SynchronousTestCase):
    """L{write_facts} and L{read_facts}."""

    def setUp(self) -> None:
        """A place for them."""
        self.directory = Path(self.mktemp())

    def write(self, value: int) -> None:
        """Write facts."""
        path = self.directory / "facts"
        write_facts(str(path), f"{path}.new", {"value": value})

    def read(self) -> object:
        """What is written."""
        return read_facts(str(self.directory / "facts"))

    def test_written(self) -> None:
        """What was written is read, and nothing else is left."""
        self.directory.mkdir()
        for value in (1, 2):
            self.write(value)
            self.assertEqual({"value": value}, self.read())
        self.assertEqual(["facts"], os.listdir(self.directory))

    def test_nothing_usable(self) -> None:
        """What is no object of JSON is no facts."""
        self.directory.mkdir()
        self.assertEqual({}, self.read())
        for text in ("", "{", "[1]", "\xff", "[" * 100_000):
            (self.directory / "facts").write_text(text, encoding="latin-1")
            self.assertEqual({}, self.read())

    def test_no_room(self) -> None:
        """On a full disk the facts stay what they were."""
        small_disk(self.directory, self.addCleanup)
        self.write(1)
        fill(self.directory)
        self.assertRaises(OSError, self.write, 2)
        self.assertEqual({"value": 1}, self.read())
        self.assertEqual({"facts", "filling"}, set(os.listdir(self.directory)))
