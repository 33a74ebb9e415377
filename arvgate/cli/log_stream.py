"""
One log of a container, read on from where it was read to, across the rotation of its files.

Positions are in bytes of the whole log, without the lines that begin rotated files (L{RotationLine}).  Not here: when
to look (L{arvgate.cli.following}).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from arvgate.cli.client import Piece
from arvgate.wire.rotation_line import MAX_LENGTH, earlier_name, parse_rotation_line

__all__ = ["LogStream", "ReadPiece"]

#: Looks at a log that is rotated again and again meanwhile.
_ROUNDS: Final = 5

#: Reads a file of the log by its name from one byte, to another or to the end.
ReadPiece = Callable[[str, int, int | None], Piece]


class LogStream:
    """
    A log.

    @param name: of its present file.
    """

    def __init__(self, name: str, read: ReadPiece) -> None:
        self._name = name
        self._read = read
        self._position = 0
        # Of the present file, as it was seen last: bytes of the log before it, and of the line that says so.
        self._before = 0
        self._head = 0

    def news(self, last: bool = False) -> bytes:
        """
        What came since the last time; what is gone for good is said in a line of its own.

        @param last: nothing comes any more.
        """
        news = b""
        for _ in range(_ROUNDS):
            piece, rotated = self._read_on(last)
            news += piece
            if not rotated:
                break
            news += self._catch_up()
        return news

    def _read_on(self, last: bool) -> tuple[bytes, bool]:
        """What is new in the present file, and whether it is another one than it was."""
        start = self._head + self._position - self._before
        piece = self._read(self._name, start, None)
        if start == 0:
            line, head = parse_rotation_line(piece.content)
            if line.before == self._before:
                self._position += len(piece.content) - head
                return piece.content[head:], False
            return b"", True
        if piece.size == start and not last:
            # Another file of the very same length is found out as soon as it grows, or at last.
            return b"", False
        # The beginning is read after the rest: what it says was so before, too.
        if self._beginning(self._name)[0] != self._before:
            return b"", True
        self._position += len(piece.content)
        return piece.content, False

    def _catch_up(self) -> bytes:
        """Read on in the file that came before the present one."""
        before, head, kept = self._beginning(self._name)
        start = before - kept
        earlier = earlier_name(self._name)
        earlier_before, earlier_head, _ = self._beginning(earlier)
        position = max(self._position, start)
        wanted = before - position
        offset = earlier_head + position - earlier_before
        content = self._read(earlier, offset, offset + wanted).content if wanted else b""
        if self._beginning(self._name)[0] != before:
            return b""  # it was rotated once more meanwhile
        if earlier_before != start or len(content) != wanted:
            position, content = before, b""
        gone = position - self._position
        self._position, self._before, self._head = before, before, head
        notice = f"\n[arvgate: {gone} bytes of this log are gone]\n".encode() if gone else b""
        return notice + content

    def _beginning(self, name: str) -> tuple[int, int, int]:
        """Of a file: the bytes of the log before it, those of the line that says so, and those kept of them."""
        line, head = parse_rotation_line(self._read(name, 0, MAX_LENGTH).content)
        return line.before, head, line.kept
