"""
Tests for L{arvgate.service.door}: a door over fakes, on real sockets.
"""

from __future__ import annotations

import os
import socket

import attrs
from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from arvgate.config import Config
from arvgate.config.model import LimitsConfig
from arvgate.directory.client import ControlLink
from arvgate.directory.server import Sources
from arvgate.errors import StoreUnavailable, Unreachable
from arvgate.net.connecting import connect_tcp, connect_tls
from arvgate.net.http_client import ClientConnection
from arvgate.net.stream import Stream
from arvgate.net.tally import Tally
from arvgate.net.tls import TLSStream
from arvgate.service.door import Door, Known, make_door
from arvgate.service.opening import read_pairs
from arvgate.service.settings import door_settings
from arvgate.service.tls import server_context
from arvgate.wire.http1.head import ResponseHead
from test.contract.memory import MemoryWorld
from test.directory.joined import RemoteWorld
from test.net.certificates import client_context
from test.net.serving import Collector, listening_socket
from test.service.clusters import CLUSTER, HOST, make_cluster

REQUEST = b"GET /arvados/v1/config HTTP/1.1\r\nHost: " + HOST + b"\r\n\r\n"


class DoorCase(TestCase):
    """A door that knows what fakes know; the record API accepts and never answers."""

    def setUp(self) -> None:
        """The fakes and the settings."""
        self.world = MemoryWorld()
        self.config: Config = make_cluster(self.mktemp(), 0).config
        self.settings = door_settings(self.config)
        self.api_path = os.path.relpath(self.mktemp())
        self.api = socket.socket(socket.AF_UNIX)
        self.api.bind(self.api_path)
        self.api.listen(10)
        self.addCleanup(self.api.close)
        self.is_available = True
        self.streams: list[Stream] = []

    def available(self) -> None:
        """Whether control is there."""
        if not self.is_available:
            raise StoreUnavailable()

    def door(
        self,
        link: ControlLink | None = None,
        patience: float = 0.0,
        drain: float = 5.0,
        tally: Tally | None = None,
    ) -> Door:
        """A door."""
        world = self.world
        sources = Sources(world.tokens, world.directory, world.issuer, world.feed, world.waiting)
        known = Known(sources, self.available, link, tally or Tally())
        context = server_context(read_pairs(self.config))
        https, http = [listening_socket()], [listening_socket()]
        door = make_door(self.settings, reactor, https, http, context, known, self.api_path, patience, drain)
        self.port, self.plain_port = door.ports
        self.addCleanup(door.stop)
        return door

    async def connect(self) -> TLSStream:
        """Connect to the door."""
        stream = await connect_tls(reactor, "127.0.0.1", self.port, client_context(), "localhost", 5.0)
        self.addCleanup(stream.abort)
        return stream

    async def get(self, host: bytes) -> ResponseHead:
        """Ask for a page."""
        head, _ = await ClientConnection(await self.connect()).request(b"GET", b"/", [(b"Host", host)])
        return head


