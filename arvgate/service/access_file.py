"""
The file of the access log, and the pipe by which doors reach it.

Doors may open nothing, so that twistd's process holds the file.  Each line is one write to a pipe, which the kernel
takes whole or, when nobody reads it, not at all: a door never waits, and lines of several doors never mix.  Not here:
what the lines say.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from typing import Any

from twisted.logger import Logger

from arvgate.errors import ConfigInvalid
from arvgate.service.pipes import Lines

__all__ = ["AccessFile", "AccessPipe", "PipeWriter", "access_file"]

_log = Logger()

_MODE = 0o640
_CHUNK = 1 << 16
_PIPE_SIZE = 1 << 20
#: Bytes at which a file that nobody rotates is put aside.
_LIMIT = 256 << 20


class AccessFile:
    """
    The file, to which lines are appended; C{-} stands for the gateway's own log.

    One that nobody rotates is renamed when it is large, over the one that was renamed before.

    @raise ConfigInvalid: it cannot be opened.
    """

    def __init__(self, path: str, limit: int = _LIMIT) -> None:
        self._path = path
        self._limit = limit
        self._lines = Lines()
        self._lost = False
        self._file = -1 if path == "-" else self._open()

    def write(self, data: bytes) -> None:
        """Append whole lines; what the disk does not take is lost, which the gateway's log says once."""
        if self._path == "-":
            for line in self._lines.feed(data):
                _log.info("{line}", line=line.decode("ascii", "backslashreplace"))
            return
        try:
            while data:
                data = data[os.write(self._file, data) :]
            self._lost = False
            if os.fstat(self._file).st_size >= self._limit:
                os.replace(self._path, f"{self._path}.1")
                self.reopen()
        except OSError as error:
            if not self._lost:
                _log.error("lines of the access log are lost: {reason}", reason=error.strerror)
            self._lost = True

    def reopen(self) -> None:
        """Go on in a new file, if that of this name was moved away; what cannot be opened changes nothing."""
        if self._path == "-":
            return
        try:
            new = self._open()
        except ConfigInvalid as error:
            _log.error("the access log goes on in the old file: {problems}", problems="; ".join(error.problems))
            return
        old, self._file = self._file, new
        os.close(old)

    def close(self) -> None:
        """Close it."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _open(self) -> int:
        try:
            return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _MODE)
        except OSError as error:
            reason = (error.strerror or "cannot be opened").lower()
            raise ConfigInvalid([f"Arvgate.AccessLog: {self._path}: {reason}"]) from None


def access_file(path: str) -> AccessFile | None:
    """
    The file of that path; None for an empty one: there is no access log.

    @raise ConfigInvalid: it cannot be opened.
    """
    return AccessFile(path) if path else None


class AccessPipe:
    """
    Takes the lines of all doors to the file.

    @ivar end: the descriptor that doors inherit.
    @ivar disconnected: part of being a reader.
    """

    disconnected = False

    def __init__(self, reactor: Any, write: Callable[[bytes], None]) -> None:
        self._reactor = reactor
        self._write = write
        self._file, self.end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            fcntl.fcntl(self.end, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
        except OSError:
            pass  # an account's pipes may be bounded; the usual size works too

    def start(self) -> None:
        """Begin to read."""
        self._reactor.addReader(self)

    def close(self) -> None:
        """Read what is there, and no more."""
        if self.disconnected:
            return
        self.disconnected = True
        self._reactor.removeReader(self)
        while self._read():
            pass
        os.close(self._file)
        os.close(self.end)

    # Called by the reactor.

    def fileno(self) -> int:
        """The descriptor."""
        return self._file

    def logPrefix(self) -> str:
        """The name under which the reactor logs."""
        return "access log"

    def connectionLost(self, reason: Any) -> None:
        """The reactor found the pipe broken."""
        self.close()

    def doRead(self) -> None:
        """Read what is there."""
        self._read()

    def _read(self) -> bool:
        try:
            data = os.read(self._file, _CHUNK)
        except BlockingIOError:
            return False
        if data:
            self._write(data)
        return bool(data)


class PipeWriter:
    """
    A door's end of the pipe.

    @ivar dropped: lines that the pipe had no room for.
    """

    def __init__(self, file: int) -> None:
        self.dropped = 0
        self._file = file

    def __call__(self, line: bytes) -> None:
        """Write a line; never waits."""
        try:
            os.write(self._file, line)
        except OSError:
            self.dropped += 1
