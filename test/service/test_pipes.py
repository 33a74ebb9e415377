"""
Tests for L{arvgate.service.pipes}.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase, TestCase

from arvgate.service.pipes import Instructions, Lines, json_line, report


class LinesTests(SynchronousTestCase):
    """Bytes to lines."""

    def test_pieces(self) -> None:
        """However the bytes are cut, the lines are the same."""
        text = b"one\n\nthree\nfo"
        for cut in range(len(text)):
            lines = Lines()
            self.assertEqual([b"one", b"", b"three"], lines.feed(text[:cut]) + lines.feed(text[cut:]))
            self.assertEqual([b"fo"], lines.end())
            self.assertEqual([], lines.end())

    def test_long(self) -> None:
        """A line without an end takes a bounded place."""
        lines = Lines(limit=4)
        self.assertEqual([b"abcd", b"efgh"], lines.feed(b"abcdefghi"))
        self.assertEqual([b"i"], lines.feed(b"\n"))


class PipeCase(TestCase):
    """A pipe as a child's standard input."""

    def setUp(self) -> None:
        """Open it."""
        self.reading, self.writing = os.pipe()
        self.addCleanup(self.close)
        self.instructions = Instructions(self.reading)

    def close(self) -> None:
        """Close both ends."""
        os.close(self.reading)
        if self.writing >= 0:
            os.close(self.writing)

    def hang_up(self) -> None:
        """The other end is gone."""
        os.close(self.writing)
        self.writing = -1


class InstructionsTests(PipeCase):
    """A child's end."""

    def test_orders(self) -> None:
        """The first line is waited for, in however many pieces it comes; the rest is kept."""
        os.write(self.writing, b'{"a":1}\n{"b":2}\n{"c')
        self.assertEqual({"a": 1}, self.instructions.read_orders())

    def test_no_orders(self) -> None:
        """A pipe that ends before is an error."""
        os.write(self.writing, b'{"a":')
        self.hang_up()
        self.assertRaises(EOFError, self.instructions.read_orders)

    async def test_follow(self) -> None:
        """What comes later is told in order, with what came early; then that the other end is gone, once."""
        told: list[Mapping[str, Any]] = []
        lost: list[bool] = []
        over: Deferred[None] = Deferred()

        def gone() -> None:
            lost.append(True)
            over.callback(None)

        os.write(self.writing, b'{"a":1}\n{"b":2}\n{"c"')
        self.instructions.read_orders()
        self.instructions.follow(reactor, told.append, gone)
        self.assertEqual([{"b": 2}], told)
        os.write(self.writing, b':3}\nno json\n{"d":4}\n')
        self.hang_up()
        await over.addTimeout(5.0, reactor)
        self.assertEqual([{"b": 2}, {"c": 3}, {"d": 4}], told)
        self.assertEqual([True], lost)
        self.assertEqual(1, len(self.flushLoggedErrors(ValueError)))

    async def test_stop(self) -> None:
        """After a stop nobody is told that the other end is gone."""
        lost: list[bool] = []
        self.instructions.follow(reactor, lambda value: None, lambda: lost.append(True))
        self.instructions.stop()
        self.hang_up()
        turned: Deferred[None] = Deferred()
        reactor.callLater(0, reactor.callLater, 0, turned.callback, None)
        await turned
        self.assertEqual([], lost)


class ReportTests(PipeCase):
    """What a child says."""

    def test_report(self) -> None:
        """A report is one line of JSON."""
        report(self.writing, {"ready": True})
        self.assertEqual(json_line({"ready": True}), os.read(self.reading, 100))

    def test_nobody_listens(self) -> None:
        """With twistd's process gone, nobody is told and nothing fails."""
        reading, writing = os.pipe()
        os.close(reading)
        report(writing, {"ready": True})
        os.close(writing)
        report(writing, {"ready": True})

    def test_other_errors(self) -> None:
        """Another error is one."""
        file = os.open("/dev/full", os.O_WRONLY)
        self.addCleanup(os.close, file)
        self.assertRaises(OSError, report, file, {"ready": True})
