"""
The pipes between twistd's process and those that it started: JSON, one line each.

On a child's standard input come first its orders, then what is new; its end means that twistd's process is gone.  On
descriptor L{REPORTS} the child says how it fares.  Not here: what the lines mean.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Mapping
from typing import Any, Final

from twisted.internet.interfaces import IReactorFDSet
from twisted.logger import Logger

__all__ = [
    "ACCESS", "API_SOCKET", "CONTROL", "DIRECTORY_SOCKET", "DOOR", "INSTRUCTIONS", "LOCK", "PAIRS", "REPORTS",
    "SOCKETS", "Instructions", "Lines", "json_line", "report",
]  # fmt: skip

_log = Logger()

#: The kinds of processes, as their argument and in the log.
CONTROL: Final = "control"
DOOR: Final = "door"
#: Key of the instruction that brings a door other certificates.
PAIRS: Final = "pairs"
#: The private sockets, in the directory that a door works in.
API_SOCKET: Final = "api.sock"
DIRECTORY_SOCKET: Final = "directory.sock"

#: Descriptors of a child, after the three of every process: the last is the first of its listening sockets.
INSTRUCTIONS: Final = 0
REPORTS: Final = 3
LOCK: Final = 4
ACCESS: Final = 5
SOCKETS: Final = 6

_CHUNK = 65536


def json_line(value: Mapping[str, Any]) -> bytes:
    """A value as one line."""
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def report(file: int, value: Mapping[str, Any]) -> None:
    """Tell twistd's process; if it is gone nobody is told."""
    try:
        os.write(file, json_line(value))
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EBADF, errno.EAGAIN):
            raise


class Lines:
    """
    Bytes to lines.

    @param limit: bytes of a line; longer ones are cut into pieces.
    """

    def __init__(self, limit: int = 1 << 20) -> None:
        self._limit = limit
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are whole now."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        while len(self._rest) > self._limit:
            lines.append(self._rest[: self._limit])
            self._rest = self._rest[self._limit :]
        return lines

    def end(self) -> list[bytes]:
        """What is left when nothing more comes."""
        rest, self._rest = self._rest, b""
        return [rest] if rest else []


class Instructions:
    """
    A child's end of its standard input.

    @ivar disconnected: part of being a reader.
    """

    disconnected = False

    def __init__(self, file: int = INSTRUCTIONS) -> None:
        self._file = file
        self._lines = Lines()
        self._waiting: list[bytes] = []
        self._reactor: IReactorFDSet | None = None
        self._told: Callable[[Mapping[str, Any]], None] = lambda value: None
        self._lost: Callable[[], None] = lambda: None

    def read_orders(self) -> Mapping[str, Any]:
        """
        The first line; blocks until it is there.

        @raise EOFError: there is none.
        """
        while not self._waiting:
            data = os.read(self._file, _CHUNK)
            if not data:
                raise EOFError("no orders came")
            self._waiting = self._lines.feed(data)
        return _value(self._waiting.pop(0))

    def follow(
        self, reactor: IReactorFDSet, told: Callable[[Mapping[str, Any]], None], lost: Callable[[], None]
    ) -> None:
        """Call C{told} with each further line, and C{lost} when twistd's process is gone."""
        self._reactor, self._told, self._lost = reactor, told, lost
        os.set_blocking(self._file, False)
        reactor.addReader(self)  # type: ignore[arg-type]
        self._deliver()

    def stop(self) -> None:
        """Listen no more."""
        if self._reactor is not None:
            self._reactor.removeReader(self)  # type: ignore[arg-type]

    # Called by the reactor.

    def fileno(self) -> int:
        """The descriptor."""
        return self._file

    def logPrefix(self) -> str:
        """The name under which the reactor logs."""
        return "instructions"

    def connectionLost(self, reason: Any) -> None:
        """The reactor found the pipe broken."""
        self._end()

    def doRead(self) -> None:
        """Read what is there."""
        try:
            data = os.read(self._file, _CHUNK)
        except BlockingIOError:
            return
        if not data:
            self._end()
            return
        self._waiting += self._lines.feed(data)
        self._deliver()

    def _deliver(self) -> None:
        waiting, self._waiting = self._waiting, []
        for line in waiting:
            try:
                self._told(_value(line))
            except Exception:
                _log.failure("an instruction could not be followed")

    def _end(self) -> None:
        self.stop()
        self._lost()


def _value(line: bytes) -> Mapping[str, Any]:
    value: Mapping[str, Any] = json.loads(line)
    return value
