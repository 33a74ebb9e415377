"""
Messages as the bytes of a connection: heads with the fields that belong to it, bodies in their framing (RFC 9112).

Not here: which end-to-end fields a message has.
"""

from __future__ import annotations

from collections.abc import Sequence

from arvgate.wire.http1.body import chunk, last_chunk
from arvgate.wire.http1.head import Headers, serialize_request, serialize_response

__all__ = ["RequestWriter", "ResponseWriter"]

Fields = Sequence[tuple[bytes, bytes]]


class ResponseWriter:
    """
    Writes the answer to one request.

    @param version: the request's.
    @ivar last: the connection ends with this answer; known with its head.
    """

    def __init__(self, version: bytes) -> None:
        self.last: bool = False
        self._old: bool = version == b"1.0"
        self._chunked: bool = False

    def interim(self, status: int, reason: bytes, headers: Fields) -> bytes:
        """An informational answer; HTTP/1.0 has none."""
        return b"" if self._old else serialize_response(status, reason, headers)

    def head(self, status: int, reason: bytes, headers: Fields, open_ended: bool, last: bool) -> bytes:
        """
        The head of the final answer.

        @param headers: end-to-end fields, with Content-Length where the length is known.
        @param open_ended: the body ends with L{end}: chunked, or by closing for HTTP/1.0.
        @param last: the connection is to end with this answer in any case.
        """
        fields = [*headers]
        self.last = last or (open_ended and self._old)
        if open_ended and not self._old:
            self._chunked = True
            fields.append((b"Transfer-Encoding", b"chunked"))
        if self.last:
            fields.append((b"Connection", b"close"))
        elif self._old:
            fields.append((b"Connection", b"keep-alive"))
        return serialize_response(status, reason, fields)

    def switch(self, reason: bytes, headers: Fields, protocol: bytes) -> bytes:
        """The head of a switch to C{protocol}; what follows is none of HTTP's."""
        self.last = True
        return serialize_response(101, reason, [*headers, (b"Connection", b"upgrade"), (b"Upgrade", protocol)])

    def body(self, data: bytes) -> bytes:
        """A piece of the body, which must not be empty."""
        return chunk(data) if self._chunked else data

    def end(self, trailers: Headers) -> bytes:
        """The end of the body."""
        return last_chunk(trailers) if self._chunked else b""


class RequestWriter:
    """Writes requests, one after another."""

    def __init__(self) -> None:
        self._chunked: bool = False

    def head(self, method: bytes, target: bytes, headers: Fields, open_ended: bool, upgrade: bytes) -> bytes:
        """
        A request's head.

        @param headers: end-to-end fields, with Content-Length where the length of a body is known.
        @param open_ended: there is a body of unknown length, which ends with L{end}.
        @param upgrade: the protocols that may be switched to; empty for none.
        """
        fields = [*headers]
        self._chunked = open_ended
        if upgrade:
            fields += [(b"Connection", b"Upgrade"), (b"Upgrade", upgrade)]
        if open_ended:
            fields.append((b"Transfer-Encoding", b"chunked"))
        return serialize_request(method, target, fields)

    def body(self, data: bytes) -> bytes:
        """A piece of the body, which must not be empty."""
        return chunk(data) if self._chunked else data

    def end(self, trailers: Headers) -> bytes:
        """The end of the body."""
        return last_chunk(trailers) if self._chunked else b""