class ServeTests(DoorCase):
    """What a door answers."""

    async def test_container(self) -> None:
        """A container that is not for strangers is not there for them, one that does not run yet is waited for."""
        await self.door().start()
        owner = await self.world.add_user()
        container, _ = await self.world.add_container(owner)
        host = f"{container}-8080-http.{CLUSTER}.localhost:8443".encode()
        self.world.memory_directory.put_container(container, state="Queued", public_ports=(8080,))
        self.assertEqual(503, (await self.get(host)).status)
        self.world.memory_directory.put_container(container, state="Complete", public_ports=(8080,))
        self.assertEqual(410, (await self.get(host)).status)

    async def test_other_host(self) -> None:
        """A host that is none of ours is refused."""
        await self.door().start()
        self.assertEqual(421, (await self.get(b"elsewhere.example")).status)

    async def test_plain(self) -> None:
        """What comes without TLS is led to HTTPS; a trusted proxy's requests are answered."""
        for trusted, status in (((), 301), (("127.0.0.1/32",), 421)):
            self.settings = attrs.evolve(self.settings, trusted_proxies=trusted)
            await self.door().start()
            stream = await connect_tcp(reactor, "127.0.0.1", self.plain_port, 5.0)
            self.addCleanup(stream.abort)
            fields = [(b"Host", b"localhost"), (b"X-Forwarded-Proto", b"https")]
            head, _ = await ClientConnection(stream).request(b"GET", b"/login", fields)
            self.assertEqual(status, head.status)

    async def test_another_context(self) -> None:
        """Another certificate is shown from then on, and connections that are open stay."""
        door = self.door()
        await door.start()
        client = await self.connect()
        before = client.peer_certificate()
        door.use(server_context(read_pairs(make_cluster(self.mktemp(), 0).config)))
        self.assertNotEqual(before, (await self.connect()).peer_certificate())
        head, _ = await ClientConnection(client).request(b"GET", b"/", [(b"Host", b"elsewhere.example")])
        self.assertEqual(421, head.status)

    async def test_no_handshake(self) -> None:
        """Who does not speak TLS gets nothing but an alert, if anything, and the end; others are served meanwhile."""
        await self.door().start()
        hello = b"\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03"
        for said in (
            b"GET / HTTP/1.1\r\nHost: " + HOST + b"\r\n\r\n",
            b"\x00" * 100,
            bytes(range(256)) * 256,
            hello + b"\xff" * 400,
            hello.replace(b"\x03\x01", b"\x03\x00") + bytes(300),
            b"SSH-2.0-OpenSSH_9.2\r\n",
        ):
            client = Collector(await connect_tcp(reactor, "127.0.0.1", self.port, 5.0))
            client.stream.write(said)
            await client.until_over()
            client.stream.abort()
            self.assertIn(client.data[:2], (b"", b"\x15\x03"), said[:20])
            self.assertLess(len(client.data), 20)
        client = Collector(await connect_tcp(reactor, "127.0.0.1", self.port, 5.0))
        client.stream.write(hello)
        self.assertEqual(421, (await self.get(b"elsewhere.example")).status)
        client.stream.abort()

    def test_no_context(self) -> None:
        """A door for TLS cannot be made without a context."""
        sources = Sources(
            self.world.tokens, self.world.directory, self.world.issuer, self.world.feed, self.world.waiting
        )
        known = Known(sources, self.available)
        with listening_socket() as sock, self.assertRaises(AssertionError):
            make_door(self.settings, reactor, [sock], [], None, known, self.api_path)

    async def test_no_control(self) -> None:
        """While control is away requests are answered with 503, also those that memory could answer."""
        await self.door().start()
        owner = await self.world.add_user()
        container, _ = await self.world.add_container(owner)
        host = f"{container}-8080-http.{CLUSTER}.localhost:8443".encode()
        self.world.memory_directory.put_container(container, state="Complete", public_ports=(8080,))
        self.assertEqual(410, (await self.get(host)).status)
        self.is_available = False
        self.assertEqual(503, (await self.get(host)).status)

    async def test_too_many_connections(self) -> None:
        """One connection more than its share is turned away, and there is room again when one has ended."""
        self.settings = attrs.evolve(self.settings, limits=LimitsConfig(connections=4))
        await self.door().start()
        first = [Collector(await self.connect()) for _ in range(2)]
        await self.assertFailure(Deferred.fromCoroutine(self.connect()), Unreachable)
        for one in first:
            self.assertIsNone(one.lost)
        first[0].stream.close()
        await first[0].until_over()
        second = Collector(await self.connect())
        second.stream.write(b"GET / HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n")
        await second.until_has(b"421")


class WaitTests(DoorCase):
    """A door whose control is another process."""

    async def test_waits_for_control(self) -> None:
        """It opens when control is there."""
        remote = RemoteWorld(reactor)
        remote.endpoint.refuses = True
        starting = Deferred.fromCoroutine(self.door(remote.link, patience=10.0).start())
        asked = Deferred.fromCoroutine(self.connect())
        reactor.callLater(0.05, setattr, remote.endpoint, "refuses", False)
        await starting
        await asked
        await remote.stop()

    async def test_does_not_wait_for_ever(self) -> None:
        """It opens without control when patience is over."""
        remote = RemoteWorld(reactor)
        remote.endpoint.refuses = True
        await self.door(remote.link, patience=0.05).start()
        await self.connect()


class StopTests(DoorCase):
    """A door that closes."""

    async def ask(self) -> Collector:
        """Put a question that the API has taken and does not answer."""
        client = Collector(await self.connect())
        client.stream.write(REQUEST)
        self.api.settimeout(5.0)
        self.upstream, _ = await deferToThread(self.api.accept)
        self.addCleanup(self.upstream.close)
        return client

    async def test_idle(self) -> None:
        """Idle connections end at once, and nothing is accepted any more."""
        door = self.door()
        closed: list[bool] = []
        door.closed = lambda: closed.append(True)
        await door.start()
        client = Collector(await self.connect())
        began = reactor.seconds()
        await door.stop()
        await client.until_over()
        self.assertLess(reactor.seconds() - began, 3.0)
        self.assertEqual([True], closed)
        with socket.socket() as probe:
            self.assertNotEqual(0, probe.connect_ex(("127.0.0.1", self.port)))

    async def test_drains(self) -> None:
        """An exchange that is under way comes to its end first."""
        door = self.door()
        await door.start()
        client = await self.ask()
        stopping = Deferred.fromCoroutine(door.stop())
        self.assertNoResult(stopping)
        self.upstream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        await stopping
        await client.until_over()
        self.assertTrue(client.data.endswith(b"hello"))

    async def test_drains_not_for_ever(self) -> None:
        """One that does not end is broken off when its time is over."""
        door = self.door(drain=0.05)
        await door.start()
        client = await self.ask()
        await door.stop()
        await client.until_over()

    async def test_not_started(self) -> None:
        """A door that never opened can be stopped."""
        await self.door().stop()
