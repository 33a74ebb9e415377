"""
What carries exchanges over HTTP/1.1: one at a time, each answer written on the connection's stream.

Not here: reading requests, and the connection's life (L{arvgate.net.http_server}).
"""

from __future__ import annotations

from collections.abc import Sequence

from arvgate.net.http_exchange import Carrier, Exchange
from arvgate.net.stream import Stream
from arvgate.wire.http1.head import Headers, RequestHead
from arvgate.wire.http1.writing import ResponseWriter

__all__ = ["Http1Carrier"]


class Http1Carrier(Carrier):
    """The answers' side of one connection."""

    stream: Stream
    _writer: ResponseWriter

    @property
    def will_close(self) -> bool:
        """Whether the connection ends with the present answer."""
        raise NotImplementedError

    def exchange_for(self, head: RequestHead) -> Exchange:
        """Begin an exchange; the one before it is over."""
        self._writer = ResponseWriter(head.version)
        return Exchange(self, head)

    # Carrier
    def pause_body(self) -> None:
        """Read no more for now."""
        self.stream.pause()

    def send_interim(self, status: int, reason: bytes, headers: Sequence[tuple[bytes, bytes]]) -> None:
        """Send an informational answer."""
        self.stream.write(self._writer.interim(status, reason, headers))

    def send_head(self, exchange: Exchange, status: int, reason: bytes, headers: Headers, open_ended: bool) -> None:
        """Send the final answer's head, and what it says of the connection."""
        last = not exchange.keep_alive or self.will_close
        self.stream.write(self._writer.head(status, reason, headers, open_ended, last))
        exchange.keep_alive = not self._writer.last

    def send_switch(self, reason: bytes, headers: Headers, protocol: bytes) -> None:
        """Send the head of a switch, alone in its record."""
        self.stream.write(self._writer.switch(reason, headers, protocol))

    def send_body(self, data: bytes) -> None:
        """Send a piece of the body."""
        self.stream.write(self._writer.body(data))

    def send_end(self, trailers: Headers) -> None:
        """End the body."""
        self.stream.write(self._writer.end(trailers))

    def end_tunnel(self) -> None:
        """Send nothing more through the tunnel: this direction ends if it can alone, else both do."""
        if self.stream.can_half_close and not self.stream.eof:
            self.stream.half_close()
        else:
            self.stream.close()

    def abort(self) -> None:
        """Reset the connection: an answer under way is visibly cut."""
        self.stream.abort()
