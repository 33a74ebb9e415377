"""Tests of L{arvgate.net.listener}."""

from __future__ import annotations

import contextlib
import errno
import socket

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase, TestCase

from arvgate.errors import Unreachable
from arvgate.net.listener import Listener, Place
from arvgate.net.stream import Receiver, Stream
from arvgate.net.wheel import Wheel
from test.net.certificates import server_context
from test.net.serving import Serving, listening_socket, reactor


class ListenerTests(TestCase):
    """A listener on a real port."""

    timeout = 30

    def setUp(self) -> None:
        """A listener that greets."""
        self.serving = Serving()

    def tearDown(self) -> None:
        """Close everything."""
        self.serving.stop()

    def greet(self, stream: Stream) -> Receiver:
        """Greet."""
        self.serving.add(stream)
        stream.write(b"hi")
        return Receiver()

    async def test_many(self) -> None:
        """All connections of a burst are served."""
        port = self.serving.listen(self.greet)
        clients = [await self.serving.connect(port) for _ in range(80)]
        for client in clients:
            await client.until_has(b"hi")

    async def test_failing_receiver(self) -> None:
        """A connection that cannot be served is closed, and the next one is served."""
        served: list[bool] = []

        def accepted(stream: Stream) -> Receiver:
            served.append(True)
            if len(served) == 1:
                raise ValueError("on purpose")
            return self.greet(stream)

        port = self.serving.listen(accepted)
        with contextlib.suppress(Unreachable):  # the reset may be faster than the connect
            await (await self.serving.connect(port)).until_over()
        self.assertEqual([True], served)
        await (await self.serving.connect(port)).until_has(b"hi")
        self.assertEqual(1, len(self.flushLoggedErrors(ValueError)))

    async def test_silent_client(self) -> None:
        """A client that never shakes hands is closed."""
        listener = Listener(
            reactor, listening_socket(), self.greet, self.serving.wheel, server_context(), handshake_timeout=0.1
        )
        self.addCleanup(listener.stop)
        listener.start()
        client = await self.serving.connect(listener.port)
        await client.until_over()
        self.assertEqual(b"", client.data)

    async def test_admission(self) -> None:
        """Who is not let in is closed before anything is said; who was is counted until it has left."""
        present: dict[str, Deferred[None]] = {}

        def admit(peer: str) -> Place | None:
            if present:
                return None
            present[peer] = Deferred()
            place = Place()
            place.left = lambda: present.pop(peer).callback(None)
            return place

        for context in (None, server_context()):
            listener = Listener(reactor, listening_socket(), self.greet, self.serving.wheel, context, 5.0, admit)
            self.addCleanup(listener.stop)
            listener.start()
            with contextlib.suppress(Unreachable):  # the reset may be faster than the connect
                first = await self.serving.connect(listener.port)
            with contextlib.suppress(Unreachable):
                await (await self.serving.connect(listener.port)).until_over()
            ((peer, left),) = present.items()
            self.assertEqual("127.0.0.1", peer)
            self.assertIsNone(first.lost)
            first.stream.abort()
            await left.addTimeout(5.0, reactor)

    async def test_stop_leaves_streams(self) -> None:
        """After stop nobody is accepted, and who is connected stays."""
        streams: list[Stream] = []

        def accepted(stream: Stream) -> Receiver:
            streams.append(stream)
            return self.greet(stream)

        listener = Listener(reactor, listening_socket(), accepted, self.serving.wheel)
        listener.start()
        client = await self.serving.connect(listener.port)
        await client.until_has(b"hi")
        listener.stop()
        streams[0].write(b"still")
        await client.until_has(b"still")


class _Exhausted(socket.socket):
    """A listening socket that finds no descriptor free."""

    calls = 0

    def accept(self) -> tuple[socket.socket, object]:
        """Fail as the kernel does."""
        type(self).calls += 1
        raise OSError(errno.EMFILE, "Too many open files")


class _Reactor(Clock):
    """A clock that notes who reads."""

    def __init__(self) -> None:
        super().__init__()
        self.readers: set[object] = set()
        self.addReader = self.readers.add
        self.removeReader = self.readers.discard


class ExhaustedTests(SynchronousTestCase):
    """A process without free descriptors."""

    def test_rests_and_goes_on(self) -> None:
        """The listener does not spin: it rests for a moment, then accepts again."""
        sock = _Exhausted()
        self.addCleanup(sock.close)
        clock = _Reactor()
        listener = Listener(clock, sock, lambda stream: Receiver(), Wheel(clock))
        listener.start()
        listener.doRead()
        self.assertEqual((1, set()), (_Exhausted.calls, clock.readers))
        clock.advance(1.0)
        self.assertEqual({listener}, clock.readers)
