"""
A named pipe by which a program under test says how far it is, and by whose end it is known that all of it is gone.
"""

from __future__ import annotations

import os
from typing import Any

from twisted.internet.defer import Deferred

__all__ = ["Announcements"]


class Announcements:
    """
    The reading end; programs write lines to C{path} and may keep it open.

    @param reactor: IReactorFDSet.
    """

    def __init__(self, reactor: Any, path: str) -> None:
        os.mkfifo(path)
        # Any account may write to it; the directory decides who comes near.
        os.chmod(path, 0o622)
        self.path = path
        self._reactor = reactor
        self._fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        # As long as this end is open too, the pipe does not end between two programs.
        self._held: int | None = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        self._text = b""
        self._waiting: Deferred[bytes] | None = None

    async def line(self) -> str:
        """The next line."""
        while b"\n" not in self._text:
            self._text += await self._more()
        line, self._text = self._text.split(b"\n", 1)
        return line.decode()

    async def end(self) -> None:
        """When no program has it open any more; only after the last line was read."""
        self._release()
        while await self._more():
            pass

    def close(self) -> None:
        """Close it."""
        self._release()
        self._reactor.removeReader(self)  # a test that ran out of time still waits
        os.close(self._fd)

    def _release(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None

    async def _more(self) -> bytes:
        self._waiting = Deferred(lambda _: self._reactor.removeReader(self))
        self._reactor.addReader(self)
        return await self._waiting

    # called by Twisted

    def fileno(self) -> int:
        """The pipe."""
        return self._fd

    def logPrefix(self) -> str:
        """For the log."""
        return "announcements"

    def doRead(self) -> None:
        """There is something, or the end."""
        self._finish(os.read(self._fd, 65536))

    def connectionLost(self, reason: Any) -> None:
        """The end."""
        self._finish(b"")

    def _finish(self, data: bytes) -> None:
        self._reactor.removeReader(self)
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(data)
