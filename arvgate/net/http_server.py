"""
The server's side of one HTTP/1.1 connection: requests in order, each given to a responder as an L{Exchange}.

An exchange is what a responder sees of one request and its answer; the codec behind it could be another.  Not here:
how requests are read (L{arvgate.wire.http1.reading}) and answers written (L{arvgate.net.http1_carrier}), and what is
answered.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from arvgate.net.http1_carrier import Http1Carrier
from arvgate.net.http_exchange import ClientGone, Exchange
from arvgate.net.stream import Receiver, Stream
from arvgate.net.wheel import Timed, Wheel
from arvgate.wire.http1.body import MalformedBody
from arvgate.wire.http1.head import Headers, HeadLimits, MalformedHead, RequestHead
from arvgate.wire.http1.reading import RequestReader

__all__ = ["Over", "Respond", "ServerConnection", "ServerLimits"]

_log = Logger()
_EARLY_LIMIT = 65536
_PLAIN: Headers = [(b"Content-Type", b"text/plain; charset=utf-8")]

#: What makes a browser's head too large is cookies, by which a page can lock its user out of all hosts of the site.
_FEWER_COOKIES = (b"Clear-Site-Data", b'"cookies"')
_TOO_MANY_COOKIES = " In a browser these were cookies, now deleted: load the page again, and log in where asked to."

Respond = Callable[[Exchange], Coroutine[Any, Any, None]]
#: Told of each exchange once, when it is over in whatever way.
Over = Callable[[Exchange], None]


class ServerLimits:
    """
    Bounds of a connection; times in seconds.

    @ivar head_timeout: from the first byte of a head to its last.
    @ivar idle_timeout: between requests.
    @ivar stall_timeout: without progress of a body in either direction.
    """

    def __init__(
        self,
        head: HeadLimits | None = None,
        head_timeout: float = 30.0,
        idle_timeout: float = 75.0,
        stall_timeout: float = 60.0,
    ) -> None:
        self.head: HeadLimits = head or HeadLimits()
        self.head_timeout = head_timeout
        self.idle_timeout = idle_timeout
        self.stall_timeout = stall_timeout


class ServerConnection(Http1Carrier, Receiver, Timed):
    """One client's connection."""

    def __init__(
        self,
        stream: Stream,
        respond: Respond,
        wheel: Wheel,
        limits: ServerLimits | None = None,
        closed: Callable[[ServerConnection], None] | None = None,
        over: Over | None = None,
    ) -> None:
        self.stream = stream
        self.wheel = wheel
        self.limits: ServerLimits = limits or ServerLimits()
        self._respond = respond
        self._closed = closed
        self._over = over
        self._reader: RequestReader = RequestReader(self.limits.head)
        self._payload: bytes = b""  # of the body, read before anybody wanted it
        self._body_due: bool = False  # the end of the body was not yet told
        self._exchange: Exchange | None = None
        self._serving: Deferred[None] | None = None
        self._head_begun: bool = False
        self._advancing: bool = False
        self._draining: bool = False
        wheel.arm(self, self.limits.head_timeout)

    def drain(self) -> None:
        """Finish the present exchange, take no further one."""
        self._draining = True
        if self._exchange is None:
            self.stream.close()

    @property
    def idle(self) -> bool:
        """Whether no request is being answered."""
        return self._exchange is None

    @property
    def upgraded(self) -> bool:
        """Whether it became a tunnel."""
        return self._exchange is not None and self._exchange.tunnel

    # Receiver
    def data_received(self, data: bytes) -> None:
        """Bytes of a head, of a body, or through a tunnel."""
        exchange = self._exchange
        if exchange is not None and exchange.tunnel:
            exchange.bytes_received += len(data)
            if exchange.sink is not None:
                exchange.sink.tunnel_data(data)
            return
        if exchange is not None and self._body_due and exchange.sink is not None:
            self._feed_body(exchange, data)
            return
        self._reader.receive(data)
        if exchange is None:
            self._advance()
        elif self._reader.buffered > _EARLY_LIMIT:
            self.stream.pause()

    def eof_received(self) -> None:
        """The client sends no more; a plain client may still wait for its answer."""
        exchange = self._exchange
        if exchange is None:
            self.stream.close()
        elif exchange.tunnel:
            if exchange.sink is not None:
                exchange.sink.tunnel_ended()
        elif not self._reader.body_complete or not self.stream.can_half_close:
            self.stream.abort()

    def write_paused(self) -> None:
        """The client is slower than the answer."""
        exchange = self._exchange
        if exchange is not None:
            self.wheel.arm(self, self.limits.stall_timeout)
            if exchange.sink is not None:
                exchange.sink.write_paused()

    def write_resumed(self) -> None:
        """The client took what was buffered."""
        exchange = self._exchange
        if exchange is not None:
            self.deadline = 0.0
            if exchange.sink is not None:
                exchange.sink.write_resumed()

    def connection_lost(self, reason: str) -> None:
        """End what was being done for this client."""
        self.deadline = 0.0
        exchange, serving = self._exchange, self._serving
        if exchange is not None:
            sink, exchange.sink = exchange.sink, None
            exchange.gone = True
            if sink is not None:
                sink.gone(reason)
        if serving is not None and self._serving is serving:
            serving.cancel()
        self._settle()
        if self._closed is not None:
            self._closed(self)

    # Timed
    def timed_out(self) -> None:
        """A head, a body or a reader took too long."""
        exchange = self._exchange
        if exchange is not None:
            self.stream.abort()
        elif self._reader.buffered:
            self._refuse(408, "The request's head took too long.")
        else:
            self.stream.close()

    # Carrier
    def sink_attached(self, exchange: Exchange) -> None:
        """Somebody wants the request's body: give what is there, read on."""
        if self._body_due:
            self.wheel.arm(self, self.limits.stall_timeout)
            self._feed_body(exchange, b"")
        elif exchange.sink is not None:
            exchange.sink.body_ended(self._reader.trailers)
        if not self.stream.closed and not exchange.body_paused:
            self.stream.resume()

    def body_resumed(self) -> None:
        """Read on; the client has its time again."""
        if self._body_due:
            self.wheel.arm(self, self.limits.stall_timeout)
        self.stream.resume()

    def tunnel_begun(self, exchange: Exchange) -> None:
        """From now on bytes pass as they are."""
        self.deadline = 0.0
        data = self._reader.take_rest()
        exchange.bytes_received += len(data)
        if data and exchange.sink is not None:
            exchange.sink.tunnel_data(data)
        self.stream.resume()

    def answered(self, exchange: Exchange) -> None:
        """The answer is complete."""
        self.deadline = 0.0
        exchange.sink = None
        if not exchange.keep_alive or not self._reader.body_complete or exchange.tunnel:
            self._draining = True
        if self._draining:
            self.stream.close()
        self._settle()

    @property
    def will_close(self) -> bool:
        """Whether the connection ends with the present answer: the rest of an upload is not waited for."""
        return self._draining or not self._reader.body_complete

    def _feed_body(self, exchange: Exchange, data: bytes) -> None:
        """Give what was read of the body, and tell its end once."""
        try:
            payload = self._payload + self._reader.read_body(data)
        except MalformedBody:
            self._refuse_body(exchange)
            return
        self._payload = b""
        self.deadline = 0.0
        exchange.bytes_received += len(payload)
        sink = exchange.sink
        if payload and sink is not None:
            sink.body(payload)
        if not self._reader.body_complete:
            if not exchange.body_paused:
                self.wheel.arm(self, self.limits.stall_timeout)
        elif self._body_due:
            self._body_due = False
            if exchange.sink is not None:
                exchange.sink.body_ended(self._reader.trailers)

    def _refuse_body(self, exchange: Exchange) -> None:
        """Whoever was reading the body learns that it never comes whole; the client, why, if it still can."""
        sink = exchange.sink
        if exchange.started:
            self.stream.abort()
            return
        exchange.keep_alive = False
        exchange.respond(400, _PLAIN, b"The request's body is malformed.\n")
        if sink is not None:
            sink.gone("the body is malformed")

    def _advance(self) -> None:
        """Serve what is in the buffer, one request after another."""
        if self._advancing:
            return
        self._advancing = True
        try:
            while self._exchange is None and not self.stream.closed and not self._draining:
                head = self._read_head()
                if head is None:
                    if self.stream.eof:
                        self.stream.close()
                    return
                self._serve(head)
        finally:
            self._advancing = False

    def _read_head(self) -> RequestHead | None:
        """The next request; what has already come of its body is looked at before anybody hears of it."""
        reader = self._reader
        try:
            head = reader.read_head()
            if head is not None:
                self._payload = reader.read_body()
            elif reader.buffered and not self._head_begun:
                self._head_begun = True
                self.wheel.arm(self, self.limits.head_timeout)
            return head
        except MalformedHead as error:
            self._refuse(error.status, error.reason)
        except MalformedBody:
            self._refuse(400, "The request's body is malformed.")
        return None

    def _refuse(self, status: int, reason: str) -> None:
        """Answer what is no request, and close."""
        self._draining = True
        self.deadline = 0.0
        exchange = self.exchange_for(RequestHead())
        self._exchange = exchange
        exchange.keep_alive = False
        headers = _PLAIN
        if status == 431:
            headers = [*headers, _FEWER_COOKIES]
            reason += _TOO_MANY_COOKIES
        exchange.respond(status, headers, reason.encode() + b"\n")

    def _serve(self, head: RequestHead) -> None:
        self.deadline = 0.0
        self._head_begun = False
        self._body_due = True
        exchange = self.exchange_for(head)
        self._exchange = exchange
        if not self._reader.body_complete:
            self.stream.pause()
        serving: Deferred[None] = Deferred.fromCoroutine(self._respond(exchange))
        self._serving = serving
        serving.addErrback(self._failed, exchange)
        serving.addCallback(self._served, exchange)

    def _failed(self, failure: Failure, exchange: Exchange) -> None:
        if exchange.gone or isinstance(failure.value, ClientGone):
            return
        if not isinstance(failure.value, CancelledError):
            _log.failure("a request could not be served", failure)
        if exchange.started:
            self.stream.abort()
        else:
            exchange.respond(500, _PLAIN, b"The request failed.\n")

    def _served(self, _: None, exchange: Exchange) -> None:
        self._serving = None
        if not exchange.started and not exchange.gone:
            _log.error("a responder did not answer")
            exchange.respond(500)
        self._settle()

    def _settle(self) -> None:
        """Go on with the next request once the answer is out and its responder has returned."""
        exchange = self._exchange
        if exchange is None or self._serving is not None or not (exchange.finished or exchange.gone):
            return
        self._exchange = None
        if self._over is not None:
            self._over(exchange)
        if self.stream.closed:
            return
        self.wheel.arm(self, self.limits.idle_timeout)
        self.stream.resume()
        self._advance()
