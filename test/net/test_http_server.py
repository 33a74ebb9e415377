"""Tests of L{arvgate.net.http_server} with raw clients on real sockets."""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from arvgate.net.http_exchange import BodySink, ClientGone, Exchange
from arvgate.net.http_server import ServerLimits
from arvgate.wire.http1.head import HeadLimits
from test.net.server_case import GET, ServerCase, hello
from test.net.serving import Collector, Serving, reactor


class ServerTests(ServerCase):
    """What a server connection does with what clients send."""

    async def test_byte_by_byte(self) -> None:
        """A head that comes byte by byte is a request like any other."""
        client = await self.client()
        for position in range(len(GET)):
            client.stream.write(GET[position : position + 1])
        await client.until_has(b"hello")

    async def refused(self, data: bytes, status: int, limits: ServerLimits | None = None) -> bytes:
        """C{data} is answered with C{status} once, and the connection closed; returns the answer."""
        client = await self.client(limits=limits)
        client.stream.write(data)
        await client.until_over()
        self.assertTrue(client.data.startswith(b"HTTP/1.1 %d " % status), client.data)
        self.assertEqual(1, client.data.count(b"HTTP/1.1"))
        self.assertIn(b"Connection: close", client.data)
        return client.data

    async def test_malformed(self) -> None:
        """A malformed head is answered 400, and what follows it is not read."""
        await self.refused(b"GET / HTTP/1.1\r\nHost: h\r\nBad Name: x\r\n\r\n" + GET, 400)

    async def test_bare_newline(self) -> None:
        """A head with bare newlines is answered at once, not when its time is over."""
        await self.refused(b"GET / HTTP/1.1\nHost: h\n\n", 400)

    async def test_large_head(self) -> None:
        """A head over the limit is answered 431 before it is whole, and rids a browser of the cookies it is full of."""
        limits = ServerLimits(HeadLimits(head=1000))
        answer = await self.refused(b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 2000, 431, limits)
        self.assertIn(b'Clear-Site-Data: "cookies"\r\n', answer)

    async def test_long_target(self) -> None:
        """An address over the limit is answered 414."""
        await self.refused(b"GET /" + b"x" * 2000, 414, ServerLimits(HeadLimits(head=1000)))

    async def test_slow_head(self) -> None:
        """A head that takes too long is answered 408 however steadily it trickles."""
        await self.refused(b"GET / HT", 408, ServerLimits(head_timeout=0.1))

    async def test_idle(self) -> None:
        """A kept connection without a further request is closed."""
        client = await self.client(limits=ServerLimits(idle_timeout=0.1))
        client.stream.write(GET)
        await client.until_over()
        self.assertIn(b"hello", client.data)

    async def test_first_head(self) -> None:
        """The time for the first head begins with the connection, and who says nothing is closed without an answer."""
        client = await self.client(limits=ServerLimits(head_timeout=0.4))
        began = reactor.seconds()
        await deferLater(reactor, 0.35)
        client.stream.write(b"GET / HT")
        await client.until_over()
        self.assertLess(reactor.seconds() - began, 0.7)
        silent = await self.client(limits=ServerLimits(head_timeout=0.1))
        await silent.until_over()
        self.assertEqual(b"", silent.data)

    async def test_requests_per_connection(self) -> None:
        """The last request that a connection may carry is answered with the news that it was the last."""
        client = await self.client(limits=ServerLimits(requests=2))
        client.stream.write(GET * 3)
        await client.until_over()
        self.assertEqual(2, client.data.count(b"HTTP/1.1 200"))
        self.assertEqual(1, client.data.count(b"Connection: close"))

    async def test_close_asked(self) -> None:
        """After Connection: close nothing more is answered."""
        client = await self.client()
        client.stream.write(GET.replace(b"Host", b"Connection: close\r\nHost") + GET)
        await client.until_over()
        self.assertEqual(1, client.data.count(b"HTTP/1.1 200"))

    async def test_http10(self) -> None:
        """A client of HTTP/1.0 gets one answer and the end of the connection."""
        client = await self.client()
        client.stream.write(b"GET / HTTP/1.0\r\nHost: h\r\n\r\n")
        await client.until_over()
        self.assertTrue(client.data.endswith(b"hello"))

    async def test_half_closed_client(self) -> None:
        """A plain client that ended its direction still gets the answer."""
        client = await self.client()
        client.stream.write(GET)
        client.stream.half_close()
        await client.until_has(b"hello")

    async def test_half_closed_pipeline(self) -> None:
        """All that a plain client asked before it ended its direction is answered, then the connection closed."""
        client = await self.client()
        client.stream.write(GET * 3)
        client.stream.half_close()
        await client.until_over()
        self.assertEqual(3, client.data.count(b"hello"))

    async def test_unread_body(self) -> None:
        """A body nobody read is not taken for the next request, which is answered if the body is whole."""
        client = await self.client()
        post = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(GET) + GET
        client.stream.write(post + GET.replace(b"Host", b"Connection: close\r\nHost"))
        await client.until_over()
        self.assertEqual(2, client.data.count(b"HTTP/1.1 200"))

    async def test_unread_part(self) -> None:
        """An answer to a body that is still under way says that it is the last, and is."""
        client = await self.client()
        client.stream.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n" + GET)
        await client.until_over()
        self.assertEqual(1, client.data.count(b"HTTP/1.1 200"))
        self.assertIn(b"Connection: close", client.data)

    async def test_malformed_body(self) -> None:
        """A body whose framing is broken from the start is refused before anybody hears of the request."""
        heard: list[Exchange] = []

        async def respond(exchange: Exchange) -> None:
            heard.append(exchange)

        client = await self.client(respond)
        client.stream.write(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n" + GET)
        await client.until_over()
        self.assertIn(b"HTTP/1.1 400 ", client.data)
        self.assertEqual(([], 1), (heard, client.data.count(b"HTTP/1.1")))

    async def test_later_malformed_body(self) -> None:
        """A body whose framing breaks on the way is refused, and whoever reads it learns that it never comes whole."""
        ended: Deferred[str] = Deferred()

        async def reading(exchange: Exchange) -> None:
            try:
                await exchange.read_body(100)
            except ClientGone as gone:
                ended.callback(str(gone))
                raise

        client = await self.client(reading)
        client.stream.write(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        while not self.serving.connections or self.serving.connections[0].idle:
            turn: Deferred[None] = Deferred()
            reactor.callLater(0, turn.callback, None)
            await turn
        client.stream.write(b"zz\r\n" + GET)
        self.assertEqual("the body is malformed", await ended)
        await client.until_over()
        self.assertEqual(1, client.data.count(b"HTTP/1.1"))
        self.assertIn(b"HTTP/1.1 400 ", client.data)

    async def test_failing_responder(self) -> None:
        """A responder that fails is answered 500 without its reason."""

        async def failing(exchange: Exchange) -> None:
            raise ValueError("the secret reason")

        client = await self.client(failing)
        client.stream.write(GET)
        await client.until_has(b"500")
        self.assertNotIn(b"secret", client.data)
        self.assertEqual(1, len(self.flushLoggedErrors(ValueError)))

    async def test_client_leaves(self) -> None:
        """When the client leaves, its responder is cancelled."""
        ended: Deferred[str] = Deferred()

        async def waiting(exchange: Exchange) -> None:
            client.stream.abort()
            try:
                await Deferred()
            except CancelledError:
                ended.callback("cancelled")
                raise

        client = await self.client(waiting)
        client.stream.write(GET)
        self.assertEqual("cancelled", await ended)

    async def stalled(self, respond, *sent: bytes) -> None:
        """A client that stops in the middle of its body is cut off."""
        client = await self.client(respond, ServerLimits(stall_timeout=0.1))
        for data in sent:
            client.stream.write(data)
        await client.until(lambda: client.lost is not None)
        self.assertEqual(b"", client.data)

    async def test_stalled_body(self) -> None:
        """A body that stops coming is not waited for."""

        async def reading(exchange: Exchange) -> None:
            await exchange.read_body(100)

        await self.stalled(reading, b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n", b"part")

    async def test_stalled_after_a_pause(self) -> None:
        """Nor is one that stops after the reader itself had asked for a pause."""

        class Slow(BodySink):
            def __init__(self, exchange: Exchange) -> None:
                self.exchange = exchange

            def body(self, data: bytes) -> None:
                self.exchange.pause_body()
                reactor.callLater(0, self.exchange.resume_body)

        async def slow(exchange: Exchange) -> None:
            exchange.attach(Slow(exchange))
            await Deferred()

        await self.stalled(slow, b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n", b"part")

    async def test_drain(self) -> None:
        """Draining finishes the present answer and says that it was the last."""

        async def draining(exchange: Exchange) -> None:
            exchange.connection.drain()
            exchange.respond(200, (), b"last")

        client = await self.client(draining)
        client.stream.write(GET + GET)
        await client.until_over()
        self.assertEqual(1, client.data.count(b"last"))
        self.assertIn(b"Connection: close", client.data)

    async def test_expectation(self) -> None:
        """A client that waits for 100 before its body gets it when the body is read."""

        async def reading(exchange: Exchange) -> None:
            exchange.respond(200, (), await exchange.read_body(100))

        client = await self.client(reading)
        client.stream.write(b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        await client.until_has(b"HTTP/1.1 100 Continue\r\n\r\n")
        client.stream.write(b"body")
        await client.until_has(b"\r\n\r\nbody")


class OverTests(TestCase):
    """Who keeps accounts is told of every exchange once."""

    timeout = 30

    def setUp(self) -> None:
        """No servers yet."""
        self.serving = Serving()
        self.over: list[tuple[int, bool]] = []
        self.unanswered: Deferred[None] = Deferred()

    def tearDown(self) -> None:
        """Close everything."""
        self.serving.stop()

    async def client(self, respond=hello) -> Collector:
        """A client of a server whose exchanges are counted."""

        def over(exchange: Exchange) -> None:
            self.over.append((exchange.status, exchange.complete))
            if not exchange.status:
                self.unanswered.callback(None)

        return await self.serving.connect(self.serving.serve(respond, over=over))

    async def test_answered(self) -> None:
        """Pipelined requests, and what is no request at their end, each once."""
        client = await self.client()
        client.stream.write(GET + GET + b"nonsense\r\n\r\n")
        await client.until_over()
        self.assertEqual([(200, True), (200, True), (400, True)], self.over)

    async def test_failed(self) -> None:
        """A responder that fails, before its answer and within it."""

        async def fail(exchange: Exchange) -> None:
            if exchange.head.target == b"/late":
                exchange.begin(200, b"OK", [(b"Content-Length", b"9")], False)
            raise ZeroDivisionError

        client = await self.client(fail)
        client.stream.write(GET + GET.replace(b"/ ", b"/late "))
        await client.until_over()
        self.assertEqual([(500, True), (200, False)], self.over)
        self.assertEqual(2, len(self.flushLoggedErrors(ZeroDivisionError)))

    async def test_client_left(self) -> None:
        """A client that leaves without its answer, once its responder has come to an end."""
        asked: Deferred[None] = Deferred()

        async def wait(exchange: Exchange) -> None:
            asked.callback(None)
            await Deferred()

        client = await self.client(wait)
        client.stream.write(GET)
        await asked.addTimeout(10.0, reactor)
        client.stream.abort()
        await self.unanswered.addTimeout(10.0, reactor)
        self.assertEqual([(0, False)], self.over)
