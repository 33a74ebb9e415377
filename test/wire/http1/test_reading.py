"""Tests of L{arvgate.wire.http1.reading}."""

from __future__ import annotations

import h11
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.http1.body import MalformedBody
from arvgate.wire.http1.head import HeadLimits, MalformedHead
from arvgate.wire.http1.reading import RequestReader, ResponseReader
from arvgate.wire.http1.writing import RequestWriter
from test.wire.http1.messages import MESSAGES, damaged, split

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
POST = b"POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody"
CHUNKED = b"PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n"
#: Small, so that what hypothesis makes is often over them.
LIMITS = HeadLimits(head=300, target=60, fields=6)


def read(wire: bytes, cuts: list[int] | None = None, limits: HeadLimits = LIMITS) -> list[object]:
    """
    Everything that is read of C{wire}, cut at those places: each request with its body, and how it ended.

    What stands in front of a broken place of a body is left out: how much was taken of it is no part of the result.
    """
    reader = RequestReader(limits)
    result: list[object] = []
    payload = b""
    head = None
    for piece in split(wire, cuts or []):
        reader.receive(piece)
        while True:
            try:
                if head is None:
                    head = reader.read_head()
                    if head is None:
                        break
                    payload = b""
                payload += reader.read_body()
            except MalformedHead as refusal:
                return [*result, refusal.status]
            except MalformedBody:
                return [*result, head, "malformed body"] if head is None else [*result, head.target, "malformed body"]
            if not reader.body_complete:
                break
            result.append((head.method, head.target, head.headers, payload, reader.trailers))
            head = None
    return [*result, (head.target, payload) if head is not None else reader.buffered]


def every_byte(wire: bytes) -> list[int]:
    """The places to cut for single bytes."""
    return list(range(len(wire)))


