"""
Malformed and unusual HTTP/1.1 over raw sockets, all the way between a client's TLS socket and an app's.

Of one request the app never makes two, of one answer the client never does, and what is damaged is never repaired.
"""

from __future__ import annotations

from test.functional.raw_app import AppConnection, SeenRequest, answer
from test.functional.raw_cases import (
    CHUNKS,
    FIELDS,
    FOREIGN_HOSTS,
    FRAMINGS,
    HOSTS,
    REQUEST_LINES,
    STATUS_LINES,
    UNKNOWN_METHODS,
)
from test.functional.raw_world import Answer, RawCase, read_answers, request
from test.net.serving import Collector

CHUNKED = b"Transfer-Encoding: chunked"
POST = b"POST /post HTTP/1.1"
#: What would end a body that was damaged before, for whoever repairs it.
LAST = b"0\r\n\r\n"
#: What would be taken for a second answer.
EVIL = answer(b"evil", b"X-Evil: 1")


class RequestTests(RawCase):
    """Requests that are refused: the client is told once, and no byte of them reaches the app."""

    async def test_lines(self) -> None:
        """Request lines that two parsers could read differently, or that name another host or version."""
        for line in REQUEST_LINES:
            await self.refused(request(line=line))

    async def test_methods(self) -> None:
        """Methods that are not served, among them CONNECT and TRACE."""
        for line in UNKNOWN_METHODS:
            await self.refused(request(line=line), (501,))

    async def test_hosts(self) -> None:
        """A missing, second or malformed Host, and one that is not ours."""
        for line in HOSTS:
            await self.refused(request(*([line] if line else []), host=None), (400,))
        for host in FOREIGN_HOSTS:
            await self.refused(request(b"Connection: close", host=host), (421,))

    async def test_fields(self) -> None:
        """Header fields that two parsers could read differently, or too many of them."""
        for line in FIELDS:
            await self.refused(request(line), (400, 431))
            await self.refused(request(line, b"Content-Length: 0", line=POST), (400, 431))

    async def test_framings(self) -> None:
        """Any doubt about where the body ends, or more than one way to tell it."""
        for lines in FRAMINGS:
            await self.refused(request(lines, line=POST, body=b"abc"), (400,))
            await self.refused(request(lines, line=b"GET /get HTTP/1.1", body=b"3\r\nabc\r\n0\r\n\r\n"), (400,))

    async def test_http10_chunked(self) -> None:
        """A transfer coding in HTTP/1.0."""
        await self.refused(request(CHUNKED, line=b"POST / HTTP/1.0", body=b"0\r\n\r\n"), (400,))

    async def test_expectations(self) -> None:
        """Expectations other than 100-continue."""
        for lines in (b"Expect: tea", b"Expect: 100-continue, tea", b"Expect: 100-continue\r\nExpect: 100-continue"):
            await self.refused(request(lines, b"Content-Length: 3", line=POST, body=b"abc"), (417,))

    async def test_upgrades(self) -> None:
        """An Upgrade that names no protocols."""
        await self.refused(request(b"Connection: upgrade", b"Upgrade: a b"), (400,))

    async def test_too_long(self) -> None:
        """An address over the limit is 414 though the rest never comes."""
        await self.refused(b"GET /" + b"x" * 17_000, (414,))
        await self.refused(request(line=b"GET /" + b"x" * 16_384 + b" HTTP/1.1"), (414,))

    async def test_chunks(self) -> None:
        """A body whose chunks or trailers are malformed from the start."""
        for body in CHUNKS:
            await self.refused(request(CHUNKED, line=POST, body=body + LAST), (400,))

    async def test_later_chunks(self) -> None:
        """A body whose framing breaks on the way is refused, and the app sees that the request never came whole."""
        for body in CHUNKS:
            client = await self.send(request(CHUNKED, line=POST, body=b"4\r\ngood\r\n"))
            await self.app.until(lambda: any(b"good" in connection.data for connection in self.app.connections))
            client.stream.write(body + LAST + request(line=b"GET /smuggled HTTP/1.1"))
            await client.until_over()
            self.assertEqual([400], [one.status for one in read_answers(client.data, client.ended)], body)
            await self.undisturbed([], body)

    async def test_truncated(self) -> None:
        """A request that its client does not finish never looks finished to the app."""
        for framing, part in ((CHUNKED, b"4\r\ngood\r\n"), (b"Content-Length: 9", b"good")):
            client = await self.send(request(framing, line=POST, body=part))
            await self.app.until(lambda: any(b"good" in connection.data for connection in self.app.connections))
            client.stream.close()
            await client.until_over()
            await self.undisturbed([], framing)


