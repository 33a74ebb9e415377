"""Tests of L{arvgate.wire.printable}."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.printable import last_lines


class LastLines(SynchronousTestCase):
    """The last lines of a log."""

    def test_last(self) -> None:
        """As many as are wanted, with or without a line end behind the last."""
        for data in (b"a\nb\nc\n", b"a\nb\nc"):
            self.assertEqual(["b", "c"], last_lines(data, 2, 80))
        self.assertEqual([], last_lines(b"", 2, 80))
        self.assertEqual(["", "x"], last_lines(b"\nx\n", 5, 80))

    def test_cut(self) -> None:
        """What is left of a line that was cut in front is not shown, unless there is nothing else."""
        self.assertEqual(["b"], last_lines(b"est\nb\n", 5, 80, whole=False))
        self.assertEqual(["est"], last_lines(b"est", 5, 80, whole=False))

    def test_width(self) -> None:
        """A long line ends with dots."""
        self.assertEqual(["12345678\u2026"], last_lines(b"1234567890", 5, 9))

    def test_colours(self) -> None:
        """Colours and titles of terminals are left out."""
        self.assertEqual(["I ready"], last_lines(b"\x1b[32;1mI\x1b[0m \x1b]0;title\x07ready\x1b[K\n", 5, 80))

    def test_controls(self) -> None:
        """Other control bytes, and characters that turn the direction of text, are written out."""
        self.assertEqual(["a\\x1bb\\x00\\x7f\\u{202e}\t\u00fc"], last_lines("a\x1bb\0\x7f\u202e\tü".encode(), 5, 80))
        self.assertEqual(["\ufffd"], last_lines(b"\xff", 5, 80))

    def test_overwritten(self) -> None:
        """Of a progress bar the last state is shown."""
        self.assertEqual(["100 %"], last_lines(b"10 %\r50 %\r100 %\r\n", 5, 80))

    @given(st.binary(max_size=200))
    def test_anything(self, data: bytes) -> None:
        """Whatever a program writes, no line has a character that a terminal or browser would obey."""
        for line in last_lines(data, 20, 40):
            self.assertLessEqual(len(line), 40)
            for character in line.replace("\t", ""):
                self.assertNotIn(unicodedata.category(character), ("Cc", "Cf", "Cs", "Zl", "Zp"))
