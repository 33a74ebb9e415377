"""
Bodies of HTTP/1.1 messages: where they end, and their octets without the framing (RFC 9112, sections 6 and 7).

A reader is fed what came from the socket and says what of it was payload, what is left over, and whether the body is
complete.  Not here: deciding which reader a message needs depends on both heads (L{request_body}, L{response_body}).
"""

from __future__ import annotations

import re

from arvgate.wire.http1.head import Headers, RequestHead, ResponseHead, validate_fields

__all__ = [
    "BodyReader", "ChunkedBody", "EofBody", "LengthBody", "MalformedBody", "chunk", "last_chunk", "request_body",
    "response_body",
]  # fmt: skip

_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?\Z")
_EXTENSIONS_LIMIT = 16384
_TRAILERS_LIMIT = 32768
_LINE_LIMIT = 4096
_FORBIDDEN_TRAILERS = frozenset(
    [b"content-length", b"transfer-encoding", b"host", b"connection", b"authorization", b"cookie", b"set-cookie",
     b"content-encoding", b"content-type", b"content-range", b"te", b"trailer", b"upgrade", b"expect", b"keep-alive",
     b"proxy-connection", b"proxy-authorization", b"proxy-authenticate"]
)  # fmt: skip


class MalformedBody(Exception):
    """The framing of a body is broken: what follows on the connection has no meaning."""


class BodyReader:
    """
    Reads one body.

    @ivar complete: everything was read.
    @ivar trailers: the trailer fields, once complete.
    """

    def __init__(self) -> None:
        self.complete: bool = False
        self.trailers: Headers = []

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """
        Take what arrived.

        @return: payload, and what came behind the end of the body.
        @raise MalformedBody: the framing is broken.
        """
        raise MalformedBody("no body is expected")

    def eof(self) -> None:
        """
        The sender closed.

        @raise MalformedBody: in the middle of the body.
        """
        if not self.complete:
            raise MalformedBody("closed in the middle of the body")


class LengthBody(BodyReader):
    """A body of a known number of octets."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self.left: int = length
        self.complete = length == 0

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Count."""
        left = self.left
        size = len(data)
        if size < left:
            self.left = left - size
            return data, b""
        self.left = 0
        self.complete = True
        if size == left:
            return data, b""
        return data[:left], data[left:]


class EofBody(BodyReader):
    """A body that ends where the connection does."""

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Everything is payload."""
        return data, b""

    def eof(self) -> None:
        """This is how it ends."""
        self.complete = True


class ChunkedBody(BodyReader):
    """A body in the chunked coding, strictly: hexadecimal sizes, CRLF everywhere, bounded extensions and trailers."""

    def __init__(self) -> None:
        super().__init__()
        self._left: int = 0  # octets of the present chunk
        self._expect: int = 0  # 0: size line, 1: data, 2: CRLF behind data, 3: trailers
        self._line: bytes = b""
        self._extensions: int = 0

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Read chunks as far as they came."""
        if self._line:
            data = self._line + data
            self._line = b""
        out: list[bytes] = []
        position = 0
        end = len(data)
        while not self.complete:
            if self._expect == 1:
                take = min(self._left, end - position)
                if take:
                    out.append(data[position : position + take])
                    position += take
                    self._left -= take
                if self._left:
                    break
                self._expect = 2
            elif self._expect == 2:
                if end - position < 2:
                    if data[position:] not in (b"", b"\r"):
                        raise MalformedBody("a chunk is not followed by CRLF")
                    self._line = data[position:]
                    position = end
                    break
                if data[position : position + 2] != b"\r\n":
                    raise MalformedBody("a chunk is not followed by CRLF")
                position += 2
                self._expect = 0
            else:
                after = self._read_line(data, position)
                if after < 0:
                    self._line = data[position:]
                    position = end
                    break
                position = after
        return (out[0] if len(out) == 1 else b"".join(out)), data[position:]

    def _read_line(self, data: bytes, position: int) -> int:
        """Read a size line, or the trailers; the position behind it, or -1 if it is not whole yet."""
        if self._expect == 3:
            return self._read_trailers(data, position)
        end = data.find(b"\r\n", position)
        if end < 0:
            if len(data) - position > _LINE_LIMIT or b"\n" in data[position:]:
                raise MalformedBody("a chunk size is malformed")
            return -1
        match = _SIZE_LINE.match(data[position:end])
        if match is None or end - position > _LINE_LIMIT:
            raise MalformedBody("a chunk size is malformed")
        self._extensions += end - position - len(match.group(1))
        if self._extensions > _EXTENSIONS_LIMIT:
            raise MalformedBody("the chunk extensions are too large")
        self._left = int(match.group(1), 16)
        self._expect = 1 if self._left else 3
        return end + 2

    def _read_trailers(self, data: bytes, position: int) -> int:
        if data[position : position + 2] == b"\r\n":
            self.complete = True
            return position + 2
        end = data.find(b"\r\n\r\n", position)
        if end < 0:
            if len(data) - position > _TRAILERS_LIMIT:
                raise MalformedBody("the trailers are too large")
            return -1
        block = data[position : end + 2]
        if len(block) > _TRAILERS_LIMIT or not validate_fields(block):
            raise MalformedBody("a trailer is malformed")
        for line in block.split(b"\r\n")[:-1]:
            name, _, value = line.partition(b":")
            if name.lower() in _FORBIDDEN_TRAILERS:
                raise MalformedBody("a trailer is not allowed")
            self.trailers.append((name, value.strip(b" \t")))
        self.complete = True
        return end + 4


def chunk(payload: bytes) -> bytes:
    """One chunk; C{payload} must not be empty, since an empty chunk ends the body."""
    return b"%x\r\n%b\r\n" % (len(payload), payload)


def last_chunk(trailers: Headers) -> bytes:
    """The end of a chunked body."""
    return b"".join([b"0\r\n", *(b"%b: %b\r\n" % field for field in trailers), b"\r\n"])


def request_body(head: RequestHead) -> BodyReader:
    """The reader for a request's body (RFC 9112, section 6.3)."""
    return ChunkedBody() if head.chunked else LengthBody(head.length or 0)


def response_body(head: ResponseHead, method: bytes) -> BodyReader:
    """The reader for the body of a final answer to a request with C{method}."""
    if method == b"HEAD" or head.status in (204, 304):
        return LengthBody(0)
    if head.chunked:
        return ChunkedBody()
    return EofBody() if head.length is None else LengthBody(head.length)
