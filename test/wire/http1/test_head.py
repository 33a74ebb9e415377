"""Tests of L{arvgate.wire.http1.head}."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.http1.head import (
    HeadLimits,
    MalformedHead,
    parse_request_head,
    parse_response_head,
    serialize_request,
    serialize_response,
    validate_fields,
)

_TOKEN = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~", min_size=1).map(
    str.encode
)
_VALUE = st.binary().map(lambda raw: bytes(b for b in raw if b in (9, 32) or 33 <= b <= 126 or b >= 128).strip(b" \t"))


def request(*fields: bytes, line: bytes = b"GET /a HTTP/1.1", host: bytes = b"h") -> bytes:
    """A request head with Host and the given field lines."""
    return b"\r\n".join([line, *([b"Host: " + host] if host else []), *fields, b"", b""])


class RequestHeadTests(SynchronousTestCase):
    """Heads of requests."""

    def refused(self, data: bytes, status: int = 400, limits: HeadLimits | None = None) -> None:
        """Parsing C{data} fails with C{status}."""
        with self.assertRaises(MalformedHead) as caught:
            parse_request_head(data, limits or HeadLimits())
        self.assertEqual(status, caught.exception.status, data)

    def test_plain(self) -> None:
        """A plain request keeps its fields in order, with their case, doubles and latin-1 bytes."""
        head = parse_request_head(request(b"X-A: 1", b"x-a:\t2 ", b"Empty:", b"L: \xe4\xf6"))
        self.assertEqual(
            [(b"Host", b"h"), (b"X-A", b"1"), (b"x-a", b"2"), (b"Empty", b""), (b"L", b"\xe4\xf6")], head.headers
        )
        self.assertEqual((b"GET", b"/a", b"1.1", b"h"), (head.method, head.target, head.version, head.host))
        self.assertEqual([b"1", b"2"], head.get_all(b"x-a"))
        self.assertTrue(head.keep_alive)

    def test_target_unchanged(self) -> None:
        """Percent-encodings, double slashes and a bare question mark stay byte for byte."""
        for target in (b"/a%2Fb//c?", b"/?x=%00&y", b"//evil/x", b"/%zz"):
            self.assertEqual(target, parse_request_head(request(line=b"GET " + target + b" HTTP/1.1")).target)

    def test_request_lines_refused(self) -> None:
        """A request line that two parsers could read differently is refused."""
        for line in (
            b"GET  /a HTTP/1.1", b"GET /a  HTTP/1.1", b" GET /a HTTP/1.1", b"GET\t/a HTTP/1.1", b"GET /a HTTP/1.1 ",
            b"GET /a", b"GET /a#f HTTP/1.1", b"GET /\xe4 HTTP/1.1", b"GET /a b HTTP/1.1", b"GET /a http/1.1",
            b"GET /a HTTP/1.10", b"GET a HTTP/1.1", b"GET * HTTP/1.1", b"", b"GET /\x00 HTTP/1.1",
        ):  # fmt: skip
            self.refused(request(line=line))

    def test_versions(self) -> None:
        """Versions other than 1.0 and 1.1 are answered 505."""
        self.refused(request(line=b"GET /a HTTP/2.0"), 505)
        self.refused(request(line=b"GET /a HTTP/1.2"), 505)
        self.assertFalse(parse_request_head(request(line=b"GET /a HTTP/1.0")).keep_alive)

    def test_methods(self) -> None:
        """Methods that cannot be served are answered 501."""
        for method in (b"CONNECT", b"TRACE", b"BREW", b"get"):
            self.refused(request(line=method + b" /a HTTP/1.1"), 501)

    def test_fields_refused(self) -> None:
        """Field lines that two parsers could read differently are refused."""
        for field in (
            b"A : 1", b"A\t: 1", b" A: 1", b": 1", b"A", b"A: 1\r\n folded", b"A: 1\n B: 2", b"A: \x00", b"A: x\ry",
            b"A: x\x0b", b"B\xe4: 1", b"A: 1\nB: 2", b"(A): 1",
        ):  # fmt: skip
            self.refused(request(field))

    def test_hosts_refused(self) -> None:
        """A missing, second, or malformed Host is refused."""
        self.refused(request(host=b""))
        self.refused(request(b"Host: h"))
        for host in (b"a b", b"a/b", b"a@b", b"a:1:2", b"a,b", b"[::1", b"a:port"):
            self.refused(request(host=host))

    def test_lengths_refused(self) -> None:
        """Any doubt about the length of the body is refused."""
        for fields in (
            [b"Content-Length: 1", b"Content-Length: 1"], [b"Content-Length: 1, 1"], [b"Content-Length: +1"],
            [b"Content-Length: -1"], [b"Content-Length: 1_0"], [b"Content-Length: 0x1"], [b"Content-Length: "],
            [b"Content-Length: 1", b"Transfer-Encoding: chunked"], [b"Transfer-Encoding: chunked, chunked"],
            [b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"], [b"Transfer-Encoding: gzip, chunked"],
            [b"Transfer-Encoding: identity"], [b"Transfer-Encoding: xchunked"], [b'Transfer-Encoding: "chunked"'],
            [b"Transfer-Encoding:\x0bchunked"], [b"Content-Length: " + b"9" * 30],
            [b"Content-Length: 5, 5"], [b"Content-Length: 5\xb2"], [b"Content-Length: \xef\xbc\x95"],
            [b"Content-Length: 5;"], [b"Content-Length: 5 5"], [b"Content-Length: 5.0"], [b"Transfer-Encoding:"],
            [b"Transfer-Encoding: chunked;q=1"], [b"Transfer-Encoding: chunked,"], [b"Transfer-Encoding: chun\tked"],
        ):  # fmt: skip
            self.refused(request(*fields, line=b"POST /a HTTP/1.1"))

    def test_chunked_on_http10(self) -> None:
        """A transfer coding in HTTP/1.0 is refused."""
        self.refused(request(b"Transfer-Encoding: chunked", line=b"POST /a HTTP/1.0"))

    def test_framing(self) -> None:
        """Length, chunked and keep-alive are read from their fields."""
        head = parse_request_head(request(b"Content-Length: 12", line=b"POST /a HTTP/1.1"))
        self.assertEqual((12, False), (head.length, head.chunked))
        head = parse_request_head(request(b"Transfer-Encoding: Chunked", b"Connection: x, CLOSE"))
        self.assertEqual((None, True, False), (head.length, head.chunked, head.keep_alive))

    def upgrade(self, *fields: bytes, line: bytes = b"GET /a HTTP/1.1") -> bytes:
        """What a request with these fields asks to switch to."""
        return parse_request_head(request(*fields, line=line)).upgrade

    def test_upgrade(self) -> None:
        """A switch of protocols is asked for by Upgrade where Connection names it, in HTTP/1.1, without a body."""
        self.assertEqual(b"websocket", self.upgrade(b"Connection: keep-alive, Upgrade", b"Upgrade: websocket"))
        self.assertEqual(b"a, b", self.upgrade(b"Upgrade: a", b"Connection: close, upgrade", b"Upgrade: b"))
        self.assertEqual(b"", self.upgrade(b"Upgrade: websocket"))
        self.assertEqual(b"", self.upgrade(b"Connection: upgrade"))
        asked = (b"Connection: upgrade", b"Upgrade: x")
        self.assertEqual(b"", self.upgrade(*asked, line=b"GET /a HTTP/1.0"))
        self.assertEqual(b"", self.upgrade(*asked, b"Content-Length: 1"))
        self.assertEqual(b"", self.upgrade(*asked, b"Transfer-Encoding: chunked"))
        self.assertEqual(b"x", self.upgrade(*asked, b"Content-Length: 0"))
        self.assertEqual(b"", self.upgrade(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c"))
        self.refused(request(b"Connection: upgrade", b"Upgrade: a b"))

    def test_disguised(self) -> None:
        """Names that only some parsers take for those of the framing are refused."""
        self.refused(request(b"Content_Length: 1"))
        self.refused(request(b"transfer_encoding: chunked"))

    def test_absolute_form(self) -> None:
        """An absolute-form target that names the Host becomes origin-form; another authority is refused."""
        self.assertEqual(b"/x?y", parse_request_head(request(line=b"GET http://H/x?y HTTP/1.1")).target)
        self.assertEqual(b"/?y", parse_request_head(request(line=b"GET https://h?y HTTP/1.1")).target)
        self.assertEqual(b"*", parse_request_head(request(line=b"OPTIONS http://h HTTP/1.1")).target)
        self.refused(request(line=b"GET http://other/x HTTP/1.1"))
        self.refused(request(line=b"GET http://h:80/x HTTP/1.1"))
        self.refused(request(line=b"GET ftp://h/x HTTP/1.1"))
        self.refused(request(line=b"GET http://u@h/x HTTP/1.1"))

    def test_expectations(self) -> None:
        """Only 100-continue is an expectation that can be met."""
        self.assertTrue(parse_request_head(request(b"Expect: 100-Continue")).expect_continue)
        self.refused(request(b"Expect: tea"), 417)

    def test_limits(self) -> None:
        """Too long a target is 414; too many or too large fields are 431."""
        limits = HeadLimits(head=500, target=100, fields=5)
        self.refused(request(line=b"GET /" + b"a" * 100 + b" HTTP/1.1"), 414, limits)
        self.refused(request(*[b"A: 1"] * 6), 431, limits)
        self.refused(request(b"A: " + b"x" * 600), 431, limits)

    @given(st.lists(st.tuples(_TOKEN, _VALUE), max_size=10))
    def test_round_trip(self, fields: list[tuple[bytes, bytes]]) -> None:
        """What is serialized reads back the same, whatever legal fields there are."""
        special = {b"host", b"content-length", b"transfer-encoding", b"connection", b"expect", b"upgrade"}
        fields = [(b"Host", b"h"), *((n, v) for n, v in fields if n.lower() not in special)]
        head = parse_request_head(serialize_request(b"GET", b"/", fields))
        self.assertEqual(fields, head.headers)

    @given(st.binary(max_size=200))
    def test_any_bytes(self, data: bytes) -> None:
        """Whatever comes is either read or refused, and what is read has valid fields."""
        try:
            head = parse_request_head(data + b"\r\n\r\n")
        except MalformedHead:
            return
        self.assertTrue(validate_fields(b"".join(b"%b: %b\r\n" % field for field in head.headers)))


class ResponseHeadTests(SynchronousTestCase):
    """Heads of responses."""

    def test_plain(self) -> None:
        """Status, reason and fields are read; an absent reason is empty."""
        head = parse_response_head(b"HTTP/1.1 404 Not Here\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n")
        self.assertEqual((404, b"Not Here", [b"a", b"b"]), (head.status, head.reason, head.get_all(b"set-cookie")))
        self.assertEqual(b"", parse_response_head(b"HTTP/1.1 200\r\n\r\n").reason)

    def test_refused(self) -> None:
        """What cannot be read for sure is refused with 502."""
        for data in (
            b"HTTP/1.1 20 OK\r\n\r\n", b"HTTP/1.1 2000 OK\r\n\r\n", b"HTTP/2 200 OK\r\n\r\n", b"garbage\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nA: 1\r\n folded\r\n\r\n", b"HTTP/1.1 200 OK\nA: 1\r\n\r\n",
            b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"HTTP/1.1 099 X\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", b"HTTP/1.1  200 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer_Encoding: chunked\r\n\r\n", b"\r\nHTTP/1.1 200 OK\r\n\r\n",
            b"HTTP/1.1 103 X\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 100 X\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"HTTP/1.1 101 X\r\nUpgrade: a\r\n\r\n", b"HTTP/1.1 101 X\r\nConnection: upgrade\r\n\r\n",
            b"HTTP/1.0 101 X\r\nConnection: upgrade\r\nUpgrade: a\r\n\r\n",
            b"HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: a b\r\n\r\n",
        ):  # fmt: skip
            with self.assertRaises(MalformedHead) as caught:
                parse_response_head(data)
            self.assertEqual(502, caught.exception.status)

    def test_upgrade(self) -> None:
        """A switch of protocols names the new one."""
        head = parse_response_head(b"HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        self.assertEqual(b"websocket", head.upgrade)

    def test_round_trip(self) -> None:
        """What is serialized reads back the same."""
        head = parse_response_head(serialize_response(201, b"Made", [(b"A", b"1")]))
        self.assertEqual((201, b"Made", [(b"A", b"1")]), (head.status, head.reason, head.headers))
