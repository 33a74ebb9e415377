"""
One request and its answer, as a responder sees them, whatever codec is behind.

Not here: reading requests from a connection (L{arvgate.net.http_server}).
"""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import formatdate
from http import HTTPStatus

from twisted.internet.defer import Deferred

from arvgate.errors import TooLarge
from arvgate.net.facts import Facts
from arvgate.net.stream import Stream
from arvgate.net.wheel import Wheel
from arvgate.wire.http1.head import Headers, RequestHead
from arvgate.wire.request_id import REQUEST_ID

__all__ = ["BodySink", "Carrier", "ClientGone", "Exchange"]

_REASONS = {status.value: status.phrase.encode() for status in HTTPStatus}


class ClientGone(Exception):
    """The client closed its connection before it had its answer."""


class BodySink:
    """Who takes a request's body, or the client's end of a tunnel."""

    def body(self, data: bytes) -> None:
        """A piece of the body; never empty."""

    def body_ended(self, trailers: Headers) -> None:
        """The body is whole."""

    def body_too_large(self) -> None:
        """The body is larger than allowed; nothing more comes of it."""

    def tunnel_data(self, data: bytes) -> None:
        """Bytes through the tunnel."""

    def tunnel_ended(self) -> None:
        """The client will send no more through the tunnel."""

    def write_paused(self) -> None:
        """Stop answering for now."""

    def write_resumed(self) -> None:
        """Go on answering."""

    def gone(self, reason: str) -> None:
        """The client's connection is closed."""


class Carrier:
    """
    What an exchange needs of the connection, and the codec on it, that carries it.

    @ivar stream: the connection's transport; an exchange itself does not touch it.
    @ivar proven: for the responder's use: whatever was established once for the whole connection.
    """

    stream: Stream
    wheel: Wheel
    proven: bool = False

    @property
    def peer(self) -> str:
        """The client's address."""
        return self.stream.peer

    def sink_attached(self, exchange: Exchange) -> None:
        """Somebody wants the request's body: give what is there, read on."""
        raise NotImplementedError

    def pause_body(self) -> None:
        """Nobody wants more of the body (or of what comes through the tunnel) for a while."""
        raise NotImplementedError

    def body_resumed(self) -> None:
        """Whoever wanted no more of the body for a while wants it again."""
        raise NotImplementedError

    def send_interim(self, status: int, reason: bytes, headers: Sequence[tuple[bytes, bytes]]) -> None:
        """Send an informational answer, where the client's version has such."""
        raise NotImplementedError

    def send_head(self, exchange: Exchange, status: int, reason: bytes, headers: Headers, open_ended: bool) -> None:
        """Send the final answer's head; see L{Exchange.begin}."""
        raise NotImplementedError

    def send_switch(self, reason: bytes, headers: Headers, protocol: bytes) -> None:
        """Send the head of a switch to another protocol, before anything else through the tunnel."""
        raise NotImplementedError

    def send_body(self, data: bytes) -> None:
        """Send a piece of the answer's body, or through the tunnel."""
        raise NotImplementedError

    def send_end(self, trailers: Headers) -> None:
        """End the answer's body."""
        raise NotImplementedError

    def tunnel_begun(self, exchange: Exchange) -> None:
        """From now on bytes pass as they are."""
        raise NotImplementedError

    def end_tunnel(self) -> None:
        """Send nothing more through the tunnel."""
        raise NotImplementedError

    def answered(self, exchange: Exchange) -> None:
        """The answer is complete."""
        raise NotImplementedError

    def abort(self) -> None:
        """End the exchange at once: an answer under way is visibly cut."""
        raise NotImplementedError

    def drain(self) -> None:
        """Finish the present exchange, take no further one."""
        raise NotImplementedError


