"""Tests of L{arvgate.wire.http1.body}."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.http1.body import (
    BodyReader,
    ChunkedBody,
    EofBody,
    LengthBody,
    MalformedBody,
    chunk,
    last_chunk,
    request_body,
    response_body,
)
from arvgate.wire.http1.head import RequestHead, ResponseHead


def feed_pieces(body: BodyReader, pieces: list[bytes]) -> tuple[bytes, bytes]:
    """Feed a body in pieces: all payload, and all that came behind."""
    payload = rest = b""
    for piece in pieces:
        if body.complete:
            rest += piece
            continue
        got, left = body.feed(piece)
        payload += got
        rest += left
    return payload, rest


class ChunkedTests(SynchronousTestCase):
    """The chunked coding."""

    @given(st.lists(st.binary(min_size=1), max_size=6), st.binary(max_size=20), st.data())
    def test_any_split(self, parts: list[bytes], behind: bytes, data: st.DataObject) -> None:
        """However the bytes are cut, the payload is the same and what comes behind is left over."""
        wire = b"".join(map(chunk, parts)) + last_chunk([(b"X-T", b"1")]) + behind
        cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=8)))
        edges = [0, *cuts, len(wire)]
        body = ChunkedBody()
        pieces = [wire[a:b] for a, b in pairwise(edges) if a < b]
        self.assertEqual((b"".join(parts), behind), feed_pieces(body, pieces))
        self.assertTrue(body.complete)
        self.assertEqual([(b"X-T", b"1")], body.trailers)

    def test_byte_by_byte(self) -> None:
        """Single bytes are as good as one piece."""
        wire = b"3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"
        body = ChunkedBody()
        self.assertEqual((b"abc0123456789", b""), feed_pieces(body, [wire[i : i + 1] for i in range(len(wire))]))
        self.assertTrue(body.complete)

    def test_refused(self) -> None:
        """A size, an ending or a trailer that could be read differently breaks the connection."""
        for wire in (
            b"+3\r\nabc\r\n", b"0x3\r\nabc\r\n", b"3_0\r\nabc\r\n", b" 3\r\nabc\r\n", b"3 \r\nabc\r\n", b"\r\nabc",
            b"3\nabc\r\n", b"3\r\nabcd\r\n", b"3\r\nabc\n0\r\n", b"-1\r\n", b"g\r\n", b"1" * 16 + b"\r\n",
            b"0\r\nA : 1\r\n\r\n", b"0\r\nContent-Length: 3\r\n\r\n", b"0\r\nHost: x\r\n\r\n", b"0\r\n A: 1\r\n\r\n",
            b"3;" + b"x" * 5000, b"0\r\nA: " + b"x" * 40000,
        ):  # fmt: skip
            with self.assertRaises(MalformedBody, msg=repr(wire)):
                ChunkedBody().feed(wire)

    def test_many_extensions(self) -> None:
        """Extensions are bounded in all."""
        with self.assertRaises(MalformedBody):
            ChunkedBody().feed((b"1;" + b"x" * 1000 + b"\r\na\r\n") * 20)

    def test_truncated(self) -> None:
        """An end before the last chunk is no end."""
        body = ChunkedBody()
        body.feed(b"3\r\nabc\r\n")
        with self.assertRaises(MalformedBody):
            body.eof()


class OtherBodyTests(SynchronousTestCase):
    """Bodies of known length, and bodies up to the end of the connection."""

    def test_length(self) -> None:
        """Just so many octets are payload."""
        body = LengthBody(5)
        self.assertEqual((b"abcde", b"f"), feed_pieces(body, [b"ab", b"cdef"]))
        self.assertTrue(body.complete)
        self.assertTrue(LengthBody(0).complete)

    def test_length_truncated(self) -> None:
        """Fewer octets are no whole body."""
        body = LengthBody(5)
        body.feed(b"abc")
        with self.assertRaises(MalformedBody):
            body.eof()

    def test_eof(self) -> None:
        """The connection's end completes it."""
        body = EofBody()
        self.assertEqual((b"abc", b""), body.feed(b"abc"))
        body.eof()
        self.assertTrue(body.complete)

    def test_which_reader(self) -> None:
        """The heads decide: no body, a length, chunks, or up to the end (RFC 9112, section 6.3)."""
        request = RequestHead()
        self.assertTrue(request_body(request).complete)
        request.length = 3
        self.assertIsInstance(request_body(request), LengthBody)
        request.chunked = True
        self.assertIsInstance(request_body(request), ChunkedBody)
        response = ResponseHead()
        response.status = 200
        self.assertIsInstance(response_body(response, b"GET"), EofBody)
        response.length = 3
        self.assertFalse(response_body(response, b"GET").complete)
        self.assertTrue(response_body(response, b"HEAD").complete)
        response.status = 304
        self.assertTrue(response_body(response, b"GET").complete)
