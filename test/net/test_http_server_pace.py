"""Tests of L{arvgate.net.http_server}: how much a client may send, and how fast it must send and read."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall, deferLater

from arvgate.errors import TooLarge
from arvgate.net.http_exchange import BodySink, Exchange
from arvgate.net.http_server import ServerLimits
from test.net.server_case import GET, ServerCase
from test.net.serving import Collector, reactor


class BodyTests(ServerCase):
    """How much of a body is taken, and how fast it must come."""

    async def test_length_over_limit(self) -> None:
        """A body that says that it is larger than allowed is refused before it comes."""
        asked: list[Exchange] = []
        client = await self.client(asked.append, ServerLimits(body=4))
        client.stream.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n")
        await client.until_over()
        self.assertTrue(client.data.startswith(b"HTTP/1.1 413 "), client.data)
        self.assertEqual([], asked)

    async def chunked(self, limits: ServerLimits, *sizes: int, most: int = 0) -> bytes:
        """The answer to a chunked body, with what the reader got of it."""

        async def reading(exchange: Exchange) -> None:
            try:
                exchange.limit_body(most)
                exchange.respond(200, (), await exchange.read_body(100))
            except TooLarge:
                exchange.respond(413)

        client = await self.client(reading, limits)
        client.stream.write(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.stream.write(b"".join(b"%x\r\n%b\r\n" % (size, b"x" * size) for size in sizes) + b"0\r\n\r\n")
        await client.until_has(b"HTTP/1.1 ")
        return client.data

    async def test_chunked_over_limit(self) -> None:
        """A body of unknown length is stopped where it passes the limit, the responder's if that is lower."""
        self.assertIn(b"200 OK", await self.chunked(ServerLimits(body=10), 4, 6))
        self.assertIn(b" 413 ", await self.chunked(ServerLimits(body=10), 4, 7))
        self.assertIn(b" 413 ", await self.chunked(ServerLimits(body=10), 4, 5, most=8))
        self.assertIn(b" 413 ", await self.chunked(ServerLimits(body=10), 4, 7, most=20))
        self.assertIn(b"200 OK", await self.chunked(ServerLimits(), 4, 6, most=10))

    async def test_trickling_body(self) -> None:
        """A body that comes more slowly than agreed is cut off however steadily it comes."""

        async def reading(exchange: Exchange) -> None:
            await exchange.read_body(10000)

        client = await self.client(reading, ServerLimits(data_rate=1000, rate_window=0.2))
        client.stream.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999\r\n\r\n")
        trickling = LoopingCall(client.stream.write, b"x")
        trickling.start(0.02)
        await client.until(lambda: client.lost is not None)
        trickling.stop()

    async def test_expected_to_wait(self) -> None:
        """A client that waits for 100 Continue is not late, however long the app takes for it."""

        async def pondering(exchange: Exchange) -> None:
            exchange.attach(BodySink())
            await deferLater(reactor, 0.4)
            exchange.respond(200, (), b"patient")

        client = await self.client(pondering, ServerLimits(stall_timeout=0.1))
        client.stream.write(b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        await client.until_has(b"patient")


class ReaderTests(ServerCase):
    """How fast an answer must be taken."""

    #: More than the kernel buffers of both sides take.
    ANSWER = bytes(8_000_000)

    async def ask(self, limits: ServerLimits, get: bytes = GET) -> Collector:
        """Ask for a large answer and read nothing of it."""

        self.ended: Deferred[None] = Deferred()

        async def large(exchange: Exchange) -> None:
            exchange.connection.stream.ended = lambda: self.ended.callback(None)
            exchange.respond(200, (), self.ANSWER)

        client = await self.client(large, limits)
        client.stream.write(get)
        client.stream.pause()
        return client

    async def cut(self, limits: ServerLimits, get: bytes = GET) -> None:
        """Who reads nothing is cut off."""
        await self.ask(limits, get)
        await self.ended.addTimeout(5.0, reactor)

    async def test_reads_nothing(self) -> None:
        """Who reads nothing is cut off, also if the responder is done and the connection is to be closed or kept."""
        await self.cut(ServerLimits(stall_timeout=0.1))

    async def test_reads_nothing_and_wants_close(self) -> None:
        """Also where the connection is closed after the answer."""
        await self.cut(ServerLimits(stall_timeout=0.1), GET.replace(b"Host", b"Connection: close\r\nHost"))

    async def test_reads_slowly(self) -> None:
        """Who reads more slowly than agreed is cut off; who keeps the pace gets everything, and is idle only then."""
        await self.cut(ServerLimits(data_rate=100_000_000, rate_window=0.1))

    async def test_reads_fast_enough(self) -> None:
        """Who keeps the pace gets everything, though it takes longer than the idle time."""
        client = await self.ask(ServerLimits(idle_timeout=0.1, stall_timeout=0.3, data_rate=1000, rate_window=0.2))
        reading = LoopingCall(lambda: (client.stream.resume(), client.stream.doRead(), client.stream.pause()))
        began = reactor.seconds()
        reading.start(0.005)
        await client.until(lambda: len(client.data) > len(self.ANSWER))
        reading.stop()
        self.assertGreater(reactor.seconds() - began, 0.1)
        await deferLater(reactor, 0.0)
        client.stream.resume()
        await client.until_over()

    async def test_nothing_to_read(self) -> None:
        """Who waits for the next piece of an answer, or in a tunnel, is never late."""

        async def rare(exchange: Exchange) -> None:
            exchange.begin(200, b"OK", [], True)
            exchange.write(b"first")
            await deferLater(reactor, 0.4)
            exchange.write(b"second")
            exchange.end([])

        client = await self.client(rare, ServerLimits(stall_timeout=0.1, data_rate=1000, rate_window=0.1))
        client.stream.write(GET)
        await client.until_has(b"second")
