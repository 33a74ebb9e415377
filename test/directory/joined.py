"""
Two ends of the internal socket joined in memory.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IReactorTime, IStreamClientEndpoint
from twisted.internet.task import deferLater
from twisted.test.iosim import FakeTransport, IOPump, connect
from zope.interface import implementer

from arvgate.directory.cached import CachedDirectory, CachedTokens
from arvgate.directory.client import ControlLink
from arvgate.directory.remote import RemoteDirectory, RemoteIssuer, RemoteTokens, RemoteWaiting
from arvgate.directory.server import DirectoryFactory, Sources
from test.contract.memory import MemoryWorld

__all__ = ["CachedWorld", "JoinedEndpoint", "RemoteWorld"]


class _Transport(FakeTransport):
    """Asks to be pumped whenever there is something to carry."""

    def __init__(self, protocol: IProtocol, is_server: bool, endpoint: JoinedEndpoint) -> None:
        super().__init__(protocol, is_server)
        self._endpoint = endpoint
        self.over = False

    def write(self, data: bytes) -> None:
        super().write(data)
        self._endpoint.pump_soon()

    def loseConnection(self) -> None:
        super().loseConnection()
        self._endpoint.pump_soon()

    def abortConnection(self) -> None:
        """Over at once for this end, whether or not anything is carried; the other end hears of it as usual."""
        self.disconnecting = True
        self._endpoint.clock.callLater(0, self.reportDisconnect)
        self._endpoint.pump_soon()

    def bufferReceived(self, buf: bytes) -> None:
        if not self.over:
            super().bufferReceived(buf)

    def reportDisconnect(self) -> None:
        if not self.over:
            self.over = True
            super().reportDisconnect()


@implementer(IStreamClientEndpoint)
class JoinedEndpoint:
    """
    Connects clients to a server's factory without a socket.

    @ivar refuses: nobody listens.
    @ivar silent: the connection is accepted, and nothing is carried (as while control is being replaced).
    @ivar attempts: how often somebody connected.
    """

    def __init__(self, factory: IProtocolFactory, clock: IReactorTime) -> None:
        self._factory = factory
        self.clock = clock
        self._pumps: list[IOPump] = []
        self._planned = False
        self.refuses = False
        self.silent = False
        self.attempts = 0

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """See L{IStreamClientEndpoint.connect}."""
        self.attempts += 1
        if self.refuses:
            return fail(ConnectionRefusedError())
        address: Any = None
        client, server = protocolFactory.buildProtocol(address), self._factory.buildProtocol(address)
        ends = _Transport(server, True, self), _Transport(client, False, self)
        self._pumps.append(connect(server, ends[0], client, ends[1], greet=False))
        self.pump_soon()
        return succeed(client)

    def pump_soon(self) -> None:
        """Carry what is there in the next reactor turn."""
        if not self._planned:
            self._planned = True
            self.clock.callLater(0, self._pump)

    def lose(self) -> None:
        """Control dies: all its connections are lost."""
        for pump in self._pumps:
            pump.serverIO.abortConnection()
            pump.clientIO.abortConnection()

    def _pump(self) -> None:
        self._planned = False
        if not self.silent:
            for pump in self._pumps:
                pump.flush()


class RemoteWorld(MemoryWorld):
    """The fakes behind the internal socket, and a door that asks over it."""

    def __init__(self, clock: IReactorTime) -> None:
        super().__init__()
        self.clock = clock
        sources = Sources(self.memory_tokens, self.memory_directory, self.memory_issuer, self.memory_feed, self.waiting)
        self.server = DirectoryFactory(sources)
        self.endpoint = JoinedEndpoint(self.server, clock)
        self.link = ControlLink(self.endpoint, clock)
        self.tokens = RemoteTokens(self.link)
        self.directory = RemoteDirectory(self.link)
        self.issuer = RemoteIssuer(self.link)
        self.feed = self.link
        self.waiting = RemoteWaiting(self.link)

    async def start(self) -> None:
        """Connect."""
        self.link.start()
        assert await self.link.connected(5.0)

    async def stop(self) -> None:
        """Disconnect."""
        self.link.stop()
        self.server.close()
        await deferLater(self.clock, 0)


class CachedWorld(MemoryWorld):
    """The fakes behind a memory."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = CachedTokens(self.memory_tokens, self.memory_feed, self.now)
        self.directory = CachedDirectory(self.memory_directory, self.memory_feed)

    async def stop(self) -> None:
        """Listen no more."""
        self.tokens.close()
        self.directory.close()
        assert len(self.memory_feed) == 0
