"""Tests of L{arvgate.net.connecting}."""

from __future__ import annotations

import resource
import socket
import ssl

from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import TestCase

from arvgate.errors import Overloaded, Unreachable
from arvgate.net.connecting import connect_tcp, connect_tls, connect_unix, stream_of
from arvgate.net.stream import Receiver, Stream
from test.net.serving import Collector, Serving, listening_socket, reactor


class ConnectingTests(TestCase):
    """Connections to what is there and what is not."""

    timeout = 30

    def setUp(self) -> None:
        """No connections yet."""
        self.serving = Serving()

    def tearDown(self) -> None:
        """Close everything."""
        self.serving.stop()

    def accepted(self, stream: Stream) -> Receiver:
        """Greet."""
        self.serving.add(stream)
        stream.write(b"hi there")
        return Receiver()

    def silent(self, stream: Stream) -> Receiver:
        """Say nothing."""
        self.serving.add(stream)
        return Receiver()

    async def test_no_descriptor(self) -> None:
        """Without a free descriptor it is this server that is at fault, and only for the moment."""
        port = self.serving.listen(self.accepted)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        with socket.socket() as free:
            resource.setrlimit(resource.RLIMIT_NOFILE, (free.fileno() + 1, hard))
            await self.assertFailure(Deferred.fromCoroutine(connect_tcp(reactor, "127.0.0.1", port, 5.0)), Overloaded)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        self.serving.add(await connect_tcp(reactor, "127.0.0.1", port, 5.0))

    async def test_tcp_by_address_and_name(self) -> None:
        """An address and a name lead to the same listener."""
        port = self.serving.listen(self.accepted)
        for host in ("127.0.0.1", "localhost"):
            stream = self.serving.add(await connect_tcp(reactor, host, port, 5.0))
            await Collector(stream).until_has(b"hi")

    async def test_refused(self) -> None:
        """A port on which nobody listens is unreachable, and the operator learns why."""
        sock = listening_socket()
        port = sock.getsockname()[1]
        sock.close()
        with self.assertRaises(Unreachable) as caught:
            await connect_tcp(reactor, "127.0.0.1", port, 5.0)
        self.assertIn("refused", caught.exception.detail.lower())
        self.assertEqual("refused", caught.exception.cause)

    async def test_no_socket_file(self) -> None:
        """A unix socket that is not there is unreachable."""
        with self.assertRaises(Unreachable):
            await connect_unix(reactor, self.mktemp(), 5.0)

    async def test_cancelled(self) -> None:
        """Cancelling a connection under way leaves nothing behind."""
        sock = socket.socket()
        self.addCleanup(sock.close)
        sock.bind(("127.0.0.1", 0))
        sock.listen(0)
        port = sock.getsockname()[1]
        queue = [socket.socket() for _ in range(4)]
        for waiting in queue:
            self.addCleanup(waiting.close)
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        connecting = Deferred.fromCoroutine(connect_tcp(reactor, "127.0.0.1", port, 20.0))
        connecting.cancel()
        with self.assertRaises((CancelledError, Unreachable)):
            await connecting
        self.assertEqual([], [r for r in reactor.getWriters() if type(r).__name__ == "_Connecting"])

    async def test_timeout(self) -> None:
        """A peer that does not answer is unreachable after the time-out."""
        sock = socket.socket()
        self.addCleanup(sock.close)
        sock.bind(("127.0.0.1", 0))
        sock.listen(0)
        port = sock.getsockname()[1]
        queue = [socket.socket() for _ in range(4)]
        for waiting in queue:
            self.addCleanup(waiting.close)
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        with self.assertRaises(Unreachable) as caught:
            await connect_tcp(reactor, "127.0.0.1", port, 0.1)
        self.assertEqual("timeout", caught.exception.cause)

    async def test_no_such_name(self) -> None:
        """A name without an address is unreachable for that cause."""
        with self.assertRaises(Unreachable) as caught:
            await connect_tcp(reactor, "nowhere.invalid", 1, 5.0)
        self.assertEqual("name", caught.exception.cause)

    async def test_no_tls(self) -> None:
        """A peer that speaks no TLS, or says nothing to it, is unreachable for that cause."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        for receiver, cause in ((self.accepted, "tls"), (self.silent, "timeout")):
            port = self.serving.listen(receiver)
            with self.assertRaises(Unreachable) as caught:
                await connect_tls(reactor, "127.0.0.1", port, context, "x", 0.2)
            self.assertEqual(cause, caught.exception.cause)

    async def test_stream_of(self) -> None:
        """A socket that is connected already becomes a stream."""
        ours, theirs = socket.socketpair()
        stream = self.serving.add(stream_of(reactor, ours))
        theirs.sendall(b"hi")
        await Collector(stream).until_has(b"hi")
        theirs.close()
