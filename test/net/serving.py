"""Real loopback servers and clients for the tests of net."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import Any

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred

from arvgate.net.connecting import connect_tcp
from arvgate.net.http_client import ClientConnection
from arvgate.net.http_server import Over, Respond, ServerConnection, ServerLimits
from arvgate.net.listener import Listener
from arvgate.net.stream import Receiver, Stream
from arvgate.net.wheel import Wheel

__all__ = ["Collector", "Serving", "listening_socket", "reactor"]


def listening_socket() -> socket.socket:
    """A listening socket on a free loopback port."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", 0))
    sock.listen(100)
    return sock


class Collector(Receiver):
    """Keeps what arrives, and says when enough or the end did."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.data = bytearray()  # bytes would be copied with every piece
        self.ended = False
        self.lost: str | None = None
        self._waiting: list[tuple[Callable[[], bool], Deferred[None]]] = []
        stream.receiver = self
        stream.start()

    def until(self, condition: Callable[[], bool], seconds: float = 10.0) -> Deferred[None]:
        """Fires as soon as the condition holds; fails after C{seconds}."""
        waiting: Deferred[None] = Deferred()
        self._waiting.append((condition, waiting))
        self._look()
        return waiting.addTimeout(seconds, reactor)

    def until_has(self, text: bytes) -> Deferred[None]:
        """Fires when C{text} has arrived."""
        return self.until(lambda: text in self.data)

    def until_over(self) -> Deferred[None]:
        """Fires when the peer has ended or the stream is lost."""
        return self.until(lambda: self.ended or self.lost is not None)

    def _look(self) -> None:
        for item in list(self._waiting):
            if item[0]():
                self._waiting.remove(item)
                if not item[1].called:
                    item[1].callback(None)

    def data_received(self, data: bytes) -> None:
        """Keep it."""
        self.data += data
        self._look()

    def eof_received(self) -> None:
        """Note it, and close."""
        self.ended = True
        self._look()
        self.stream.close()

    def connection_lost(self, reason: str) -> None:
        """Note it."""
        self.lost = reason
        self._look()


class Serving:
    """HTTP servers and clients of one test, all of them closed by L{stop}."""

    def __init__(self) -> None:
        self.wheel = Wheel(reactor, tick=0.05)
        self.wheel.start()
        self._listeners: list[Listener] = []
        self._streams: list[Stream] = []
        self.connections: list[ServerConnection] = []

    def serve(
        self,
        respond: Respond,
        context: ssl.SSLContext | None = None,
        limits: ServerLimits | None = None,
        over: Over | None = None,
    ) -> int:
        """Serve HTTP; the port."""

        def accepted(stream: Stream) -> Receiver:
            connection = ServerConnection(stream, respond, self.wheel, limits, over=over)
            self.connections.append(connection)
            self._streams.append(stream)
            return connection

        return self.listen(accepted, context)

    def listen(self, accepted: Callable[[Stream], Receiver], context: ssl.SSLContext | None = None) -> int:
        """Serve anything; the port."""
        listener = Listener(reactor, listening_socket(), accepted, self.wheel, context)
        port = listener.port
        listener.start()
        self._listeners.append(listener)
        return port

    async def connect(self, port: int) -> Collector:
        """A plain client that sends what it likes."""
        stream = await connect_tcp(reactor, "127.0.0.1", port, 5.0)
        self._streams.append(stream)
        return Collector(stream)

    async def client(self, port: int) -> ClientConnection:
        """An HTTP client connection."""
        stream = await connect_tcp(reactor, "127.0.0.1", port, 5.0)
        self._streams.append(stream)
        return ClientConnection(stream)

    def add(self, stream: Stream) -> Any:
        """Close this one at the end, too."""
        self._streams.append(stream)
        return stream

    def stop(self) -> None:
        """Close everything."""
        self.wheel.stop()
        for listener in self._listeners:
            listener.stop()
        for stream in self._streams:
            stream.abort()
