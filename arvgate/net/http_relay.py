"""
One exchange carried to another server: the body one way, the answer the other, each no faster than it is taken.

Not here: which server, and which header fields pass.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred

from arvgate.errors import PeerFault, TooLarge
from arvgate.net.http_client import ClientConnection, Consumer
from arvgate.net.http_exchange import BodySink, ClientGone, Exchange
from arvgate.wire.http1.head import Headers, ResponseHead
from arvgate.wire.http1.upgrade import is_asked

__all__ = ["Outcome", "RetryElsewhere", "Withheld", "relay"]

#: Octets of a withheld answer's body that are kept.
_WITHHELD_KEPT = 65536

#: Fields that belong to one connection; the relay writes its own.
_FRAMING = frozenset([b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"])


class RetryElsewhere(PeerFault):
    """A kept connection was closed before any byte of the answer; nothing of a body was sent."""


class Withheld(Exception):
    """An answer that was not for the client, who can still be answered."""

    def __init__(self, head: ResponseHead, body: bytes) -> None:
        super().__init__(head.status)
        self.head = head
        self.body = body


class Outcome:
    """
    How an exchange went.

    @ivar complete: the client got the whole answer.
    @ivar bytes_up: octets of the request's body, or into the tunnel; C{bytes_down} likewise for the answer.
    """

    def __init__(self, status: int, bytes_up: int, bytes_down: int, upgraded: bool, complete: bool) -> None:
        self.status = status
        self.bytes_up = bytes_up
        self.bytes_down = bytes_down
        self.upgraded = upgraded
        self.complete = complete


async def relay(
    exchange: Exchange,
    upstream: ClientConnection,
    method: bytes,
    target: bytes,
    headers: Headers,
    edit_response: Callable[[ResponseHead], Headers],
    keep_trailer: Callable[[bytes], bool] = lambda name: True,
    withhold: Callable[[ResponseHead], bool] = lambda head: False,
) -> Outcome:
    """
    Send the exchange's request to C{upstream} and its answer to the client, both as they come.

    @param headers: end-to-end fields; what belongs to the connection is added here.
    @param edit_response: the fields that the client gets of an answer, of interim ones too.
    @param keep_trailer: whether a trailer of that name, in lower case, passes, in either direction.
    @param withhold: whether an answer, which is no interim one, is for the caller instead of the client.
    @raise Withheld: such an answer came.
    @raise RetryElsewhere: nothing happened yet; an idempotent request may be sent on another connection.
    @raise PeerFault: no answer came; the client can still be answered.
    @raise TooLarge: the body is larger than allowed; the client can still be answered.
    @raise ClientGone: the client closed.
    """
    return await _Relay(exchange, upstream, edit_response, keep_trailer, withhold).run(method, target, headers)


class _Relay(BodySink, Consumer):
    """Joins a client's L{Exchange} with an upstream connection."""

    def __init__(
        self,
        exchange: Exchange,
        upstream: ClientConnection,
        edit_response: Callable[[ResponseHead], Headers],
        keep_trailer: Callable[[bytes], bool],
        withhold: Callable[[ResponseHead], bool],
    ) -> None:
        self._exchange = exchange
        self._upstream = upstream
        self._edit = edit_response
        self._keep_trailer = keep_trailer
        self._withhold = withhold
        self._withheld: ResponseHead | None = None
        self._kept_body: bytes = b""
        self._was_fresh: bool = upstream.fresh
        self._bytes_up: int = 0
        self._status: int = 0
        self._request_sent: bool = False
        self._client_ended: bool = False
        self._upstream_ended: bool = False
        self._over: bool = False
        self._result: Deferred[Outcome] = Deferred(self._cancelled)

    def run(self, method: bytes, target: bytes, headers: Headers) -> Deferred[Outcome]:
        """Begin; fires when the exchange is over."""
        head = self._exchange.head
        fields = [field for field in headers if field[0].lower() not in _FRAMING]
        self._upstream.begin(self, method, target, fields, head.chunked, head.upgrade)
        if not self._over:
            self._exchange.attach(self)
        return self._result

    # BodySink: what comes from the client.
    def body(self, data: bytes) -> None:
        """Pass it on."""
        self._bytes_up += len(data)
        self._upstream.send_body(data)

    def body_ended(self, trailers: Headers) -> None:
        """The request is whole."""
        self._upstream.end(self._kept(trailers))
        self._request_sent = True

    def body_too_large(self) -> None:
        """It stops here: the client is told, or sees that the answer under way is cut."""
        self._upstream.abort()
        if self._exchange.started:
            self._finish(complete=False)
            self._exchange.abort()
        elif not self._over:
            self._over = True
            self._result.errback(TooLarge())

    def tunnel_data(self, data: bytes) -> None:
        """Pass it on."""
        self._bytes_up += len(data)
        self._upstream.write(data)

    def tunnel_ended(self) -> None:
        """The client's direction is over."""
        self._client_ended = True
        self._upstream.end_tunnel()
        self._close_if_both_ended()

    def write_paused(self) -> None:
        """The client is slow: read no more of the answer."""
        self._upstream.pause()

    def write_resumed(self) -> None:
        """Read on."""
        self._upstream.resume()

    def gone(self, reason: str) -> None:
        """The client has left: nobody wants the answer."""
        self._upstream.abort()
        if self._exchange.tunnel:
            self._finish(complete=self._upstream_ended or self._client_ended)
        elif not self._over:
            self._over = True
            self._result.errback(ClientGone(reason))

    # Consumer: what comes from upstream.
    def response_head(self, head: ResponseHead) -> None:
        """Pass it on, framed for this client."""
        exchange = self._exchange
        self._status = head.status
        if head.status >= 200 and self._withhold(head):
            self._withheld = head
            return
        headers = [field for field in self._edit(head) if field[0].lower() not in _FRAMING]
        if head.status == 101:
            if not is_asked(exchange.head.upgrade, head.upgrade):
                self._upstream.abort()
                self.response_failed("switched to a protocol that was not asked for")
                return
            exchange.upgrade(head.upgrade, headers, head.reason)
        elif head.status < 200:
            exchange.send_interim(head.status, headers, head.reason)
        else:
            bodiless = exchange.head.method == b"HEAD" or head.status in (204, 304)
            exchange.begin(head.status, head.reason, headers, not bodiless and head.length is None)

    def response_body(self, data: bytes) -> None:
        """Pass it on."""
        if self._withheld is not None:
            self._kept_body = (self._kept_body + data)[:_WITHHELD_KEPT]
        else:
            self._exchange.write(data)

    def response_end(self, trailers: Headers) -> None:
        """The answer is whole; the connection is kept if the request was sent as a whole."""
        if self._request_sent:
            self._upstream.release()
        else:
            self._upstream.abort()
        if self._withheld is not None:
            self._over = True
            self._exchange.sink = None
            self._result.errback(Withheld(self._withheld, self._kept_body))
            return
        self._exchange.end(self._kept(trailers))
        self._finish(complete=True)

    def response_failed(self, reason: str) -> None:
        """Upstream broke: before the answer somebody else may answer, within it the client sees the cut."""
        exchange = self._exchange
        if exchange.started:
            exchange.sink = None
            if self._upstream_ended or self._client_ended:
                self._finish(complete=False)
            else:
                self._cut()
        elif not self._over:
            self._over = True
            exchange.sink = None
            self._result.errback((RetryElsewhere if self._untouched() else PeerFault)(detail=reason))

    def upstream_ended(self) -> None:
        """The server's direction is over."""
        self._upstream_ended = True
        self._exchange.end_tunnel()
        self._close_if_both_ended()

    def upstream_paused(self) -> None:
        """Upstream is slow: read no more from the client."""
        self._exchange.pause_body()

    def upstream_resumed(self) -> None:
        """Read on."""
        self._exchange.resume_body()

    def _untouched(self) -> bool:
        """Whether a kept connection was closed before it gave any answer to a request without a body."""
        upstream = self._upstream
        sent = self._request_sent and not self._bytes_up and not self._exchange.head.chunked
        return sent and not self._was_fresh and not upstream.heard

    def _kept(self, trailers: Headers) -> Headers:
        return [field for field in trailers if self._keep_trailer(field[0].lower())]

    def _close_if_both_ended(self) -> None:
        if self._client_ended and self._upstream_ended:
            self._upstream.close()
            self._finish(complete=True)

    def _cut(self) -> None:
        """End what the client is getting so that it sees that it is not whole: nothing is said before the reset."""
        self._exchange.facts.error = PeerFault.code
        self._report(complete=False)
        self._exchange.abort()

    def _finish(self, complete: bool) -> None:
        if self._exchange.tunnel and not self._over:
            self._exchange.finish_tunnel(complete)
        self._report(complete)

    def _report(self, complete: bool) -> None:
        if not self._over:
            self._over = True
            exchange = self._exchange
            self._result.callback(Outcome(self._status, self._bytes_up, exchange.bytes_sent, exchange.tunnel, complete))

    def _cancelled(self, _: Deferred[Outcome]) -> None:
        self._over = True
        self._exchange.sink = None
        self._upstream.abort()
