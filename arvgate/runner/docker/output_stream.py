"""
A container's output from the daemon, through the reactor: its log, followed and taken up again after a break.

Not here: the format (L{arvgate.runner.docker.output_frames}), and standard streams that are attached
(L{arvgate.runner.docker.attachment}).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import UNIXClientEndpoint
from twisted.internet.error import ConnectError, ConnectionClosed
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.web.client import URI, Agent, RequestTransmissionFailed, ResponseDone, ResponseFailed, readBody
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from arvgate.runner.docker.daemon import DaemonGone, DaemonRefused
from arvgate.runner.docker.output_frames import FrameReader, LineEnds, Message, Position

__all__ = ["BROKEN", "OutputLog", "agent_of"]

#: How connections to the daemon fail.
BROKEN: Final = (ConnectError, ConnectionClosed, ResponseFailed, RequestTransmissionFailed, OSError)


def agent_of(reactor: Any, path: str) -> Agent:
    """
    An HTTP client of the daemon; the host in its addresses does not matter.

    @param path: of the daemon's socket.
    """
    agent: Agent = Agent.usingEndpointFactory(reactor, _Endpoints(reactor, path))
    return agent


class OutputLog:
    """
    Reads the log of one container.

    @param path: of the daemon's socket.
    @param sinks: stream (1, 2) to what takes its bytes; what has no sink is dropped.
    """

    def __init__(self, reactor: Any, path: str, container: str, sinks: Mapping[int, Callable[[bytes], None]]) -> None:
        self._agent = agent_of(reactor, path)
        self._container = container
        self._sinks = sinks
        self._position = Position()
        self._line_ends = LineEnds()

    async def follow(self) -> None:
        """
        Pass on what is new, until the container has ended; a last line that does not end may be missing then.

        @raise DaemonGone: the connection broke; called again, it goes on there.
        @raise DaemonRefused: the daemon has no log of it.
        """
        await self._read(follow=True)

    async def finish(self) -> None:
        """
        Pass on what is new of a container that has ended.

        @raise DaemonGone: as L{follow}.
        @raise DaemonRefused: as L{follow}.
        """
        await self._read(follow=False)

    async def _read(self, follow: bool) -> None:
        self._position.rewind()
        query = f"follow={int(follow)}&stdout=1&stderr=1&timestamps=1&since={self._position.since}"
        url = f"http://docker/containers/{quote(self._container, safe='')}/logs?{query}"
        try:
            response = await self._agent.request(b"GET", url.encode())
            if response.code != 200:
                raise DaemonRefused(response.code, (await readBody(response)).decode("utf-8", "replace"))
            reading = _Reading(self._take)
            response.deliverBody(reading)
            await reading.ended
        except BROKEN as error:
            raise DaemonGone(detail=f"the log of {self._container}: {error}") from error
        except ValueError as error:
            raise DaemonGone(detail=f"the log of {self._container} cannot be understood: {error}") from error

    def _take(self, message: Message) -> None:
        sink = self._sinks.get(message.stream)
        if self._position.advance(message) and sink is not None:
            sink(self._line_ends.restored(message))


class _Reading(Protocol):
    """One body."""

    def __init__(self, take: Callable[[Message], None]) -> None:
        self.ended: Deferred[None] = Deferred(lambda _: self._abandon())
        self._take = take
        self._frames = FrameReader(timed=True)

    def dataReceived(self, data: bytes) -> None:
        try:
            for message in self._frames.feed(data):
                self._take(message)
        except ValueError:
            self._end(Failure())
            self._abandon()

    def connectionLost(self, reason: Failure = Failure(ResponseDone())) -> None:  # noqa: B008 - Twisted's signature
        self._end(None if reason.check(ResponseDone) else reason)

    def _end(self, problem: Failure | None) -> None:
        if not self.ended.called:
            self.ended.callback(None) if problem is None else self.ended.errback(problem)

    def _abandon(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()


@implementer(IAgentEndpointFactory)
class _Endpoints:
    """Every address is the daemon's socket."""

    def __init__(self, reactor: Any, path: str) -> None:
        self._reactor = reactor
        self._path = path

    def endpointForURI(self, uri: URI) -> UNIXClientEndpoint:
        return UNIXClientEndpoint(self._reactor, self._path, timeout=10)
