"""
Tests for L{arvgate.service.accepting}.
"""

from __future__ import annotations

import os
import socket
from typing import Any

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import UNIXClientEndpoint, connectProtocol
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from arvgate.service.accepting import Accepting


class Echo(Protocol):
    """Sends back what comes."""

    def connectionMade(self) -> None:
        """Count."""
        self.factory.connections.append(self)

    def dataReceived(self, data: bytes) -> None:
        """Send it back."""
        self.transport.write(data)


class Asker(Protocol):
    """Waits for an answer."""

    def __init__(self) -> None:
        self.answer: Deferred[bytes] = Deferred()
        self.lost: Deferred[None] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        """It is here."""
        self.answer.callback(data)

    def connectionLost(self, reason: Any = None) -> None:
        """Over."""
        self.lost.callback(None)


class AcceptingTests(TestCase):
    """Protocols on a socket of somebody else."""

    def setUp(self) -> None:
        """A listening socket, of which we keep a copy."""
        self.directory = os.path.relpath(self.mktemp())
        os.mkdir(self.directory)
        self.path = os.path.join(self.directory, "socket")
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.bind(self.path)
        os.chmod(self.path, 0o600)
        self.sock.listen(10)
        self.addCleanup(self.sock.close)
        self.factory = Factory.forProtocol(Echo)
        self.factory.connections = []

    def accepting(self) -> Accepting:
        """Accept on a copy, as a process that was given it does."""
        accepting = Accepting(reactor, self.sock.dup(), self.factory)
        self.addCleanup(accepting.stop)
        return accepting

    async def ask(self) -> Asker:
        """Connect, and ask."""
        asker = await connectProtocol(UNIXClientEndpoint(reactor, self.path), Asker())
        asker.transport.write(b"hello")
        return asker

    async def close(self, *askers: Asker) -> None:
        """Close connections, both ends."""
        for asker in askers:
            asker.transport.loseConnection()
            await asker.lost
        await deferLater(reactor, 0)
        await deferLater(reactor, 0)

    async def test_serves(self) -> None:
        """Each connection gets a protocol."""
        self.accepting().start()
        askers = [await self.ask() for _ in range(3)]
        self.assertEqual([b"hello"] * 3, [await asker.answer.addTimeout(5.0, reactor) for asker in askers])
        self.assertEqual(3, len(self.factory.connections))
        await self.close(*askers)

    async def test_stop(self) -> None:
        """After a stop connections live on, and new ones wait in the socket, which is as it was, for a successor."""
        accepting = self.accepting()
        accepting.start()
        first = await self.ask()
        await first.answer.addTimeout(5.0, reactor)
        accepting.stop()
        accepting.stop()
        self.assertEqual(0o600, os.stat(self.path).st_mode & 0o777)
        second = await self.ask()
        await deferLater(reactor, 0)
        self.assertFalse(second.answer.called)
        self.accepting().start()
        self.assertEqual(b"hello", await second.answer.addTimeout(5.0, reactor))
        first.answer = Deferred()
        first.transport.write(b"again")
        self.assertEqual(b"again", await first.answer.addTimeout(5.0, reactor))
        await self.close(first, second)

    async def test_not_started(self) -> None:
        """Stopping what was never started is nothing."""
        self.accepting().stop()