class RequestReaderTests(SynchronousTestCase):
    """Requests of one connection."""

    def test_pipelined(self) -> None:
        """Requests sent at once are read in their order, each with its own body and trailers."""
        result = read(GET + POST + CHUNKED + GET)
        self.assertEqual([b"GET", b"POST", b"PUT", b"GET"], [request[0] for request in result[:-1]])  # type: ignore[index]
        self.assertEqual([b"", b"body", b"abc", b""], [request[3] for request in result[:-1]])  # type: ignore[index]
        self.assertEqual([(b"X-T", b"1")], result[2][4])  # type: ignore[index]
        self.assertEqual(0, result[-1])

    def test_byte_by_byte(self) -> None:
        """Single bytes give what one piece gives."""
        for wire in (GET + POST + CHUNKED + GET, b"\r\n" + GET + b"\r\n\r\n" + GET, GET + b"\r\nrest"):
            self.assertEqual(read(wire), read(wire, every_byte(wire)))

    def test_empty_line(self) -> None:
        """One empty line before a request is ignored, a second one is no request."""
        self.assertEqual(2, len(read(b"\r\n" + GET)))
        self.assertEqual([400], read(b"\r\n\r\n" + GET))

    def test_first_octet(self) -> None:
        """What cannot become a request is refused at the first octet that settles it."""
        for wire, status in (
            (b"GET / HTTP/1.1\n", 400),
            (b"\n", 400),
            (b"GET / HTTP/1.1\r\nHost: h\r\nA: 1\n", 400),
            (b"M" * 33, 501),
            (b"GET /" + b"x" * 98, 414),
            (b"GET / HTTP/1.1\r\nA: " + b"x" * 282, 431),
            (b"GET / HTTP/1.1\r\n" + b"A: 1\r\n" * 7, 431),
        ):
            self.assertEqual([status], read(wire), wire)
            self.assertEqual([status], read(wire, every_byte(wire)), wire)
            self.assertNotEqual([status], read(wire[:-1]), wire)

    def test_at_the_limit(self) -> None:
        """A head that just fits is read."""
        self.assertEqual(2, len(read(b"GET / HTTP/1.1\r\nHost: h\r\n" + b"A: 1\r\n" * 5 + b"\r\n")))
        self.assertEqual(2, len(read(b"GET /" + b"x" * 59 + b" HTTP/1.1\r\nHost: h\r\n\r\n")))
        head = b"GET / HTTP/1.1\r\nHost: h\r\nA: "
        self.assertEqual(2, len(read(head + b"x" * (300 - len(head) - 4) + b"\r\n\r\n")))

    def test_rest(self) -> None:
        """What stands behind an upgrade's head is left for the other protocol."""
        reader = RequestReader()
        reader.receive(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nearly")
        head = reader.read_head()
        assert head is not None
        self.assertTrue(reader.body_complete)
        self.assertEqual((b"x", b"early", 0), (head.upgrade, reader.take_rest(), reader.buffered))

    @given(MESSAGES, st.data())
    def test_any_split(self, wires: list[bytes], data: st.DataObject) -> None:
        """However requests are cut they are the same requests."""
        wire = b"".join(wires)
        cuts = data.draw(st.lists(st.integers(0, len(wire)), max_size=8))
        whole = read(wire, limits=HeadLimits())
        self.assertEqual(whole, read(wire, cuts, HeadLimits()))
        self.assertEqual((len(wires), 0), (len(whole) - 1, whole[-1]))

    @given(damaged(MESSAGES), st.data())
    def test_any_damage(self, wire: bytes, data: st.DataObject) -> None:
        """However damaged bytes are cut, the same is read of them and the same refused."""
        cuts = data.draw(st.lists(st.integers(0, len(wire)), max_size=8))
        whole = read(wire)
        self.assertEqual(whole, read(wire, cuts))
        self.assertEqual(whole, read(wire, every_byte(wire)))

    @given(damaged(MESSAGES))
    def test_second_reader(self, wire: bytes) -> None:
        """What is read of damaged bytes is, written anew, the same requests to another reader."""
        for item in read(wire, limits=HeadLimits()):
            if not isinstance(item, tuple) or len(item) < 5:
                continue
            method, target, headers, payload, trailers = item
            writer = RequestWriter()
            chunked = any(name.lower() == b"transfer-encoding" for name, _ in headers)
            fields = [field for field in headers if field[0].lower() not in (b"transfer-encoding", b"connection")]
            again = writer.head(method, target, fields, chunked, b"") + (writer.body(payload) if payload else b"")
            parser = h11.Connection(h11.SERVER, 200_000)
            parser.receive_data(again + writer.end(trailers))
            head = parser.next_event()
            assert isinstance(head, h11.Request), head
            seen = b""
            while isinstance(event := parser.next_event(), h11.Data):
                seen += event.data
            assert isinstance(event, h11.EndOfMessage), event
            self.assertEqual((method, target, payload), (head.method, head.target, seen))
            self.assertEqual(fields, [field for field in head.headers.raw_items() if field in fields])
            self.assertEqual((trailers, b""), (list(event.headers.raw_items()), parser.trailing_data[0]))


class ResponseReaderTests(SynchronousTestCase):
    """Answers of one connection."""

    def answers(self, wire: bytes, method: bytes = b"GET") -> list[tuple[int, bytes]]:
        """The answers in C{wire}, however it is cut, with their bodies."""
        results = []
        for cuts in ([], every_byte(wire)):
            reader = ResponseReader()
            reader.expect(method)
            result: list[tuple[int, bytes]] = []
            for piece in split(wire, cuts):
                reader.receive(piece)
                while not result or result[-1][0] < 200:
                    head = reader.read_head()
                    if head is None:
                        break
                    result.append((head.status, b""))
                if result and result[-1][0] >= 200:
                    result[-1] = (result[-1][0], result[-1][1] + reader.read_body())
            reader.end()
            self.left = reader.take_rest()
            results.append(result)
        self.assertEqual(results[0], results[1])
        return results[0]

    def test_interim(self) -> None:
        """Interim answers come before the final one and its body."""
        wire = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\r\nLink: a\r\n\r\n"
        wire += b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        self.assertEqual([(100, b""), (103, b""), (200, b"ok")], self.answers(wire))

    def test_bodies(self) -> None:
        """The method and the head say where a body ends; what is behind it is left."""
        length = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
        self.assertEqual([(200, b"ok")], self.answers(length + b"ok!"))
        self.assertEqual(b"!", self.left)
        self.assertEqual([(200, b"")], self.answers(length, b"HEAD"))
        self.assertEqual([(304, b"")], self.answers(length.replace(b"200 OK", b"304 X")))
        self.assertEqual([(204, b"")], self.answers(length.replace(b"200 OK", b"204 X")))
        self.assertEqual([(200, b"to the end")], self.answers(b"HTTP/1.1 200 OK\r\n\r\nto the end"))

    def test_truncated(self) -> None:
        """An end in the middle of a body is none."""
        for body in (b"Content-Length: 3\r\n\r\nok", b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"):
            with self.assertRaises(MalformedBody):
                self.answers(b"HTTP/1.1 200 OK\r\n" + body)

    def test_refused_at_once(self) -> None:
        """A head with a bare newline or without end is refused before it is whole, always with 502."""
        for wire in (
            b"HTTP/1.1 200 OK\n",
            b"HTTP/1.1 200 OK\r\nA: " + b"x" * 70000,
            b"HTTP/1.1 200 OK\r\n" + b"A:\r\n" * 130,
        ):
            reader = ResponseReader()
            reader.receive(wire)
            with self.assertRaises(MalformedHead) as caught:
                reader.read_head()
            self.assertEqual(502, caught.exception.status)
