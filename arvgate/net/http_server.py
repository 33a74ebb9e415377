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
from arvgate.net.pace import Pace
from arvgate.net.stream import Receiver, Stream
from arvgate.net.wheel import Timed, Wheel
from arvgate.wire.http1.body import MalformedBody
from arvgate.wire.http1.head import Headers, HeadLimits, MalformedHead, RequestHead
from arvgate.wire.http1.reading import RequestReader

__all__ = ["Over", "Respond", "ServerConnection", "ServerLimits"]

_log = Logger()
_EARLY_LIMIT = 65536
_PLAIN: Headers = [(b"Content-Type", b"text/plain; charset=utf-8")]
#: Seconds between two looks at how fast a client takes and sends, at most.
_LOOK = 5.0

#: What makes a browser's head too large is cookies, by which a page can lock its user out of all hosts of the site.
_FEWER_COOKIES = (b"Clear-Site-Data", b'"cookies"')
_TOO_MANY_COOKIES = " In a browser these were cookies, now deleted: load the page again, and log in where asked to."

Respond = Callable[[Exchange], Coroutine[Any, Any, None]]
#: Told of each exchange once, when it is over in whatever way.
Over = Callable[[Exchange], None]


class ServerLimits:
    """
    Bounds of a connection; times in seconds.

    @ivar head_timeout: from the first octet of a head to its last; for the first one, from the connection's beginning.
    @ivar idle_timeout: between requests.
    @ivar stall_timeout: without progress of a body in either direction; 0: none.
    @ivar body: octets of a request's body; 0: any.
    @ivar data_rate: octets per second that a client must send of a body, and take of an answer, on average over
        C{rate_window}; 0: any.
    @ivar requests: after so many the connection is closed; 0: never.
    """

    def __init__(
        self,
        head: HeadLimits | None = None,
        head_timeout: float = 30.0,
        idle_timeout: float = 75.0,
        stall_timeout: float = 60.0,
        body: int = 0,
        data_rate: int = 0,
        rate_window: float = 30.0,
        requests: int = 0,
    ) -> None:
        self.head: HeadLimits = head or HeadLimits()
        self.head_timeout = head_timeout
        self.idle_timeout = idle_timeout
        self.stall_timeout = stall_timeout
        self.body = body
        self.data_rate = data_rate
        self.rate_window = rate_window
        self.requests = requests
        self.look: float = min(_LOOK, stall_timeout / 2 or _LOOK, rate_window / 2)

    def pace(self) -> Pace:
        """A measure for one direction."""
        return Pace(self.stall_timeout, self.data_rate, self.rate_window)


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
        self._requests: int = 0
        self._body_octets: int = 0
        self._sending: Pace = self.limits.pace()
        self._taking: Pace = self.limits.pace()
        self._phase_ends: float = 0.0
        self._begin_phase(self.limits.head_timeout)

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
        if exchange is not None and exchange.sink is not None:
            exchange.sink.write_paused()

    def write_resumed(self) -> None:
        """The client took what was buffered."""
        exchange = self._exchange
        if exchange is not None and exchange.sink is not None:
            exchange.sink.write_resumed()

    def connection_lost(self, reason: str) -> None:
        """End what was being done for this client."""
        self.wheel.drop(self)
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
        """Look at the client: it may take too long with a head, a body or an answer."""
        now = self.wheel.seconds()
        if self._too_slow(now):
            self.stream.abort()
        elif self._exchange is not None or self.stream.buffered:
            self.wheel.arm(self, self.limits.look)
        elif now < self._phase_ends:
            self.wheel.arm(self, self._phase_ends - now)
        elif self._reader.buffered and not self._draining:
            self._refuse(408, "The request's head took too long.")
        else:
            self.stream.close()

    # Carrier
    def sink_attached(self, exchange: Exchange) -> None:
        """Somebody wants the request's body: give what is there, read on."""
        if self._body_due:
            self._feed_body(exchange, b"")
        elif exchange.sink is not None:
            exchange.sink.body_ended(self._reader.trailers)
        if not self.stream.closed and not exchange.body_paused:
            self.stream.resume()

    def body_resumed(self) -> None:
        """Read on."""
        self.stream.resume()

    def tunnel_begun(self, exchange: Exchange) -> None:
        """From now on bytes pass as they are."""
        data = self._reader.take_rest()
        exchange.bytes_received += len(data)
        if data and exchange.sink is not None:
            exchange.sink.tunnel_data(data)
        self.stream.resume()

    def answered(self, exchange: Exchange) -> None:
        """The answer is complete."""
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

    def _begin_phase(self, seconds: float) -> None:
        """The client has so long for its next step; what it has still to take of an answer is looked at before."""
        self._phase_ends = self.wheel.seconds() + seconds
        self.wheel.arm(self, min(seconds, self.limits.look) if self.stream.buffered else seconds)

    def _too_slow(self, now: float) -> bool:
        """
        Whether it sends a body, or takes an answer, too slowly.

        With the answer under way app and client may talk as slowly as they like, and who waits for 100 is not late.
        """
        exchange, stream = self._exchange, self.stream
        owes_body = (
            exchange is not None
            and exchange.sink is not None
            and not self._reader.body_complete
            and not exchange.body_paused
            and (not exchange.head.expect_continue or exchange.continued or self._body_octets > 0)
        )
        rated = exchange is not None and not exchange.started
        if self._sending.too_slow(now, self._body_octets, owes_body, rated):
            return True
        waits = stream.buffered > 0
        return self._taking.too_slow(now, stream.taken() if waits else 0, waits)

    def _feed_body(self, exchange: Exchange, data: bytes) -> None:
        """Give what was read of the body, and tell its end once."""
        try:
            payload = self._payload + self._reader.read_body(data)
        except MalformedBody:
            self._refuse_body(exchange)
            return
        self._payload = b""
        exchange.bytes_received += len(payload)
        self._body_octets += len(data)
        sink = exchange.sink
        if sink is not None and 0 < exchange.body_limit < exchange.bytes_received:
            exchange.sink = None
            self.stream.pause()
            sink.body_too_large()
            return
        if payload and sink is not None:
            sink.body(payload)
        if self._reader.body_complete and self._body_due:
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
            elif reader.buffered and not self._head_begun and self._requests:
                self._head_begun = True
                self._begin_phase(self.limits.head_timeout)
            return head
        except MalformedHead as error:
            self._refuse(error.status, error.reason)
        except MalformedBody:
            self._refuse(400, "The request's body is malformed.")
        return None

    def _refuse(self, status: int, reason: str) -> None:
        """Answer what is no request, and close."""
        self._draining = True
        exchange = self.exchange_for(RequestHead())
        self._exchange = exchange
        exchange.keep_alive = False
        headers = _PLAIN
        if status == 431:
            headers = [*headers, _FEWER_COOKIES]
            reason += _TOO_MANY_COOKIES
        exchange.respond(status, headers, reason.encode() + b"\n")

    def _serve(self, head: RequestHead) -> None:
        self._requests += 1
        if self._requests == self.limits.requests:
            self._draining = True
        self.wheel.arm(self, self.limits.look)
        self._head_begun = False
        self._body_due = True
        if 0 < self.limits.body < (head.length or 0):
            self._refuse(413, "The request's body is larger than this server accepts.")
            return
        exchange = self.exchange_for(head)
        exchange.body_limit = self.limits.body
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
        self._begin_phase(self.limits.idle_timeout)
        self.stream.resume()
        self._advance()
