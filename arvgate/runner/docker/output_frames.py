"""
The frames in which the daemon sends a container's output (Engine API, "Stream format").

Sans-I/O.  The frames of a container's log are messages with their time in front, so that after a break reading can go
on where it stopped; those of an attached stream are pieces just as they were written.  Not here: connections
(L{arvgate.runner.docker.output_stream}).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import attrs

__all__ = ["FrameReader", "Message", "Position"]

_HEADER: Final = 8
#: C{2006-01-02T15:04:05.000000000Z} and a blank.
_TIME: Final = 31
#: The daemon cuts messages far below; more is not its format.
_LONGEST: Final = 1 << 24


@attrs.frozen
class Message:
    """
    One message.

    @ivar stream: 1 for stdout, 2 for stderr.
    @ivar time: as the daemon wrote it; empty in attached streams.
    """

    stream: int
    time: bytes
    data: bytes


class FrameReader:
    """
    Cuts messages out of bytes as they come.

    @param timed: each has its time in front.
    """

    def __init__(self, timed: bool) -> None:
        self._prefix = _TIME if timed else 0
        self._unread = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """
        The messages that are complete.

        @raise ValueError: this is not the format.
        """
        unread = self._unread
        unread += data
        at = 0
        try:
            while len(unread) - at >= _HEADER:
                stream = unread[at]
                length = int.from_bytes(unread[at + 4 : at + 8], "big")
                if stream not in (1, 2) or not self._prefix <= length <= _LONGEST:
                    raise ValueError(f"no frame: {bytes(unread[at : at + _HEADER])!r}")
                end = at + _HEADER + length
                if len(unread) < end:
                    return
                text = bytes(unread[at + _HEADER : end])
                at = end
                yield Message(stream, text[: self._prefix].rstrip(), text[self._prefix :])
        finally:
            del unread[:at]


class Position:
    """How far a log was read, in the daemon's own times."""

    def __init__(self) -> None:
        self._last = b""
        self._taken = 0
        self._skip = 0

    @property
    def since(self) -> str:
        """From when on to read, as the daemon takes it: Unix seconds with nine decimals."""
        if not self._last:
            return "0"
        whole, _, fraction = self._last.decode("ascii").rstrip("Z").partition(".")
        seconds = datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp()
        return f"{int(seconds)}.{fraction:0<9}"

    def rewind(self) -> None:
        """Reading begins again at L{since}: messages of the very time of the last one come once more."""
        self._skip = self._taken

    def advance(self, message: Message) -> bool:
        """Whether the message is a new one."""
        if message.time == self._last:
            if self._skip:
                self._skip -= 1
                return False
            self._taken += 1
            return True
        self._last, self._taken, self._skip = message.time, 1, 0
        return True
