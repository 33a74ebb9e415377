"""
Accepting connections on a listening socket that somebody else opened.

Out of descriptors it pauses and tries again; it never closes the listening socket's other copies.  Not here: opening
sockets, who is turned away, and what is spoken on a connection.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import Any

from twisted.logger import Logger

from arvgate.net.episode import Episode
from arvgate.net.stream import Receiver, Stream
from arvgate.net.tls import TLSStream
from arvgate.net.wheel import Timed, Wheel

__all__ = ["Listener", "Place"]

_log = Logger()
_ACCEPTS_PER_EVENT = 32
_PAUSE_SECONDS = 0.5
_RESET = b"\x01\x00\x00\x00\x00\x00\x00\x00"
#: Of client sockets: a peer that vanished is found out after some three minutes, and no more waits unsent in the kernel
#: than keeps the line busy.
_OPTIONS = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 15),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 8),
    (socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, 262144),
)


class Place:
    """
    A connection's place among others, from accepting it until its descriptor is closed.

    @ivar stream: the connection.
    """

    stream: Stream | None = None

    def take(self, stream: Stream) -> Stream:
        """Be the place of C{stream}."""
        self.stream = stream
        stream.ended = self.left
        return stream

    def left(self) -> None:
        """The descriptor is closed."""
        self.stream = None


class Listener:
    """
    Accepts on C{sock} and gives each connection, its handshake done, to C{accepted}.

    @param accepted: makes the receiver of a new stream; raising closes the stream.
    @param context: for TLS; None for plain connections.  May be replaced at any time, for later connections.
    @param handshake_timeout: seconds.
    @param admit: gives a peer its place, or None to turn it away.
    @ivar failures: handshakes that came to nothing.
    """

    def __init__(
        self,
        reactor: Any,
        sock: socket.socket,
        accepted: Callable[[Stream], Receiver],
        wheel: Wheel,
        context: ssl.SSLContext | None = None,
        handshake_timeout: float = 15.0,
        admit: Callable[[str], Place | None] = lambda peer: Place(),
    ) -> None:
        sock.setblocking(False)
        self.context = context
        self.disconnected = False
        self.failures = 0
        self._reactor = reactor
        self._sock = sock
        self._fd = sock.fileno()
        self._accepted = accepted
        self._wheel = wheel
        self._handshake_timeout = handshake_timeout
        self._admit = admit
        self._failing = Episode(wheel, "times no connection could be accepted")
        self._shaking: set[TLSStream] = set()
        self._accepting = False
        self._pause: Any = None

    def start(self) -> None:
        """Begin to accept."""
        if not self._accepting and not self.disconnected:
            self._accepting = True
            self._reactor.addReader(self)

    def stop(self) -> None:
        """Stop accepting, close this copy of the socket and what is still shaking hands; other streams live on."""
        self._accepting = False
        self._reactor.removeReader(self)
        if self._pause is not None and self._pause.active():
            self._pause.cancel()
        if not self.disconnected:
            self.disconnected = True
            self._sock.close()
        for stream in list(self._shaking):
            stream.abort()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        number: int = self._sock.getsockname()[1]
        return number

    # Called by the reactor.
    def fileno(self) -> int:
        """The listening descriptor."""
        return self._fd

    def logPrefix(self) -> str:
        """The name under which the reactor logs."""
        return "listener"

    def connectionLost(self, reason: Any) -> None:
        """The reactor found the listening socket broken."""
        self.stop()

    def doRead(self) -> None:
        """Accept what waits."""
        for _ in range(_ACCEPTS_PER_EVENT):
            if not self._accepting:
                return
            try:
                sock, address = self._sock.accept()
            except (BlockingIOError, ConnectionAbortedError, InterruptedError):
                return
            except OSError as error:
                self._failing.happened(f"cannot accept connections: {error.strerror}")
                self._rest()
                return
            self._take(sock, address)

    def _rest(self) -> None:
        self._accepting = False
        self._reactor.removeReader(self)
        self._pause = self._reactor.callLater(_PAUSE_SECONDS, self.start)

    def _take(self, sock: socket.socket, address: Any) -> None:
        peer = address[0] if isinstance(address, tuple) else ""
        place = self._admit(peer)
        if place is None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            sock.close()
            return
        sock.setblocking(False)
        if sock.family != socket.AF_UNIX:
            for level, option, value in _OPTIONS:
                sock.setsockopt(level, option, value)
        if self.context is None:
            self._begin(place.take(Stream(self._reactor, sock, peer)))
            return
        try:
            secured = self.context.wrap_socket(
                sock, server_side=True, do_handshake_on_connect=False, suppress_ragged_eofs=False
            )
        except (OSError, ValueError):
            sock.close()
            place.left()
            return
        stream = TLSStream(self._reactor, secured, peer)
        place.take(stream)
        deadline = _HandshakeDeadline(stream)
        self._shaking.add(stream)
        self._wheel.arm(deadline, self._handshake_timeout)

        def shaken(problem: str | None) -> None:
            self._wheel.drop(deadline)
            self._shaking.discard(stream)
            if problem is None:
                self._begin(stream)
            else:
                self.failures += 1

        stream.handshake(shaken)

    def _begin(self, stream: Stream) -> None:
        try:
            stream.receiver = self._accepted(stream)
        except Exception:
            _log.failure("a new connection could not be served")
            stream.abort()
            return
        stream.start()


class _HandshakeDeadline(Timed):
    """Ends a handshake that takes too long."""

    def __init__(self, stream: TLSStream) -> None:
        self._stream = stream

    def timed_out(self) -> None:
        self._stream.abort()
