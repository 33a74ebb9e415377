"""Tests of L{arvgate.wire.http1.writing}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.http1.reading import RequestReader, ResponseReader
from arvgate.wire.http1.writing import RequestWriter, ResponseWriter


class ResponseWriterTests(SynchronousTestCase):
    """Answers as bytes."""

    def head(self, version: bytes = b"1.1", open_ended: bool = False, last: bool = False) -> tuple[bytes, bool]:
        """The lines behind the first one of an answer's head, and whether it says that it is the last."""
        writer = ResponseWriter(version)
        data = writer.head(200, b"OK", [(b"A", b"1")], open_ended, last)
        self.assertTrue(data.startswith(b"HTTP/1.1 200 OK\r\nA: 1\r\n"))
        return data.partition(b"A: 1\r\n")[2], writer.last

    def test_heads(self) -> None:
        """The connection's fields follow those of the answer, as the version needs them."""
        self.assertEqual((b"\r\n", False), self.head())
        self.assertEqual((b"Connection: close\r\n\r\n", True), self.head(last=True))
        self.assertEqual((b"Transfer-Encoding: chunked\r\n\r\n", False), self.head(open_ended=True))
        self.assertEqual((b"Connection: keep-alive\r\n\r\n", False), self.head(b"1.0"))
        self.assertEqual((b"Connection: close\r\n\r\n", True), self.head(b"1.0", open_ended=True))

    def test_body(self) -> None:
        """A body without length is chunked, with its trailers, but for HTTP/1.0, which gets it as it is."""
        for version, expected in ((b"1.1", b"2\r\nok\r\n0\r\nT: 1\r\n\r\n"), (b"1.0", b"ok")):
            writer = ResponseWriter(version)
            writer.head(200, b"OK", [], True, False)
            self.assertEqual(expected, writer.body(b"ok") + writer.end([(b"T", b"1")]))

    def test_interim(self) -> None:
        """Interim answers are for HTTP/1.1 only."""
        self.assertEqual(b"HTTP/1.1 103 X\r\nA: 1\r\n\r\n", ResponseWriter(b"1.1").interim(103, b"X", [(b"A", b"1")]))
        self.assertEqual(b"", ResponseWriter(b"1.0").interim(103, b"X", []))

    def test_switch(self) -> None:
        """A switch names the protocol and is read as one."""
        writer = ResponseWriter(b"1.1")
        reader = ResponseReader()
        reader.receive(writer.switch(b"X", [(b"A", b"1")], b"websocket"))
        head = reader.read_head()
        assert head is not None
        self.assertEqual((101, b"websocket", True), (head.status, head.upgrade, writer.last))


class RequestWriterTests(SynchronousTestCase):
    """Requests as bytes."""

    def test_round_trip(self) -> None:
        """Requests written one after another are read as themselves, each with its own kind of body."""
        writer, reader = RequestWriter(), RequestReader()
        host = (b"Host", b"h")
        reader.receive(writer.head(b"PUT", b"/1", [host], True, b"") + writer.body(b"ab") + writer.end([(b"T", b"1")]))
        reader.receive(writer.head(b"PUT", b"/2", [host, (b"Content-Length", b"2")], False, b"") + writer.body(b"cd"))
        reader.receive(writer.end([]) + writer.head(b"GET", b"/3", [host], False, b"a, b"))
        seen = []
        for _ in range(3):
            head = reader.read_head()
            assert head is not None
            seen.append((head.target, reader.read_body(), reader.trailers, head.upgrade))
        self.assertEqual(
            [(b"/1", b"ab", [(b"T", b"1")], b""), (b"/2", b"cd", [], b""), (b"/3", b"", [], b"a, b")], seen
        )
