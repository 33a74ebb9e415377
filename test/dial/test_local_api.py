"""
Tests for L{arvgate.dial.local_api}.
"""

from __future__ import annotations

import socket
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from arvgate.dial.local_api import LocalAPI
from arvgate.errors import Unreachable
from arvgate.net.http_server import ServerConnection
from arvgate.net.listener import Listener
from arvgate.net.stream import Receiver, Stream
from test.dial.false_runners import knowing_nothing
from test.net.serving import Serving, reactor


class LocalAPITests(TestCase):
    """The way to the record API."""

    timeout = 60

    def setUp(self) -> None:
        """A path in a short directory: those of unix sockets are limited."""
        self.serving = Serving()
        directory = Path(self.mktemp()).absolute()
        directory.mkdir()
        self.path = str(directory / "s")
        self.api = LocalAPI(reactor, self.serving.wheel, self.path)

    def tearDown(self) -> None:
        """Everything closed."""
        self.api.close()
        self.serving.stop()

    def listen(self) -> None:
        """Serve there."""
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(self.path)
        sock.listen(10)

        def accepted(stream: Stream) -> Receiver:
            return ServerConnection(self.serving.add(stream), knowing_nothing, self.serving.wheel)

        listener = Listener(reactor, sock, accepted, self.serving.wheel)
        listener.start()
        self.addCleanup(listener.stop)

    async def test_kept(self) -> None:
        """Requests go to the socket, one connection after another is used again."""
        self.listen()
        connection = await self.api.lease()
        head, body = await connection.request(b"GET", b"/", [(b"Host", b"h")])
        self.assertEqual((200, b"welcome"), (head.status, body))
        connection.release()
        self.assertIs(connection, await self.api.lease())
        fresh = await self.api.lease(fresh=True)
        self.assertIsNot(connection, fresh)
        fresh.abort()
        connection.abort()

    async def test_nobody(self) -> None:
        """Where nobody listens it is unreachable."""
        await self.assertFailure(Deferred.fromCoroutine(self.api.lease()), Unreachable)
