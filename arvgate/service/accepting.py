"""
Twisted protocols on a listening unix socket that somebody else opened and keeps.

Twisted's own unix port removes the socket's file when it is stopped and opens it to everybody, which is not ours to do.
Not here: sockets of doors (L{arvgate.net.listener}).
"""

from __future__ import annotations

import os
import socket
from typing import Any

from twisted.internet.interfaces import IProtocolFactory
from twisted.logger import Logger

__all__ = ["Accepting"]

_log = Logger()

_ACCEPTS_PER_EVENT = 32
_PAUSE = 0.5


class Accepting:
    """Accepts on C{sock} and gives each connection a protocol of C{factory}."""

    def __init__(self, reactor: Any, sock: socket.socket, factory: IProtocolFactory) -> None:
        sock.setblocking(False)
        self._reactor = reactor
        self._sock = sock
        self._factory = factory
        self._pause: Any = None
        self._started = False

    def start(self) -> None:
        """Begin to accept."""
        if not self._started:
            self._factory.doStart()
            self._started = True
        self._reactor.addReader(self)

    def stop(self) -> None:
        """Accept no more, and close this copy of the socket; connections stay."""
        if not self._started:
            return
        self._started = False
        self._reactor.removeReader(self)
        if self._pause is not None and self._pause.active():
            self._pause.cancel()
        self._sock.close()
        self._factory.doStop()

    # Called by the reactor.

    def fileno(self) -> int:
        """The listening descriptor."""
        return self._sock.fileno()

    def logPrefix(self) -> str:
        """The name under which the reactor logs."""
        return "accepting"

    def connectionLost(self, reason: Any) -> None:
        """The reactor found the listening socket broken."""
        self.stop()

    def doRead(self) -> None:
        """Accept what waits."""
        for _ in range(_ACCEPTS_PER_EVENT):
            try:
                sock, _address = self._sock.accept()
            except (BlockingIOError, ConnectionAbortedError, InterruptedError):
                return
            except OSError as error:
                _log.warn("cannot accept: {reason}", reason=os.strerror(error.errno or 0))
                self._reactor.removeReader(self)
                self._pause = self._reactor.callLater(_PAUSE, self.start)
                return
            with sock:
                sock.setblocking(False)
                self._reactor.adoptStreamConnection(sock.fileno(), socket.AF_UNIX, self._factory)
