"""
Heads of HTTP/1.1 messages: one complete head in, one value out (RFC 9110, RFC 9112).

llhttp reads the head; what it is too generous about is checked here besides.  Not here: finding where a head ends,
bodies, and what a gateway does to header fields.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from httptools import (
    HttpParserError,
    HttpParserInvalidMethodError,
    HttpParserUpgrade,
    HttpRequestParser,
    HttpResponseParser,
)

from arvgate.wire.http1.upgrade import MalformedUpgrade, asked_protocols, split_protocols

__all__ = [
    "HeadLimits", "MalformedHead", "RequestHead", "ResponseHead", "parse_request_head", "parse_response_head",
    "serialize_request", "serialize_response", "validate_fields",
]  # fmt: skip

Headers = list[tuple[bytes, bytes]]

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE = re.compile(rb"(" + _TOKEN + rb") ([\x21\x22\x24-\x7e]+) HTTP/(\d)\.(\d)\Z")
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: ([\t\x20-\x7e\x80-\xff]*))?\Z")
_FIELDS = re.compile(rb"(?:" + _TOKEN + rb":[\t\x20-\x7e\x80-\xff]*\r\n)*\Z")
_HOST = re.compile(rb"(?:[0-9A-Za-z._\-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?\Z")
_LENGTH = re.compile(rb"[0-9]{1,18}\Z")
#: To whom header fields are environment variables, these say where a message ends or whom it is for.
_DISGUISED = frozenset([b"content_length", b"transfer_encoding"])
_ABSOLUTE = re.compile(rb"https?://([^/?#]*)(.*)\Z", re.IGNORECASE)


class MalformedHead(Exception):
    """
    A head that must be refused.

    @ivar status: the answer it deserves if it is a request's.
    @ivar reason: a sentence that repeats nothing of the head.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class HeadLimits:
    """Bounds in bytes and header fields; a head over them is refused with 414 or 431."""

    def __init__(self, head: int = 65536, target: int = 16384, fields: int = 128) -> None:
        self.head = head
        self.target = target
        self.fields = fields


_DEFAULT_LIMITS = HeadLimits()


