"""Tests of L{arvgate.net.http1_carrier} with raw clients on real sockets."""

from __future__ import annotations

from twisted.trial.unittest import TestCase

from arvgate.net.http_exchange import BodySink, Exchange
from test.net.serving import Collector, Serving


class CarrierTests(TestCase):
    """What clients see of exchanges."""

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

    async def test_each_its_own(self) -> None:
        """Answers on one connection are framed each for its own request."""

        async def respond(exchange: Exchange) -> None:
            exchange.begin(200, b"OK", [], open_ended=True)
            exchange.write(exchange.head.target)
            exchange.end([])

        client = await self.sent(respond, b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.0\r\nHost: h\r\n\r\n")
        await client.until_over()
        first, _, second = client.data.partition(b"2\r\n/1\r\n0\r\n\r\n")
        self.assertIn(b"Transfer-Encoding: chunked\r\n", first)
        self.assertTrue(second.endswith(b"Connection: close\r\n\r\n/2"), second)

    async def test_half_closed_tunnel(self) -> None:
        """Without TLS one direction of a tunnel ends alone, and the other goes on."""

        class Late(BodySink):
            def __init__(self, exchange: Exchange) -> None:
                self.exchange = exchange

            def tunnel_data(self, data: bytes) -> None:
                self.exchange.end_tunnel()

            def tunnel_ended(self) -> None:
                ended.append(True)
                self.exchange.finish_tunnel()

        ended: list[bool] = []

        async def switch(exchange: Exchange) -> None:
            exchange.sink = Late(exchange)
            exchange.upgrade(b"x", [])
            exchange.write(b"hello")

        client = await self.sent(switch, b"GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
        await client.until_has(b"hello")
        client.stream.write(b"end")
        await client.until_over()
        self.assertEqual(([], True), (ended, client.ended))

    async def test_abort(self) -> None:
        """An aborted answer is reset, not ended."""

        async def respond(exchange: Exchange) -> None:
            exchange.begin(200, b"OK", [(b"Content-Length", b"9")], open_ended=False)
            exchange.write(b"part")
            exchange.abort()

        client = await self.sent(respond, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        await client.until_over()
        self.assertFalse(client.ended)
