"""
Messages out of the bytes of one connection, one after another, as they arrive (RFC 9112).

How the bytes are cut makes no difference: whether and how something is refused depends on the bytes alone, and is known
at the first one that settles it.  Not here: where bytes come from, and what becomes of a message.
"""

from __future__ import annotations

import re

from arvgate.wire.http1.body import BodyReader, EofBody, LengthBody, request_body, response_body
from arvgate.wire.http1.head import (
    Headers,
    HeadLimits,
    MalformedHead,
    RequestHead,
    ResponseHead,
    parse_request_head,
    parse_response_head,
)

__all__ = ["RequestReader", "ResponseReader"]

_BARE_LF = re.compile(rb"(?<!\r)\n")
#: Longer than any method that is spoken here.
_METHOD_LIMIT = 32
#: What a request line has besides its target: the method, two spaces, the version.
_LINE_BESIDES = _METHOD_LIMIT + 10


class _Reader:
    """
    What requests and answers have in common.

    @ivar buffered: octets that nobody took yet.
    """

    #: Whether the first line is a request's, with its own limits.
    _is_request: bool = False

    def __init__(self, limits: HeadLimits | None = None) -> None:
        self._limits: HeadLimits = limits or HeadLimits()
        self._buffer: bytes = b""
        self._scanned: int = 0
        self._lines: int = 0
        self._body: BodyReader = LengthBody(0)

    @property
    def buffered(self) -> int:
        """Octets that nobody took yet."""
        return len(self._buffer)

    @property
    def body_complete(self) -> bool:
        """Whether the body of the last head was read to its end."""
        return self._body.complete

    @property
    def trailers(self) -> Headers:
        """What stood behind the body, once it is complete."""
        return self._body.trailers

    def receive(self, data: bytes) -> None:
        """Keep what arrived."""
        self._buffer = self._buffer + data if self._buffer else data

    def read_body(self, data: bytes = b"") -> bytes:
        """
        The payload in what was kept and C{data}; what is behind the body is kept.

        @raise MalformedBody: the framing is broken.
        """
        if self._buffer:
            data = self._buffer + data
        payload = b""
        if data and not self._body.complete:
            payload, data = self._body.feed(data)
        self._buffer = data
        return payload

    def take_rest(self) -> bytes:
        """What was kept, which is of another protocol."""
        rest, self._buffer = self._buffer, b""
        return rest

    def _take_head(self) -> bytes:
        """
        The next head up to and with its empty line; empty if it is not whole yet.

        @raise MalformedHead: it is refused already.
        """
        buffer, start, limits = self._buffer, self._scanned, self._limits
        end = buffer.find(b"\r\n\r\n", max(0, start - 3))
        stop = len(buffer) if end < 0 else end + 4
        lines = buffer.count(b"\r\n", max(0, start - 1), stop)
        self._lines += lines
        if (
            lines != buffer.count(b"\n", start, stop)
            or stop > limits.head
            or self._lines > limits.fields + 1 + (end >= 0)
            or (self._is_request and stop > _METHOD_LIMIT and self._line_violation(buffer, stop) is not None)
        ):
            raise self._violation(buffer[:stop])
        if end < 0:
            self._scanned = stop
            return b""
        self._scanned = self._lines = 0
        self._buffer = buffer[stop:]
        return buffer[:stop]

    def _line_violation(self, head: bytes, stop: int) -> tuple[int, int] | None:
        """After how many octets a request line is too long, and the status for it."""
        if head.find(b" ", 0, _METHOD_LIMIT + 1) < 0:
            return _METHOD_LIMIT + 1, 501
        limit = min(self._limits.target + _LINE_BESIDES, self._limits.head)
        if stop > limit and head.find(b"\r\n", 0, limit + 1) < 0:
            return limit + 1, 414
        return None

    def _violation(self, head: bytes) -> MalformedHead:
        """The refusal that the earliest octet deserves."""
        limits = self._limits
        found: list[tuple[int, int]] = []
        bare = _BARE_LF.search(head)
        if bare is not None:
            found.append((bare.end(), 400))
        if self._is_request and len(head) > _METHOD_LIMIT:
            line = self._line_violation(head, len(head))
            if line is not None:
                found.append(line)
        if len(head) > limits.head:
            found.append((limits.head + 1, 431))
        position = -2
        for _ in range(limits.fields + 2):
            position = head.find(b"\r\n", position + 2)
            if position < 0:
                break
        else:
            if head[position - 2 : position] != b"\r\n":
                found.append((position + 2, 431))
        status = min(found)[1]
        return MalformedHead(status, _REASONS[status])


_REASONS = {
    400: "A line of the request's head does not end in CRLF.",
    414: "The request's address is too long.",
    431: "The request's header fields are too large.",
    501: "This method is not supported.",
}


class RequestReader(_Reader):
    """Reads requests: L{read_head}, then L{read_body} until it is complete, and again."""

    _is_request = True

    def __init__(self, limits: HeadLimits | None = None) -> None:
        super().__init__(limits)
        self._blank: bool = False

    def read_head(self) -> RequestHead | None:
        """
        The next request's head; None if it is not whole yet.  One empty line before it is ignored.

        @raise MalformedHead: it is refused; nothing more can be read.
        """
        if not self._blank and not self._scanned:
            if self._buffer == b"\r":
                return None
            if self._buffer[:2] == b"\r\n":
                self._blank = True
                self._buffer = self._buffer[2:]
        data = self._take_head()
        if not data:
            return None
        self._blank = False
        head = parse_request_head(data, self._limits)
        self._body = request_body(head)
        return head


class ResponseReader(_Reader):
    """Reads answers: L{expect}, L{read_head} up to the final one, then L{read_body} until it is complete."""

    def __init__(self, limits: HeadLimits | None = None) -> None:
        super().__init__(limits)
        self._method: bytes = b""

    def expect(self, method: bytes) -> None:
        """A request with C{method} is being sent."""
        self._method = method

    def read_head(self) -> ResponseHead | None:
        """
        The next head, of an interim answer or the final one; None if it is not whole yet.

        @raise MalformedHead: it is refused; nothing more can be read.
        """
        try:
            data = self._take_head()
        except MalformedHead as error:
            raise MalformedHead(502, "The answer's head is malformed or too large.") from error
        if not data:
            return None
        head = parse_response_head(data, self._limits)
        if head.status >= 200:
            self._body = response_body(head, self._method)
        return head

    @property
    def until_closed(self) -> bool:
        """Whether the end of the connection is the end of the answer."""
        return isinstance(self._body, EofBody)

    def end(self) -> None:
        """
        The connection ended.

        @raise MalformedBody: in the middle of the body.
        """
        self._body.eof()