class _Head:
    """What request and response heads share."""

    def __init__(self) -> None:
        self.version: bytes = b"1.1"
        self.headers: Headers = []
        self.length: int | None = None
        self.chunked: bool = False
        self.keep_alive: bool = True
        self.upgrade: bytes = b""

    def get(self, name: bytes) -> bytes | None:
        """The first value of the field, C{name} in lower case; None if there is none."""
        for key, value in self.headers:
            if key.lower() == name:
                return value
        return None

    def get_all(self, name: bytes) -> list[bytes]:
        """All values of the field, C{name} in lower case, in order."""
        return [value for key, value in self.headers if key.lower() == name]

    # Called by llhttp.
    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header field."""
        self.headers.append((name, value.rstrip(b" \t")))


class RequestHead(_Head):
    """
    A request's head.

    @ivar target: in origin-form (or C{*}); an absolute-form's authority was compared with Host and dropped.
    @ivar upgrade: the protocols that may be switched to, asked for by Upgrade where Connection names it, else empty;
        a request with a body asks for none.
    """

    def __init__(self) -> None:
        super().__init__()
        self.method: bytes = b""
        self.target: bytes = b""
        self.host: bytes = b""
        self.expect_continue: bool = False

    def __repr__(self) -> str:
        return f"<RequestHead {self.method!r} {len(self.headers)} fields>"


class ResponseHead(_Head):
    """
    A response's head.

    @ivar upgrade: the protocols that Upgrade names where Connection names it; never empty with status 101.
    """

    def __init__(self) -> None:
        super().__init__()
        self.status: int = 0
        self.reason: bytes = b""

    def __repr__(self) -> str:
        return f"<ResponseHead {self.status} {len(self.headers)} fields>"


def parse_request_head(data: bytes, limits: HeadLimits = _DEFAULT_LIMITS) -> RequestHead:
    """
    Read one whole request head, up to and with its empty line.

    @raise MalformedHead: it is refused; the status says how.
    """
    line, _, fields = data.partition(b"\r\n")
    match = _REQUEST_LINE.match(line)
    if match is None:
        raise MalformedHead(414 if len(line) > limits.target else 400, "The request line is malformed.")
    head = RequestHead()
    method, target, major, minor = match.groups()
    if len(target) > limits.target:
        raise MalformedHead(414, "The request's address is too long.")
    if major != b"1" or minor not in b"01":
        raise MalformedHead(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.")
    head.method = method
    head.version = b"1." + minor
    if method in (b"CONNECT", b"TRACE"):
        raise MalformedHead(501, "This method is not supported.")
    _check_fields(fields, limits)
    try:
        HttpRequestParser(head).feed_data(data)
    except HttpParserUpgrade:
        pass
    except HttpParserInvalidMethodError:
        raise MalformedHead(501, "This method is not supported.") from None
    except HttpParserError:
        raise MalformedHead(400, "The request's head is malformed.") from None
    upgrades = _read_framing(head)
    if upgrades and head.version == b"1.1" and not head.chunked and not head.length:
        try:
            head.upgrade = asked_protocols(upgrades)
        except MalformedUpgrade:
            raise MalformedHead(400, "The Upgrade field is malformed.") from None
    _read_host(head, target)
    _read_expectation(head)
    return head


def parse_response_head(data: bytes, limits: HeadLimits = _DEFAULT_LIMITS) -> ResponseHead:
    """
    Read one whole response head, up to and with its empty line.

    @raise MalformedHead: it is refused; its status is always 502.
    """
    line, _, fields = data.partition(b"\r\n")
    match = _STATUS_LINE.match(line)
    if match is None:
        raise MalformedHead(502, "The answer's status line is malformed.")
    head = ResponseHead()
    minor, status, reason = match.groups()
    head.version = b"1." + minor
    head.status = int(status)
    head.reason = reason or b""
    try:
        _check_fields(fields, limits)
        try:
            HttpResponseParser(head).feed_data(data)
        except HttpParserUpgrade:
            pass
        head.upgrade = b", ".join(split_protocols(_read_framing(head)))
    except (HttpParserError, MalformedHead, MalformedUpgrade):
        raise MalformedHead(502, "The answer's head is malformed.") from None
    if head.status < 200 and (head.chunked or head.length is not None):
        raise MalformedHead(502, "An interim answer announces a body.")
    if head.status == 101 and (not head.upgrade or head.version == b"1.0"):
        raise MalformedHead(502, "The answer switches to no protocol.")
    return head


def validate_fields(block: bytes) -> bool:
    """Whether C{block} is a sequence of well-formed field lines, each ended by CRLF (RFC 9112, section 5)."""
    return _FIELDS.match(block) is not None


def _check_fields(block: bytes, limits: HeadLimits) -> None:
    if len(block) > limits.head or block.count(b"\r\n") - 1 > limits.fields:
        raise MalformedHead(431, "The request's header fields are too large.")
    if block[-2:] != b"\r\n" or _FIELDS.match(block, 0, len(block) - 2) is None:
        raise MalformedHead(400, "A header field is malformed.")


def _read_framing(head: _Head) -> list[bytes]:
    """
    Content-Length, Transfer-Encoding and Connection (RFC 9112, section 6).

    More than one way to tell where the body ends is refused even if they agree.

    @return: the values of Upgrade where Connection names it.
    """
    lengths: list[bytes] = []
    codings: list[bytes] = []
    connection: list[bytes] = []
    upgrades: list[bytes] = []
    for name, value in head.headers:
        lower = name.lower()
        if lower == b"content-length":
            lengths.append(value)
        elif lower == b"transfer-encoding":
            codings.append(value)
        elif lower == b"connection":
            connection += [option.strip(b" \t").lower() for option in value.split(b",")]
        elif lower == b"upgrade":
            upgrades.append(value)
        elif lower in _DISGUISED:
            raise MalformedHead(400, "A header field looks like one that it is not.")
    if codings:
        if len(codings) > 1 or codings[0].lower() != b"chunked" or lengths or head.version == b"1.0":
            raise MalformedHead(400, "The length of the body is given in a way that is not accepted.")
        head.chunked = True
    if lengths:
        if len(lengths) > 1 or _LENGTH.match(lengths[0]) is None:
            raise MalformedHead(400, "The Content-Length is not acceptable.")
        head.length = int(lengths[0])
    head.keep_alive = b"close" not in connection and (head.version == b"1.1" or b"keep-alive" in connection)
    return upgrades if b"upgrade" in connection else []


def _read_host(head: RequestHead, target: bytes) -> None:
    """Host and the request's target in origin-form (RFC 9112, section 3.2)."""
    hosts = head.get_all(b"host")
    if len(hosts) != 1 or _HOST.match(hosts[0]) is None:
        raise MalformedHead(400, "The request must name exactly one valid Host.")
    head.host = hosts[0]
    if target[:1] != b"/" and not (target == b"*" and head.method == b"OPTIONS"):
        match = _ABSOLUTE.match(target)
        if match is None or match.group(1).lower() != head.host.lower():
            raise MalformedHead(400, "The request's address is malformed or names another host.")
        target = match.group(2)
        if not target and head.method == b"OPTIONS":
            target = b"*"
        elif target[:1] != b"/":
            target = b"/" + target
    head.target = target


def _read_expectation(head: RequestHead) -> None:
    expectations = head.get_all(b"expect")
    if expectations and head.version == b"1.1":
        if len(expectations) > 1 or expectations[0].lower() != b"100-continue":
            raise MalformedHead(417, "This expectation cannot be met.")
        head.expect_continue = True


def _field_lines(headers: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
    lines: list[bytes] = []
    for name, value in headers:
        lines += (name, b": ", value, b"\r\n")
    return lines


def serialize_request(method: bytes, target: bytes, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """A request head as bytes; the fields come from parsed heads or from us, and are written in their order."""
    return b"".join([method, b" ", target, b" HTTP/1.1\r\n", *_field_lines(headers), b"\r\n"])


def serialize_response(status: int, reason: bytes, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """A response head as bytes."""
    return b"".join([b"HTTP/1.1 %d " % status, reason, b"\r\n", *_field_lines(headers), b"\r\n"])
