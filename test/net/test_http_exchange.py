"""Tests of L{arvgate.net.http_exchange}."""

from __future__ import annotations

from twisted.trial.unittest import TestCase

from arvgate.errors import TooLarge
from arvgate.net.http_exchange import Exchange
from test.net.serving import Collector, Serving


class ExchangeTests(TestCase):
    """Answers as clients see them."""

    timeout = 30

    def setUp(self) -> None:
        """No servers yet."""
        self.serving = Serving()

    def tearDown(self) -> None:
        """Close everything."""
        self.serving.stop()

    async def sent(self, respond, data: bytes) -> Collector:
        """A client that has sent C{data}."""
        client = await self.serving.connect(self.serving.serve(respond))
        client.stream.write(data)
        return client

    async def test_head(self) -> None:
        """HEAD gets the head of the whole answer and no body."""

        async def respond(exchange: Exchange) -> None:
            exchange.respond(200, (), b"hello")

        client = await self.sent(respond, b"HEAD / HTTP/1.0\r\nHost: h\r\n\r\n")
        await client.until_over()
        self.assertIn(b"Content-Length: 5\r\n", client.data)
        self.assertNotIn(b"hello", client.data)

    async def test_date(self) -> None:
        """An answer made here says when."""

        async def respond(exchange: Exchange) -> None:
            exchange.respond(204)

        client = await self.sent(respond, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        await client.until_has(b"\r\n\r\n")
        self.assertRegex(client.data, rb"Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n")
        self.assertNotIn(b"Content-Length", client.data)

    async def test_one_answer(self) -> None:
        """A second answer to one request is not sent."""

        async def respond(exchange: Exchange) -> None:
            exchange.respond(200, (), b"one")
            exchange.respond(200, (), b"two")

        client = await self.sent(respond, b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        await client.until_over()
        self.assertEqual(1, client.data.count(b"HTTP/1.1"))

    async def too_large(self, framing: bytes, body: bytes) -> None:
        """A body over the limit is refused."""

        async def respond(exchange: Exchange) -> None:
            try:
                await exchange.read_body(10)
            except TooLarge:
                exchange.respond(413, (), b"too much")

        client = await self.sent(respond, b"POST / HTTP/1.1\r\nHost: h\r\n" + framing + b"\r\n\r\n" + body)
        await client.until_over()
        self.assertIn(b" 413 ", client.data)
        self.assertIn(b"too much", client.data)

    async def test_announced_too_large(self) -> None:
        """A body announced larger than the limit is refused without reading it."""
        await self.too_large(b"Content-Length: 11", b"")

    async def test_turns_out_too_large(self) -> None:
        """A body that turns out larger than the limit is refused as soon as it does."""
        await self.too_large(b"Transfer-Encoding: chunked", b"6\r\n123456\r\n6\r\n123456\r\n")
