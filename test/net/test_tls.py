"""Tests of L{arvgate.net.tls} on real sockets."""

from __future__ import annotations

import hashlib
import ssl

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from arvgate.errors import Unreachable
from arvgate.net.connecting import connect_tls
from arvgate.net.stream import Receiver, Stream
from arvgate.net.tls import TLSStream
from test.net.certificates import client_context, server_context
from test.net.serving import Collector, Serving, reactor


class TLSTests(TestCase):
    """A TLS client and a TLS server, both ours."""

    timeout = 60

    def setUp(self) -> None:
        """No streams yet."""
        self.serving = Serving()
        self.arrived: Deferred[Collector] = Deferred()

    def tearDown(self) -> None:
        """Close everything."""
        self.serving.stop()

    def accepted(self, stream: Stream) -> Receiver:
        """Keep the server's side."""
        self.serving.add(stream)
        server = Collector(stream)
        reactor.callLater(0, self.arrived.callback, server)
        return server

    async def connected(self, context: ssl.SSLContext | None = None) -> Collector:
        """A client's side."""
        port = self.serving.listen(self.accepted, context or server_context())
        stream = await connect_tls(reactor, "127.0.0.1", port, client_context(), "test", 5.0)
        return Collector(self.serving.add(stream))

    async def test_both_ways(self) -> None:
        """Bytes pass both ways."""
        client = await self.connected()
        client.stream.write(b"ping")
        server = await self.arrived
        await server.until_has(b"ping")
        server.stream.write(b"pong")
        await client.until_has(b"pong")

    async def test_bulk_against_a_paused_reader(self) -> None:
        """What had to wait arrives unchanged and in order once the peer reads again."""
        client = await self.connected()
        client.stream.write(b"go")
        server = await self.arrived
        server.stream.pause()
        blob = bytes(range(251)) * 100_000
        for start in range(0, len(blob), 77_777):
            client.stream.write(blob[start : start + 77_777])
        self.assertGreater(client.stream.buffered, 1_000_000)
        server.stream.resume()
        await server.until(lambda: len(server.data) == len(blob) + 2, 50)
        self.assertEqual(hashlib.sha256(b"go" + blob).digest(), hashlib.sha256(server.data).digest())

    async def test_close_delivers(self) -> None:
        """Everything written before close arrives, and the end is a clean one."""
        client = await self.connected()
        client.stream.write(b"go")
        server = await self.arrived
        server.stream.write(bytes(3_000_000))
        server.stream.close()
        await client.until_over()
        self.assertEqual(3_000_000, len(client.data))
        self.assertTrue(client.ended)

    async def test_abort_is_visible(self) -> None:
        """A connection cut without goodbye is lost, not ended."""
        client = await self.connected()
        client.stream.write(b"go")
        (await self.arrived).stream.abort()
        await client.until_over()
        self.assertFalse(client.ended)

    async def test_certificate_and_protocol(self) -> None:
        """The client sees the server's certificate; without a common protocol there is none."""
        client = await self.connected()
        assert isinstance(client.stream, TLSStream)
        self.assertEqual(b"\x30", client.stream.peer_certificate()[:1])
        self.assertIsNone(client.stream.alpn)

    async def test_no_tls(self) -> None:
        """A peer that does not speak TLS is unreachable."""

        def accepted(stream: Stream) -> Receiver:
            self.serving.add(stream)
            stream.write(b"HTTP/1.1 400 no\r\n\r\n")
            return Receiver()

        port = self.serving.listen(accepted)
        with self.assertRaises(Unreachable):
            await connect_tls(reactor, "127.0.0.1", port, client_context(), None, 5.0)
