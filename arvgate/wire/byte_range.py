"""
The C{Range} header for one range of bytes (RFC 9110, section 14).

Not here: several ranges in one answer; a request for them is answered with the whole.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from arvgate.errors import RangeNotSatisfiable

__all__ = ["ByteRange", "parse_byte_range"]

_ONE: Final = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*\Z", re.ASCII)


@attrs.frozen
class ByteRange:
    """
    C{length} bytes from C{start} of a thing of C{size} bytes.

    The length is 0 for C{bytes=-0}, by which clients that follow a log ask where its end is.
    """

    start: int
    length: int
    size: int

    @property
    def content_range(self) -> str:
        """The value of C{Content-Range}; for no bytes its end is before its start, as Go's servers write it."""
        return f"bytes {self.start}-{self.start + self.length - 1}/{self.size}"


def parse_byte_range(header: str | None, size: int) -> ByteRange | None:
    """
    The range that is asked for; None if the whole is to be answered.

    Another unit or several ranges are answered with the whole, and so is a range from some byte on of an
    empty thing.

    @raise RangeNotSatisfiable: it is malformed or begins at or behind the end.
    """
    if header is None or not header.startswith("bytes=") or "," in header:
        return None
    match = _ONE.match(header)
    if match is None or match.groups() == ("", ""):
        raise RangeNotSatisfiable("The requested range is malformed.", size=size)
    first, last = match.groups()
    if not first:
        length = min(int(last), size)
        return ByteRange(size - length, length, size)
    if last and int(last) < int(first):
        raise RangeNotSatisfiable("The requested range is malformed.", size=size)
    if size == 0:
        return None
    start = int(first)
    if start >= size:
        raise RangeNotSatisfiable(size=size)
    end = min(int(last), size - 1) if last else size - 1
    return ByteRange(start, end + 1 - start, size)
