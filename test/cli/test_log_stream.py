"""
Reading a log on while its files are rotated: real files of a real L{RotatingLog}.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.cli.client import Piece
from arvgate.cli.log_stream import LogStream
from arvgate.runner.rotating_log import MIN_LIMIT, RotatingLog

GONE = re.compile(rb"\n\[arvgate: (\d+) bytes of this log are gone\]\n")


class LogStreamTests(SynchronousTestCase):
    """L{LogStream}."""

    def setUp(self) -> None:
        """A log, and somebody who reads it."""
        self.begin()

    def begin(self) -> None:
        """Anew."""
        self.directory = Path(self.mktemp())
        self.directory.mkdir()
        self.written = b""
        self.number = 0
        self.stream = LogStream("stdout.txt", self.read)
        self.between: Callable[[], None] = lambda: None
        self.reads = 0

    def open(self) -> None:
        """Open the log for writing."""
        self.log = RotatingLog(str(self.directory / "stdout.txt"), MIN_LIMIT)
        self.addCleanup(self.log.close)

    def write(self, size: int) -> None:
        """Write so many bytes in lines of which no two are the same."""
        data = b""
        while len(data) < size:
            self.number += 1
            data += b"%d\n" % self.number
        self.written += data[:size]
        self.log.write(data[:size])

    def read(self, name: str, start: int, end: int | None) -> Piece:
        """Read a file as the API does, and let something happen after it."""
        self.reads += 1
        try:
            content = (self.directory / name).read_bytes()
        except FileNotFoundError:
            return Piece(b"", None)
        finally:
            self.between()
        return Piece(content[start:end], len(content))

    def check(self, seen: bytes) -> None:
        """See that what was seen is what was written, but for what is said to be gone."""
        position = 0
        parts = GONE.split(seen)
        for index, part in enumerate(parts):
            if index % 2:
                position += int(part)
            else:
                self.assertEqual(self.written[position : position + len(part)], part)
                position += len(part)
        self.assertEqual(len(self.written), position)

    def test_nothing(self) -> None:
        """Where there is no file there is nothing to see."""
        self.assertEqual(b"", self.stream.news())

    @given(st.lists(st.integers(0, 7000), max_size=12), st.data())
    def test_any_pace(self, sizes: list[int], data: st.DataObject) -> None:
        """Whatever is written between looks, and while one looks, comes once and in order; what is gone is counted."""
        self.begin()
        self.open()
        seen = b""
        for size in sizes:
            meanwhile = data.draw(st.lists(st.integers(0, 3000), max_size=4))
            self.between = lambda meanwhile=meanwhile: self.write(meanwhile.pop()) if meanwhile else None
            self.write(size)
            seen += self.stream.news()
        self.between = lambda: None
        seen += self.stream.news(last=True)
        self.check(seen)

    def test_fast_enough(self) -> None:
        """Who looks often enough misses nothing across many rotations."""
        self.open()
        seen = b""
        for _ in range(100):
            self.write(700)
            seen += self.stream.news()
        self.assertEqual(self.written, seen)

    def test_once(self) -> None:
        """One look at a log that was rotated shows the earlier file and then the present one."""
        self.open()
        self.write(3000)
        self.assertEqual(self.written, self.stream.news(last=True))

    def test_idle(self) -> None:
        """While nothing comes a look is one question."""
        self.open()
        self.write(10)
        self.stream.news()
        self.reads = 0
        self.assertEqual((b"", 1), (self.stream.news(), self.reads))

    def test_same_length(self) -> None:
        """A new file that is just as long as the old one was is found out at last."""
        self.open()
        self.write(1000)
        seen = self.stream.news()
        self.write(1100)
        present = self.directory / "stdout.txt"
        self.write(1000 - len(present.read_bytes()))
        self.assertEqual(1000, present.stat().st_size)
        self.assertEqual(b"", self.stream.news())
        self.assertEqual(self.written, seen + self.stream.news(last=True))

    def test_earlier_file_removed(self) -> None:
        """If the earlier file is removed what was in it is gone, and the rest comes."""
        self.open()
        self.write(3000)
        (self.directory / "stdout.1.txt").unlink()
        self.check(self.stream.news(last=True))

    def test_endless(self) -> None:
        """A log that is rotated at every moment is left for the next look."""
        self.open()
        self.write(3000)
        self.between = lambda: self.write(5000)
        self.stream.news()
        self.assertLess(self.reads, 60)
