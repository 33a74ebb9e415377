"""Tests of L{arvgate.wire.byte_range}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import RangeNotSatisfiable
from arvgate.wire.byte_range import ByteRange, parse_byte_range


class ParseByteRange(SynchronousTestCase):
    """One range of bytes."""

    def test_inside(self) -> None:
        """A range within the file is that range."""
        self.assertEqual(ByteRange(2, 3, 10), parse_byte_range("bytes=2-4", 10))
        self.assertEqual(ByteRange(0, 1, 10), parse_byte_range("bytes=0-0", 10))

    def test_open_end(self) -> None:
        """A range without end, or with one behind the file's, goes to the file's end."""
        self.assertEqual(ByteRange(7, 3, 10), parse_byte_range("bytes=7-", 10))
        self.assertEqual(ByteRange(7, 3, 10), parse_byte_range("bytes=7-99", 10))

    def test_suffix(self) -> None:
        """A suffix is the last bytes, at most all of them."""
        self.assertEqual(ByteRange(7, 3, 10), parse_byte_range("bytes=-3", 10))
        self.assertEqual(ByteRange(0, 10, 10), parse_byte_range("bytes=-11", 10))

    def test_empty_suffix(self) -> None:
        """The last 0 bytes are answered in the way that followers of logs read the size from."""
        found = parse_byte_range("bytes=-0", 10)
        assert found is not None
        self.assertEqual((10, 0, "bytes 10-9/10"), (found.start, found.length, found.content_range))
        empty = parse_byte_range("bytes=-0", 0)
        assert empty is not None
        self.assertEqual("bytes 0--1/0", empty.content_range)

    def test_content_range(self) -> None:
        """Content-Range names first byte, last byte and size."""
        self.assertEqual("bytes 2-4/10", ByteRange(2, 3, 10).content_range)

    def test_behind_the_end(self) -> None:
        """A range that begins at the end or behind it cannot be satisfied, and the error has the size."""
        for header in ("bytes=10-", "bytes=10-12", "bytes=999999999999999999-"):
            error = self.assertRaises(RangeNotSatisfiable, parse_byte_range, header, 10)
            self.assertEqual(10, error.size)

    def test_malformed(self) -> None:
        """What is no range is refused."""
        for header in ("bytes=", "bytes=-", "bytes=a-b", "bytes=4-2", "bytes=1", "bytes=--1", "bytes=1-2x", "bytes=٣-"):
            self.assertRaises(RangeNotSatisfiable, parse_byte_range, header, 10)

    def test_ignored(self) -> None:
        """No header, another unit and several ranges mean the whole."""
        for header in (None, "", "items=1-2", "bytes=0-1,4-5"):
            self.assertIsNone(parse_byte_range(header, 10), header)

    def test_empty_file(self) -> None:
        """A range from some byte on of an empty file is the whole of it."""
        self.assertIsNone(parse_byte_range("bytes=0-", 0))
        self.assertIsNone(parse_byte_range("bytes=5-", 0))