class Exchange:
    """
    A request to be answered exactly once.

    @ivar peer: the client's address.
    @ivar started: the final answer's head is out.
    @ivar finished: the answer is complete.
    @ivar tunnel: the connection was upgraded.
    @ivar complete: and nothing of it was cut off.
    @ivar status: of the final answer; 0 before it.
    @ivar began: when its head had come, C{answered} when the answer's went out (0: not yet), by the wheel's clock.
    @ivar bytes_received: octets of the request's body, or out of the tunnel, so far.
    @ivar bytes_sent: octets of the answer's body, or into the tunnel, so far.
    @ivar facts: what responders find out about it.
    @ivar standing: fields that the final answer gets whoever makes it.
    @ivar request_id: by which the request is found in logs; answers that are made here carry it.
    @ivar continued: the client was told to send its body.
    @ivar body_limit: octets that the request's body may have; 0: any.
    """

    def __init__(self, connection: Carrier, head: RequestHead) -> None:
        self.connection = connection
        self.head = head
        self.peer: str = connection.peer
        self.sink: BodySink | None = None
        self.started: bool = False
        self.finished: bool = False
        self.tunnel: bool = False
        self.gone: bool = False
        self.body_paused: bool = False
        self.keep_alive: bool = head.keep_alive
        self.complete: bool = False
        self.status: int = 0
        self.began: float = connection.wheel.seconds()
        self.answered: float = 0.0
        self.bytes_received: int = 0
        self.standing: Headers = []
        self.bytes_sent: int = 0
        self.facts = Facts()
        self.request_id: bytes = b""
        self.continued: bool = False
        self.body_limit: int = 0

    def attach(self, sink: BodySink) -> None:
        """Begin to read the request's body into C{sink}."""
        self.sink = sink
        self.connection.sink_attached(self)

    def limit_body(self, most: int) -> None:
        """
        Accept at most C{most} octets of body; 0: this adds no limit.

        @raise TooLarge: it says already that it is larger.
        """
        if most and not 0 < self.body_limit <= most:
            self.body_limit = most
            if self.head.length is not None and self.head.length > most:
                raise TooLarge()

    def pause_body(self) -> None:
        """Read no more of the body (or tunnel) for now."""
        self.body_paused = True
        self.connection.pause_body()

    def resume_body(self) -> None:
        """Read on."""
        self.body_paused = False
        self.connection.body_resumed()

    async def read_body(self, limit: int) -> bytes:
        """
        The whole body.

        @param limit: octets.
        @raise TooLarge: it is larger.
        @raise ClientGone: it never came whole.
        """
        if self.head.length is not None and self.head.length > limit:
            raise TooLarge()
        if self.head.expect_continue:
            self.send_interim(100, [])
        whole = _Whole(self, limit)
        self.attach(whole)
        return await whole.result

    def respond(
        self,
        status: int,
        headers: Sequence[tuple[bytes, bytes]] = (),
        body: bytes = b"",
        reason: bytes | None = None,
    ) -> None:
        """Answer as a whole; adds Date, X-Request-Id and Content-Length."""
        if self.gone or self.started:
            return
        fields = [(b"Date", formatdate(self.connection.wheel.seconds(), usegmt=True).encode()), *headers]
        if self.request_id:
            fields.append((REQUEST_ID, self.request_id))
        if status not in (204, 304):
            fields.append((b"Content-Length", b"%d" % len(body)))
        self.sink = None
        self.begin(status, _REASONS.get(status, b"") if reason is None else reason, fields, False)
        if body and self.head.method != b"HEAD":
            self.write(body)
        self.end([])

    def send_interim(self, status: int, headers: Sequence[tuple[bytes, bytes]], reason: bytes = b"") -> None:
        """Send an informational answer (1xx); a client of HTTP/1.0 gets none."""
        if not self.gone:
            self.continued = self.continued or status == 100
            reason = reason or _REASONS.get(status, b"")
            self.connection.send_interim(status, reason, headers)

    def begin(self, status: int, reason: bytes, headers: Headers, open_ended: bool) -> None:
        """
        Send the head of the final answer.

        @param headers: end-to-end fields, with Content-Length where the length is known.
        @param open_ended: the body ends with L{end}, whatever its length.
        """
        self._start(status)
        self.connection.send_head(self, status, reason, [*headers, *self.standing], open_ended)

    def write(self, data: bytes) -> None:
        """Send a piece of the answer's body, or through the tunnel."""
        self.bytes_sent += len(data)
        self.connection.send_body(data)

    def end(self, trailers: Headers) -> None:
        """The answer is complete."""
        self.connection.send_end(trailers)
        self.finished = self.complete = True
        self.connection.answered(self)

    def upgrade(self, protocol: bytes, headers: Headers, reason: bytes = b"") -> None:
        """Switch to C{protocol} and become a tunnel whose other end is C{sink}."""
        self._start(101)
        self.tunnel = True
        self.keep_alive = False
        self.connection.send_switch(reason or _REASONS[101], headers, protocol)
        self.connection.tunnel_begun(self)

    def end_tunnel(self) -> None:
        """No more will be written into the tunnel."""
        self.connection.end_tunnel()

    def finish_tunnel(self, complete: bool = True) -> None:
        """The tunnel is over; C{complete} if both sides ended it."""
        if not self.finished:
            self.end([])
            self.complete = complete

    def _start(self, status: int) -> None:
        self.started = True
        self.status = status
        self.answered = self.connection.wheel.seconds()

    def abort(self) -> None:
        """End it at once: an answer under way is visibly cut."""
        self.connection.abort()


class _Whole(BodySink):
    """Collects a small body."""

    def __init__(self, exchange: Exchange, limit: int) -> None:
        self.result: Deferred[bytes] = Deferred()
        self._exchange = exchange
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0

    def body(self, data: bytes) -> None:
        self._parts.append(data)
        self._size += len(data)
        if self._size > self._limit and not self.result.called:
            self._exchange.sink = None
            self._exchange.pause_body()
            self.result.errback(TooLarge())

    def body_too_large(self) -> None:
        if not self.result.called:
            self.result.errback(TooLarge())

    def body_ended(self, trailers: Headers) -> None:
        if not self.result.called:
            self.result.callback(b"".join(self._parts))

    def gone(self, reason: str) -> None:
        if not self.result.called:
            self.result.errback(ClientGone(reason))
