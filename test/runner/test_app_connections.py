"""
Tests for L{arvgate.runner.app_connections}.
"""

from __future__ import annotations

import socket

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from arvgate.errors import NotListening, PeerFault
from arvgate.runner.app_connections import AppConnections
from arvgate.testing.engine import Program
from test.net.certificates import server_context
from test.net.serving import Collector, reactor
from test.runner.door_world import PORT, DoorWorld


class ConnectTests(TestCase):
    """Connections to apps."""

    timeout = 30

    def setUp(self) -> None:
        """A job with an app."""
        self.world = DoorWorld()
        self.addCleanup(self.world.serving.stop)
        self.world.serving.wheel.start()
        self.apps = AppConnections(reactor, self.world.job, self.world.serving.wheel)

    async def test_plain_and_tls(self) -> None:
        """An app is connected to as it is to be, and answers."""
        self.world.serve_tls_app(9443, server_context())
        for port, tls in ((PORT, False), (9443, True)):
            client = Collector(self.world.serving.add(await self.apps.connect(port, tls)))
            client.stream.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            await client.until_has(self.world.app.body)

    async def test_nobody(self) -> None:
        """Where nothing listens it says so."""
        await self.assertFailure(Deferred.fromCoroutine(self.apps.connect(81, False)), NotListening)

    async def test_cancelled(self) -> None:
        """Who does not wait for a handshake any more leaves no connection behind."""
        kept: list[socket.socket] = []
        self.addCleanup(lambda: [sock.close() for sock in kept])
        self.world.job.program = Program(ports={26: kept.append})
        connecting = Deferred.fromCoroutine(self.apps.connect(26, True))
        while not kept:
            await deferLater(reactor, 0.01)
        connecting.cancel()
        await self.assertFailure(connecting, CancelledError)

    async def test_no_tls(self) -> None:
        """An app that speaks something else, or nothing until patience is over, does not speak TLS."""
        kept: list[socket.socket] = []
        self.addCleanup(lambda: [sock.close() for sock in kept])

        def greet(sock: socket.socket) -> None:
            sock.sendall(b"220 welcome\r\n")
            kept.append(sock)

        self.world.job.program = Program(ports={25: greet, 26: kept.append})
        for port in (25, 26):
            connecting = Deferred.fromCoroutine(self.apps.connect(port, True, patience=0.1))
            error = await self.assertFailure(connecting, PeerFault)
            self.assertIn("does not speak TLS", error.sentence)
