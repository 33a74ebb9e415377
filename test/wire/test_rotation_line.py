"""Tests of L{arvgate.wire.rotation_line}."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.rotation_line import MAX_LENGTH, RotationLine, earlier_name, parse_rotation_line

COUNTS = st.integers(0, 10**17)


class RotationLineTests(SynchronousTestCase):
    """L{RotationLine} and L{parse_rotation_line}."""

    @given(COUNTS, COUNTS, st.binary())
    def test_both_ways(self, kept: int, gone: int, rest: bytes) -> None:
        """What was written is read, with the length of the line."""
        line = RotationLine(kept, gone)
        text = line.line("a" * 100)
        self.assertLessEqual(len(text), MAX_LENGTH)
        self.assertEqual((line, len(text)), parse_rotation_line(text + rest))

    @given(st.binary())
    def test_anything_else(self, data: bytes) -> None:
        """A file that begins otherwise has nothing before it."""
        self.assertEqual((RotationLine(0, 0), 0), parse_rotation_line(data))

    def test_text(self) -> None:
        """A person can read it."""
        self.assertEqual(
            b"[arvgate: the 5 bytes before this are in stdout.1.txt; 7 bytes before those are gone]\n",
            RotationLine(5, 7).line("stdout.1.txt"),
        )
        self.assertEqual(12, RotationLine(5, 7).before)

    def test_names(self) -> None:
        """The earlier file has a one before its suffix."""
        self.assertEqual(["stdout.1.txt", "log.1"], [earlier_name(name) for name in ("stdout.txt", "log")])
