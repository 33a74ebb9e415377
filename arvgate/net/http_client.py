"""
The client's side of one HTTP/1.1 connection: requests one after another, answers told to a consumer.

Bytes that nobody asked for make the connection unusable.  Not here: making connections, keeping them
(L{arvgate.net.pool}), how answers are read (L{arvgate.wire.http1.reading}), and what is in a request.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.internet.defer import Deferred

from arvgate.errors import PeerFault
from arvgate.net.stream import Receiver, Stream
from arvgate.net.wheel import Timed
from arvgate.wire.http1.body import MalformedBody
from arvgate.wire.http1.head import Headers, HeadLimits, MalformedHead, ResponseHead
from arvgate.wire.http1.reading import ResponseReader
from arvgate.wire.http1.writing import RequestWriter

__all__ = ["ClientConnection", "Consumer"]

_INTERIM_LIMIT = 32
_SMALL_ANSWER = 1048576


class Consumer:
    """Who gets the answer to a request; after C{response_end} or C{response_failed} nothing more is called."""

    def response_head(self, head: ResponseHead) -> None:
        """An interim answer, the final one, or 101, after which the connection is a tunnel."""

    def response_body(self, data: bytes) -> None:
        """A piece of the body, or what came through the tunnel; never empty."""

    def response_end(self, trailers: Headers) -> None:
        """The answer is whole."""

    def response_failed(self, reason: str) -> None:
        """The connection broke, or what came is no HTTP."""

    def upstream_ended(self) -> None:
        """The server will send no more through the tunnel."""

    def upstream_paused(self) -> None:
        """Stop writing for now."""

    def upstream_resumed(self) -> None:
        """Go on writing."""


class ClientConnection(Receiver, Timed):
    """
    One connection to a server.

    @ivar fresh: no answer has come on it yet.
    @ivar reused: it was handed out before.
    @ivar heard: something came since the present request was begun.
    @ivar returned: called when it is free for another request; C{gone} when it is closed while free.
    """

    def __init__(self, stream: Stream, limits: HeadLimits | None = None) -> None:
        self.stream = stream
        self.fresh: bool = True
        self.reused: bool = False
        self.returned: Callable[[], None] | None = None
        self.gone: Callable[[], None] | None = None
        self.heard: bool = False
        self._reader: ResponseReader = ResponseReader(limits)
        self._writer: RequestWriter = RequestWriter()
        self._consumer: Consumer | None = None
        self._in_body: bool = False
        self._tunnel: bool = False
        self._interims: int = 0
        self._reusable: bool = True
        self._idle: bool = False
        stream.receiver = self

    def take(self) -> bool:
        """
        Take it out of the pool; whether it can be used.

        What came since the reactor last looked is nobody's answer, least of all the next request's.
        """
        self._idle = False
        self.deadline = 0.0
        return self._reusable and not self.stream.eof and self.stream.is_quiet()

    def begin(
        self,
        consumer: Consumer,
        method: bytes,
        target: bytes,
        headers: Sequence[tuple[bytes, bytes]],
        open_ended: bool = False,
        upgrade: bytes = b"",
    ) -> None:
        """
        Send a request's head, and expect the answer.

        @param headers: end-to-end fields, with Content-Length where the length of a body is known.
        @param open_ended: there is a body of unknown length; L{end} ends it.
        @param upgrade: the protocols that may be switched to; empty for none.
        """
        self._consumer = consumer
        self._reader.expect(method)
        self._interims = 0
        self.heard = False
        self.stream.resume()
        self.stream.write(self._writer.head(method, target, headers, open_ended, upgrade))

    def send_body(self, data: bytes) -> None:
        """Send a piece of the request's body."""
        self.stream.write(self._writer.body(data))

    def end(self, trailers: Headers) -> None:
        """The request's body is whole."""
        self.stream.write(self._writer.end(trailers))

    def write(self, data: bytes) -> None:
        """Send through the tunnel."""
        self.stream.write(data)

    def pause(self) -> None:
        """Receive no more for now."""
        self.stream.pause()

    def resume(self) -> None:
        """Receive more again."""
        self.stream.resume()

    async def request(
        self, method: bytes, target: bytes, headers: Sequence[tuple[bytes, bytes]], body: bytes = b""
    ) -> tuple[ResponseHead, bytes]:
        """
        A whole small exchange.

        @raise PeerFault: no whole answer came, or it is larger than 1 MiB.
        """
        whole = _Whole(self)
        fields = [*headers]
        if body:
            fields.append((b"Content-Length", b"%d" % len(body)))
        self.begin(whole, method, target, fields)
        if body:
            self.send_body(body)
        return await whole.result

    def release(self) -> None:
        """The exchange is over: keep the connection if it can be used again, else close it."""
        self._consumer = None
        if self.stream.closed:
            return
        if not self._reusable or self._tunnel or self.stream.eof or self.returned is None:
            self.close()
            return
        self._idle = True
        self.stream.resume()
        self.returned()

    def close(self) -> None:
        """Close once everything is sent."""
        self._reusable = False
        self._consumer = None
        self.stream.close()

    def abort(self) -> None:
        """Close at once."""
        self._reusable = False
        self._consumer = None
        self.stream.abort()

    def end_tunnel(self) -> None:
        """No more will be written into the tunnel."""
        if self.stream.can_half_close and not self.stream.eof:
            self.stream.half_close()
        else:
            self.stream.close()

    # Timed
    def timed_out(self) -> None:
        """It was idle for too long."""
        if self._idle:
            self._retire()

    # Receiver
    def data_received(self, data: bytes) -> None:
        """Read as much of the answer as came."""
        consumer = self._consumer
        self.heard = True
        if consumer is None:
            self._retire()
        elif self._tunnel:
            consumer.response_body(data)
        elif self._in_body:
            self._read_body(consumer, data)
        else:
            self._reader.receive(data)
            self._read_heads(consumer)

    def eof_received(self) -> None:
        """The server sends no more."""
        consumer = self._consumer
        self._reusable = False
        if consumer is None:
            self._retire()
        elif self._tunnel:
            consumer.upstream_ended()
        elif not self._in_body:
            self._fail("closed before the answer")
        else:
            try:
                self._reader.end()
            except MalformedBody:
                self._fail("closed in the middle of the answer")
            else:
                self._finish(consumer)

    def write_paused(self) -> None:
        """Tell the consumer."""
        if self._consumer is not None:
            self._consumer.upstream_paused()

    def write_resumed(self) -> None:
        """Tell the consumer."""
        if self._consumer is not None:
            self._consumer.upstream_resumed()

    def connection_lost(self, reason: str) -> None:
        """Tell whoever has to do with it."""
        self._reusable = False
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            consumer.response_failed(reason)
        elif self._idle and self.gone is not None:
            self._idle = False
            self.gone()

    def _retire(self) -> None:
        """It must not be used again."""
        self._reusable = False
        idle, self._idle = self._idle, False
        if idle and self.gone is not None:
            self.gone()
        self.stream.abort()

    def _fail(self, reason: str) -> None:
        consumer, self._consumer = self._consumer, None
        self._reusable = False
        self.stream.abort()
        if consumer is not None:
            consumer.response_failed(reason)

    def _read_heads(self, consumer: Consumer) -> None:
        while not self._in_body and not self._tunnel and self._consumer is consumer:
            try:
                head = self._reader.read_head()
            except MalformedHead as error:
                self._fail(error.reason)
                return
            if head is None:
                return
            self._take_head(consumer, head)

    def _take_head(self, consumer: Consumer, head: ResponseHead) -> None:
        self.fresh = False
        if head.status == 101:
            self._reusable = False
            self._tunnel = True
            consumer.response_head(head)
            rest = self._reader.take_rest()
            if rest and self._consumer is consumer:
                consumer.response_body(rest)
        elif head.status < 200:
            self._interims += 1
            if self._interims > _INTERIM_LIMIT:
                self._fail("too many interim answers")
            else:
                consumer.response_head(head)
        else:
            self._in_body = True
            if not head.keep_alive or self._reader.until_closed:
                self._reusable = False
            consumer.response_head(head)
            if self._consumer is consumer:
                self._read_body(consumer, b"")

    def _read_body(self, consumer: Consumer, data: bytes) -> None:
        reader = self._reader
        try:
            payload = reader.read_body(data)
        except MalformedBody as error:
            self._fail(str(error))
            return
        if reader.body_complete and reader.buffered:
            self._reusable = False
        if payload:
            consumer.response_body(payload)
        if reader.body_complete and self._consumer is consumer:
            self._finish(consumer)

    def _finish(self, consumer: Consumer) -> None:
        self._in_body = False
        self._consumer = None
        consumer.response_end(self._reader.trailers)


class _Whole(Consumer):
    """Collects a small answer."""

    def __init__(self, connection: ClientConnection) -> None:
        self.result: Deferred[tuple[ResponseHead, bytes]] = Deferred(lambda _: connection.abort())
        self._connection = connection
        self._head = ResponseHead()
        self._parts: list[bytes] = []
        self._size = 0

    def response_head(self, head: ResponseHead) -> None:
        self._head = head
        if head.status == 101:
            self._connection.abort()
            self.response_failed("an upgrade was not asked for")

    def response_body(self, data: bytes) -> None:
        self._parts.append(data)
        self._size += len(data)
        if self._size > _SMALL_ANSWER:
            self._connection.abort()
            self.response_failed("the answer is too large")

    def response_end(self, trailers: Headers) -> None:
        self.result.callback((self._head, b"".join(self._parts)))

    def response_failed(self, reason: str) -> None:
        if not self.result.called:
            self.result.errback(PeerFault(detail=reason))
