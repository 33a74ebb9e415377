"""Whatever may answer at a runner's address without being the runner."""

from __future__ import annotations

import ssl

from arvgate.net.http_exchange import Exchange
from arvgate.net.listener import Listener
from arvgate.net.stream import Receiver, Stream
from arvgate.wire.http1.head import parse_request_head
from arvgate.wire.proof import ALPN, AUTHORIZATION, RESPONSE, response_for
from test.net.certificates import server_context
from test.net.serving import Serving, listening_socket, reactor
from test.runner.door_world import SECRET

__all__ = ["Knowing", "Resetting", "Splice", "echoing", "impostor_context", "knowing_nothing"]


def impostor_context(protocol: str = ALPN, newest: bool = True) -> ssl.SSLContext:
    """
    A certificate of its own, and the protocol that a runner would agree on.

    @param newest: not for TLS 1.2, in which the server knows of the end of the handshake before the client.
    """
    context = server_context()
    if not newest:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    if protocol:
        context.set_alpn_protocols([protocol])
    return context


async def knowing_nothing(exchange: Exchange) -> None:
    """Answers everything with 200."""
    exchange.respond(200, [(b"Content-Type", b"text/plain")], b"welcome")


async def echoing(exchange: Exchange) -> None:
    """Sends the proof back as the answer to it."""
    value = exchange.head.get(AUTHORIZATION.lower()) or b""
    exchange.respond(200, [(RESPONSE, value.partition(b" ")[2])])


class Knowing(Receiver):
    """Gives the right answer to the proof, and C{more} fields and C{surplus} bytes in the same write."""

    def __init__(self, stream: Stream, more: bytes, surplus: bytes) -> None:
        self._stream = stream
        self._more = more
        self._surplus = surplus

    def data_received(self, data: bytes) -> None:
        """Answer the request, which is small enough to come as a whole."""
        value = parse_request_head(data).get(AUTHORIZATION.lower()) or b""
        answer = response_for(SECRET, value.partition(b" ")[2].decode())
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n%b: %b\r\n%b\r\n" % (RESPONSE, answer, self._more)
        self._stream.write(head + self._surplus)


class Splice(Receiver):
    """Joins two plain streams."""

    def __init__(self, to: Stream) -> None:
        self.to = to

    def data_received(self, data: bytes) -> None:
        """Pass it on."""
        self.to.write(data)

    def eof_received(self) -> None:
        """Pass it on."""
        self.to.close()

    def connection_lost(self, reason: str) -> None:
        """Pass it on."""
        self.to.abort()


class Resetting:
    """
    A port on which the first connections are reset; the others are handed to C{then}.

    @ivar accepted: how many connections came.
    """

    def __init__(self, serving: Serving, resets: int, then: object = None) -> None:
        self.accepted = 0
        self._resets = resets
        self._then = then
        self._serving = serving
        self.port = self._listen()

    def _listen(self) -> int:
        self.listener = Listener(reactor, listening_socket(), self._came, self._serving.wheel)
        self.listener.start()
        return self.listener.port

    def _came(self, stream: Stream) -> Receiver:
        self.accepted += 1
        self._serving.add(stream)
        if self.accepted <= self._resets:
            stream.abort()
            return Receiver()
        assert callable(self._then)
        receiver = self._then(stream)
        assert isinstance(receiver, Receiver)
        return receiver
