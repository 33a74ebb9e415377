"""
The frames in which the daemon sends a container's output (Engine API, "Stream format").

Sans-I/O.  The frames of a container's log are messages with their time in front, so that after a break reading can go
on where it stopped; those of an attached stream are pieces just as they were written.  Not here: connections
(L{arvgate.runner.docker.output_stream}).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

import attrs

__all__ = ["FrameReader", "LineEnds", "Message", "Position"]

_HEADER: Final = 8
#: The daemon cuts messages far below; more is not its format.
_LONGEST: Final = 1 << 24
#: RFC 3339 with nine decimals, in the daemon's own zone, and a blank.
_TIME: Final = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{9})(Z|[+-]\d\d:\d\d)")
_LONGEST_TIME: Final = 35
#: Nanoseconds by which the daemon may write messages of two streams in another order than that of their times.
_DISORDER: Final = 1_000_000_000


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
        self._timed = timed
        self._unread = bytearray()

    @property
    def unfinished(self) -> bool:
        """Whether a message has begun that is not complete."""
        return bool(self._unread)

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
                if stream not in (1, 2) or length > _LONGEST:
                    raise ValueError(f"no frame: {bytes(unread[at : at + _HEADER])!r}")
                end = at + _HEADER + length
                if len(unread) < end:
                    return
                text = bytes(unread[at + _HEADER : end])
                at = end
                yield _timed(stream, text) if self._timed else Message(stream, b"", text)
        finally:
            del unread[:at]


class Position:
    """
    How far each stream of a log was read, in the daemon's own times.

    The times of one stream go forward; those of two are not always in order.
    """

    def __init__(self) -> None:
        #: Stream to the time of its last message, and how many there were of that time.
        self._last: dict[int, tuple[bytes, int]] = {}
        #: Stream to how many messages of the time of its last one come once more.
        self._again: dict[int, int] = {}

    @property
    def since(self) -> str:
        """From when on to read, as the daemon takes it: Unix seconds with nine decimals."""
        latest = max((_nanoseconds(time) for time, _ in self._last.values()), default=0)
        seconds, fraction = divmod(max(0, latest - _DISORDER), 1_000_000_000)
        return f"{seconds}.{fraction:09}"

    def rewind(self) -> None:
        """Reading begins again at L{since}: what was read already comes once more."""
        self._again = {stream: count for stream, (_, count) in self._last.items()}

    def advance(self, message: Message) -> bool:
        """
        Whether the message is a new one.

        @raise ValueError: its time is none.
        """
        last, count = self._last.get(message.stream, (b"", 0))
        if message.stream in self._again and not self._passes(message, last):
            return False
        self._last[message.stream] = (message.time, count + 1 if message.time == last else 1)
        return True

    def _passes(self, message: Message, last: bytes) -> bool:
        """Whether a message that comes after L{rewind} is behind all that come once more."""
        if message.time == last:
            if self._again[message.stream]:
                self._again[message.stream] -= 1
                return False
        elif self._again[message.stream] and _nanoseconds(message.time) < _nanoseconds(last):
            return False
        del self._again[message.stream]
        return True


class LineEnds:
    """
    Puts back the ends of long lines.

    A line of more than 16 KiB comes in pieces of one time, and Docker's log driver C{local} loses the end of the last.
    """

    def __init__(self) -> None:
        #: Stream to the time of its last message, if that has no end of line.
        self._without: dict[int, bytes] = {}

    def restored(self, message: Message) -> bytes:
        """The message's data, behind the end of line that is missing before it."""
        time = self._without.pop(message.stream, message.time)
        if not message.data.endswith(b"\n"):
            self._without[message.stream] = message.time
        return message.data if time == message.time else b"\n" + message.data


def _timed(stream: int, text: bytes) -> Message:
    time, blank, data = text.partition(b" ")
    if not blank or len(time) > _LONGEST_TIME:
        raise ValueError(f"no time in front: {text[:_LONGEST_TIME]!r}")
    return Message(stream, time, data)


def _nanoseconds(time: bytes) -> int:
    """Since 1970."""
    match = _TIME.fullmatch(time)
    if match is None:
        raise ValueError(f"no time: {time!r}")
    whole, fraction, zone = (part.decode("ascii") for part in match.groups())
    seconds = datetime.fromisoformat(whole + zone.replace("Z", "+00:00")).timestamp()
    return int(seconds) * 1_000_000_000 + int(fraction)
