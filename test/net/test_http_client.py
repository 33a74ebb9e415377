"""Tests of L{arvgate.net.http_client}."""

from __future__ import annotations

import socket

from twisted.trial.unittest import TestCase

from arvgate.errors import PeerFault
from arvgate.net.http_client import ClientConnection
from arvgate.net.stream import Receiver, Stream
from test.net.serving import Collector, Serving


class ClientConnectionTests(TestCase):
    """A client connection to a server that says what a test wants."""

    timeout = 30

    def setUp(self) -> None:
        """No connections yet."""
        self.serving = Serving()

    def tearDown(self) -> None:
        """Close everything."""
        self.serving.stop()

    async def client(self, *answers: bytes, close: bool = False) -> ClientConnection:
        """A connection whose server gives one of the answers for each request."""
        left = list(answers)

        class Server(Collector):
            def data_received(self, data: bytes) -> None:
                if left:
                    self.stream.write(left.pop(0))
                if close and not left:
                    self.stream.close()

        def accepted(stream: Stream) -> Receiver:
            self.serving.add(stream)
            return Server(stream)

        return await self.serving.client(self.serving.listen(accepted))

    async def test_whole(self) -> None:
        """A small exchange gives head and body, and leaves the connection usable."""
        client = await self.client(
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        )
        self.assertTrue(client.fresh)
        self.assertEqual(b"ok", (await client.request(b"GET", b"/", []))[1])
        self.assertFalse(client.fresh)
        self.assertEqual(b"abc", (await client.request(b"GET", b"/", []))[1])
        self.assertTrue(client.take())

    async def fails(self, *answers: bytes, close: bool = False) -> None:
        """A request fails, and the connection is of no further use."""
        client = await self.client(*answers, close=close)
        with self.assertRaises(PeerFault):
            await client.request(b"GET", b"/", [])
        self.assertFalse(client.take())

    async def test_garbage(self) -> None:
        """What is no HTTP is a fault of the peer."""
        await self.fails(b"SSH-2.0-x\r\n\r\n")

    async def test_huge_head(self) -> None:
        """A head without end is a fault of the peer."""
        await self.fails(b"HTTP/1.1 200 OK\r\nA: " + b"x" * 100_000)

    async def test_truncated(self) -> None:
        """An answer that ends early is a fault of the peer."""
        await self.fails(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", close=True)

    async def test_bad_chunks(self) -> None:
        """Broken framing is a fault of the peer."""
        await self.fails(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n")

    async def test_endless_interims(self) -> None:
        """Interim answers without end are a fault of the peer."""
        await self.fails(b"HTTP/1.1 102 Processing\r\n\r\n" * 100)

    async def test_unasked_upgrade(self) -> None:
        """A switch of protocols that nobody asked for is a fault of the peer."""
        await self.fails(b"HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")

    async def test_connection_close(self) -> None:
        """After Connection: close the connection is not kept."""
        client = await self.client(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
        await client.request(b"GET", b"/", [])
        self.assertFalse(client.take())

    async def test_unasked_at_the_last_moment(self) -> None:
        """A connection on which something came, or that was closed, is not used, though nobody has read that yet."""
        for unasked in (b"HTTP/1.1 200 OK\r\n\r\n", b""):
            servers: list[Stream] = []

            def accepted(stream: Stream, servers: list[Stream] = servers) -> Receiver:
                self.serving.add(stream)
                servers.append(stream)
                return Answering(stream)

            class Answering(Collector):
                def data_received(self, data: bytes) -> None:
                    self.stream.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

            client = await self.serving.client(self.serving.listen(accepted))
            await client.request(b"GET", b"/", [])
            self.assertTrue(client.take())
            if unasked:
                servers[0].sock.send(unasked)
            else:
                servers[0].sock.shutdown(socket.SHUT_WR)
            self.assertFalse(client.take(), unasked)
