"""Tests of L{arvgate.net.pool}."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from arvgate.net.http_client import ClientConnection
from arvgate.net.http_exchange import Exchange
from arvgate.net.pool import Pool
from test.net.serving import Serving, reactor


class PoolTests(TestCase):
    """A pool of connections to a real server."""

    timeout = 30

    def setUp(self) -> None:
        """A server and a pool whose key is its port."""
        self.serving = Serving()
        self.port = self.serving.serve(self.respond)
        self.pool = Pool(self.serving.wheel, self.serving.client, idle_timeout=0.1, max_idle_per_key=2)

    def tearDown(self) -> None:
        """Close everything."""
        self.serving.stop()

    async def respond(self, exchange: Exchange) -> None:
        """Answer."""
        exchange.respond(200, (), b"x")

    async def used(self) -> ClientConnection:
        """A connection that has made one exchange and was given back."""
        connection = await self.pool.lease(self.port)
        await connection.request(b"GET", b"/", [(b"Host", b"h")])
        connection.release()
        return connection

    async def test_newest_again(self) -> None:
        """What was given back is handed out again; one fresh by wish is another."""
        first = await self.used()
        self.assertIs(first, await self.pool.lease(self.port))
        first.release()
        self.assertIsNot(first, await self.pool.lease(self.port, fresh=True))

    async def test_not_too_many(self) -> None:
        """No more than the limit are kept."""
        connections = [await self.pool.lease(self.port) for _ in range(4)]
        for connection in connections:
            connection.release()
        self.assertEqual(2, self.pool.idle_count())

    async def test_not_too_many_in_all(self) -> None:
        """Of all that are kept, an old one makes way for the newest."""
        ports = [self.port, self.serving.serve(self.respond), self.serving.serve(self.respond)]
        pool = Pool(self.serving.wheel, self.serving.client, max_idle=2)
        connections = [await pool.lease(port) for port in ports]
        for connection in connections:
            connection.release()
        self.assertEqual(2, pool.idle_count())
        again = [await pool.lease(port) for port in ports]
        self.assertEqual([False, True, True], [one is other for one, other in zip(connections, again, strict=True)])
        self.assertEqual(0, pool.idle_count())

    async def test_idle_closed(self) -> None:
        """What nobody uses for long is closed and forgotten."""
        connection = await self.used()
        self.assertEqual(1, self.pool.idle_count())
        closed: Deferred[None] = Deferred()
        forget = connection.gone
        assert forget is not None
        connection.gone = lambda: (forget(), closed.callback(None))[0]
        await closed.addTimeout(10, reactor)
        self.assertEqual(0, self.pool.idle_count())

    async def test_closed_by_server(self) -> None:
        """A kept connection that the server closes is not handed out."""
        first = await self.used()
        self.serving.connections[0].stream.abort()
        second = await self.pool.lease(self.port)
        self.assertTrue(second is not first or not second.stream.closed)
        head, body = await (await self.pool.lease(self.port, fresh=True)).request(b"GET", b"/", [(b"Host", b"h")])
        self.assertEqual((200, b"x"), (head.status, body))

    async def test_close(self) -> None:
        """Closing the pool closes what is idle, and later what comes back."""
        leased = await self.pool.lease(self.port)
        await self.used()
        self.pool.close()
        self.assertEqual(0, self.pool.idle_count())
        leased.release()
        self.assertEqual(0, self.pool.idle_count())