class AnswerTests(RawCase):
    """Answers of the app that are refused: the client gets one 502, or sees that what it got is cut."""

    def answers(self, wire: bytes, close: bool = False, reset: bool = False) -> None:
        """Let the app answer every request with C{wire} followed by another answer, or by the connection's end."""

        def respond(connection: AppConnection, seen: SeenRequest) -> None:
            connection.write(wire)
            if reset:
                connection.stream.abort()
            elif close:
                connection.stream.close()
            else:
                connection.write(EVIL)

        self.app.answer = respond

    async def get(self, *lines: bytes, line: bytes = b"GET /asked HTTP/1.1") -> list[Answer]:
        """What a client gets that would ask again on the same connection, as long as that is open."""
        method = line.partition(b" ")[0].decode()
        client = await self.send(request(*lines, line=line))
        await self.until_answered(client, method)
        client.stream.write(request(b"Connection: close", line=b"GET /again HTTP/1.1"))
        self.app.answer = self.app.usual
        await client.until_over()
        self.ended = client.ended
        return read_answers(client.data, client.ended, method)

    async def until_answered(self, client: Collector, method: str) -> None:
        """Wait for a whole answer, or for the end."""

        def answered() -> bool:
            return client.ended or any(one.whole for one in read_answers(client.data, client.ended, method))

        await client.until(lambda: client.lost is not None or answered())

    async def bad_gateway(self, wire: bytes) -> None:
        """An answer of those bytes becomes one 502, whatever the app sends behind them; the next one is its own."""
        self.answers(wire)
        refusal, *rest = await self.get()
        self.assertEqual((502, True), (refusal.status, refusal.whole), wire)
        self.assertNotIn(b"evil", refusal.body)
        self.assertEqual([b"/again"], [one.body for one in rest], wire)
        self.app.forget()

    async def cut(self, wire: bytes, *lines: bytes, line: bytes = b"GET /asked HTTP/1.1", **how: bool) -> None:
        """An answer of those bytes reaches the client, but visibly not as a whole, and nothing follows it."""
        self.answers(wire, **how)
        answers = await self.get(*lines, line=line)
        self.assertLessEqual(len(answers), 1, wire)
        self.assertEqual([], [one for one in answers if one.whole], wire)
        self.app.forget()

    async def test_status_lines(self) -> None:
        """First lines that are no HTTP/1.x answer, switches that nobody asked for, interim answers with a body."""
        for line in STATUS_LINES:
            await self.bad_gateway(line + b"\r\nContent-Length: 2\r\n\r\nno")

    async def test_fields(self) -> None:
        """Header fields that two parsers could read differently, or too many of them."""
        for line in FIELDS:
            await self.bad_gateway(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + line + b"\r\n\r\nno")
            await self.bad_gateway(b"HTTP/1.1 103 X\r\n" + line + b"\r\n\r\n" + answer(b"no"))

    async def test_framings(self) -> None:
        """Any doubt about where the body ends, or more than one way to tell it."""
        for lines in FRAMINGS:
            await self.bad_gateway(b"HTTP/1.1 200 OK\r\n" + lines + b"\r\n\r\nabc")
        await self.bad_gateway(b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")

    async def test_interims(self) -> None:
        """Interim answers without end."""
        self.answers(b"HTTP/1.1 103 X\r\n\r\n" * 100)
        answers = await self.get()
        self.assertEqual([502, 200], [one.status for one in answers])
        self.assertLess(len(answers[0].interims), 50)

    async def test_chunks(self) -> None:
        """Malformed chunks and trailers."""
        for body in CHUNKS:
            await self.cut(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n" + body + LAST)

    async def test_truncated(self) -> None:
        """Too short a body, a missing last chunk, a reset: none looks whole, to a client of HTTP/1.0 neither."""
        old = b"GET /asked HTTP/1.0"
        short = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"
        chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n"
        for wire in (short, chunks, chunks + b"0\r\n", chunks + b"0\r\nA: 1\r\n"):
            await self.cut(wire, close=True)
            await self.cut(wire, reset=True)
            for how in ({"close": True}, {"reset": True}):
                self.answers(wire, **how)
                await self.get(line=old)
                self.assertFalse(self.ended, wire)
                self.app.forget()

    async def test_reset_instead_of_end(self) -> None:
        """An answer that only the end of the connection ends is not whole where that is a reset."""

        def respond(connection: AppConnection, seen: SeenRequest) -> None:
            connection.write(b"HTTP/1.1 200 OK\r\n\r\nshort")

        for line in (b"GET /asked HTTP/1.1", b"GET /asked HTTP/1.0"):
            self.app.answer = respond
            client = await self.send(request(line=line))
            await client.until_has(b"short")
            self.app.connections[-1].stream.abort()
            await client.until_over()
            self.assertFalse(client.ended)
            self.assertFalse(client.data.endswith(b"0\r\n\r\n"))
            self.app.forget()

    async def test_more_than_asked(self) -> None:
        """What comes behind an answer, whatever its kind, is not the beginning of the next one's."""
        for line, wire, status in (
            (b"GET /asked HTTP/1.1", answer(b"ok"), 200),
            (b"GET /asked HTTP/1.1", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200),
            (b"GET /asked HTTP/1.1", b"HTTP/1.1 204 No\r\n\r\n", 204),
            (b"GET /asked HTTP/1.1", b"HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 204),
            (b"GET /asked HTTP/1.1", b"HTTP/1.1 304 Same\r\nContent-Length: 400\r\n\r\n", 304),
            (b"HEAD /asked HTTP/1.1", answer(b"body of a HEAD"), 200),
        ):
            self.answers(wire)
            method = line.partition(b" ")[0].decode()
            client = await self.send(request(line=line))
            await self.until_answered(client, method)
            (one,) = read_answers(client.data, False, method)
            self.assertEqual(status, one.status, wire)
            self.assertNotIn(b"evil", client.data)
            client.stream.close()
            await self.undisturbed([(method.encode(), b"/asked")], wire)

    async def test_unasked(self) -> None:
        """An answer that comes while nothing was asked is nobody's."""
        await self.heard(request(b"Connection: close"))
        for connection in self.app.connections:
            connection.write(EVIL)
        await self.undisturbed([(b"GET", b"/")])
