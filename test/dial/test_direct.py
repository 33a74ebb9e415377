"""
Tests for L{arvgate.dial.direct}: real sockets, real and false runners.
"""

from __future__ import annotations

import secrets
from typing import Any

import attrs
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from arvgate.dial.direct import DirectDialer, Route
from arvgate.errors import ArvgateError, NotReady, PeerFault, ProofRefused, Unreachable
from arvgate.model.grants import Grant
from arvgate.model.locations import Listing
from arvgate.model.principals import ANYBODY
from arvgate.net.connecting import connect_tcp
from arvgate.net.http_client import ClientConnection
from arvgate.net.http_exchange import Exchange
from arvgate.net.stream import Receiver, Stream
from test.dial.false_runners import Knowing, Resetting, Splice, echoing, impostor_context, knowing_nothing
from test.net.serving import Collector, listening_socket, reactor
from test.runner.door_world import EARLIER_SECRET, NOW, PORT, SECRET, UUID, DoorWorld

LISTING = Listing(
    container_uuid=UUID,
    target_uuid=UUID,
    port=PORT,
    state="Running",
    gateway_address="",
    lock_count=3,
    requests=(),
    auth_secret=SECRET,
)
REQUEST = [
    (b"Host", b"runner"),
    (b"X-Arvados-Target-Uuid", UUID.encode()),
    (b"X-Arvados-Target-Port", b"%d" % PORT),
    (b"X-Arvados-Request-Host", b"app.example"),
]


class DialTests(TestCase):
    """Ways to runners."""

    timeout = 60

    async def setUp(self) -> None:
        """An open runner's door, and a gateway's dialer."""
        self.world = DoorWorld()
        self.serving = self.world.serving
        self.now = NOW
        await self.world.start()
        self.dialer = DirectDialer(reactor, self.serving.wheel, lambda: self.now, secrets.randbelow, timeout=2.0)

    async def tearDown(self) -> None:
        """Everything closed."""
        self.dialer.close()
        await self.world.stop()

    def route(self, address: str | None = None, **changes: Any) -> Route:
        """A way to the runner, or to whoever is at that address."""
        address = self.world.door.address if address is None else address
        listing = attrs.evolve(LISTING, gateway_address=address, **changes)
        return self.dialer.route(Grant(principal=ANYBODY, listing=listing))

    async def lease(self, route: Route) -> ClientConnection:
        """A connection, closed at the end of the test."""
        connection = await route.lease()
        self.serving.add(connection.stream)
        return connection

    async def refused(self, kind: type[ArvgateError], route: Route) -> ArvgateError:
        """How a lease fails."""
        error: ArvgateError = await self.assertFailure(Deferred.fromCoroutine(route.lease()), kind)
        if isinstance(error, PeerFault):
            self.assertEqual("gateway → runner", error.hop)
        return error

    async def test_genuine(self) -> None:
        """A connection to the real runner is proven, and carries requests."""
        connection = await self.lease(self.route())
        head, body = await connection.request(b"GET", b"/", REQUEST)
        self.assertEqual((200, self.world.app.body), (head.status, body))

    async def test_kept(self) -> None:
        """A connection that was given back is used again."""
        connection = await self.lease(self.route())
        await connection.request(b"GET", b"/", REQUEST)
        connection.release()
        self.assertIs(connection, await self.route().lease())

    async def test_fresh(self) -> None:
        """A new connection is made where one is asked for."""
        connection = await self.lease(self.route())
        connection.release()
        fresh = await self.route().lease(fresh=True)
        self.serving.add(fresh.stream)
        self.assertIsNot(connection, fresh)

    async def test_kept_for_one_attempt(self) -> None:
        """A kept connection is for one attempt of one container: the next one proves itself anew."""
        connection = await self.lease(self.route())
        connection.release()
        await self.refused(ProofRefused, self.route(lock_count=4, auth_secret=EARLIER_SECRET))
        await self.refused(ProofRefused, self.route(container_uuid="zzzzz-dz642-bbbbbbbbbbbbbbb"))

    async def test_no_alpn(self) -> None:
        """Who does not speak our protocol gets not one byte of HTTP."""
        for protocol in ("", "http/1.1"):
            seen: list[Collector] = []

            def accepted(stream: Stream, seen: list[Collector] = seen) -> Receiver:
                seen.append(Collector(self.serving.add(stream)))
                return seen[-1]

            port = self.serving.listen(accepted, impostor_context(protocol, newest=False))
            error = await self.refused(ProofRefused, self.route(f"127.0.0.1:{port}"))
            self.assertIn("arvgate/1", error.detail)
            await seen[0].until_over()
            self.assertEqual(b"", seen[0].data)

    async def test_false_runner(self) -> None:
        """Who knows no secret gets the proof, nothing else, and is left."""
        for lie in (knowing_nothing, echoing):
            heads: list[tuple[bytes, bytes]] = []

            async def respond(exchange: Exchange, lie: Any = lie, heads: Any = heads) -> None:
                heads.append((exchange.head.method, exchange.head.target))
                await lie(exchange)

            port = self.serving.serve(respond, impostor_context())
            await self.refused(ProofRefused, self.route(f"127.0.0.1:{port}"))
            self.assertEqual([(b"HEAD", b"/arvgate/proof")], heads)

    async def test_in_between(self) -> None:
        """Who ends TLS on both sides and passes the proof on is refused by the real runner, and so by us."""
        real = self.world.door.address

        async def respond(exchange: Exchange) -> None:
            gateway = await self.world.connect(address=real)
            head, _ = await gateway.client.request(b"HEAD", exchange.head.target, exchange.head.headers)
            exchange.respond(head.status, [(name, value) for name, value in head.headers if name[:2] == b"X-"])

        port = self.serving.serve(respond, impostor_context())
        # Even where the record says this address, the certificate is another one.
        self.world.door.address = f"127.0.0.1:{port}"
        error = await self.refused(ProofRefused, self.route(f"127.0.0.1:{port}"))
        self.assertIn("401", error.detail)

    async def test_more_than_asked(self) -> None:
        """A right answer with a byte too many, or that ends the connection, is no basis."""
        for more, surplus in ((b"", b"x"), (b"Connection: close\r\n", b"")):
            port = self.serving.listen(
                lambda stream, more=more, surplus=surplus: Knowing(self.serving.add(stream), more, surplus),
                impostor_context(),
            )
            error = await self.refused(ProofRefused, self.route(f"127.0.0.1:{port}"))
            self.assertIn("closes", error.detail)

    async def test_clocks(self) -> None:
        """Differing clocks are named with their difference, not in the sentence for everybody."""
        for skew in (100, -100):
            self.now = NOW - skew
            error = await self.refused(ProofRefused, self.route())
            self.assertIn(f"{skew} s", error.detail)
            self.assertNotIn("100", error.sentence)
            self.assertEqual(skew, getattr(error, "skew", None))

    async def test_reset_twice(self) -> None:
        """A runner that resets before its first byte was not tried: the third attempt counts."""
        host, _, number = self.world.door.address.rpartition(":")
        real = await connect_tcp(reactor, host, int(number), 2.0)
        self.serving.add(real)

        def joined(stream: Stream) -> Receiver:
            real.receiver = Splice(stream)
            real.start()
            return Splice(real)

        front = Resetting(self.serving, 2, joined)
        self.addCleanup(front.listener.stop)
        self.world.door.address = f"127.0.0.1:{front.port}"
        await self.lease(self.route())
        self.assertEqual(3, front.accepted)

    async def test_always_reset(self) -> None:
        """After three attempts it is unreachable."""
        front = Resetting(self.serving, 99)
        self.addCleanup(front.listener.stop)
        await self.refused(Unreachable, self.route(f"127.0.0.1:{front.port}"))
        self.assertEqual(3, front.accepted)

    async def test_nobody_there(self) -> None:
        """Where nobody listens it is unreachable."""
        sock = listening_socket()
        port = sock.getsockname()[1]
        sock.close()
        await self.refused(Unreachable, self.route(f"127.0.0.1:{port}"))

    async def test_silent(self) -> None:
        """A peer that shakes hands and then says nothing is given up."""
        self.dialer = DirectDialer(reactor, self.serving.wheel, lambda: self.now, secrets.randbelow, timeout=0.2)
        port = self.serving.listen(lambda stream: Collector(self.serving.add(stream)), impostor_context())
        await self.refused(Unreachable, self.route(f"127.0.0.1:{port}"))

    async def test_addresses(self) -> None:
        """An address that is none cannot be dialed; a missing one is not there yet."""
        for address in (
            "tunnel https://x:1/",
            "127.0.0.1",
            "127.0.0.1:0",
            "127.0.0.1:65536",
            "127.0.0.1:080",
            "a b:1",
            ":1",
        ):
            await self.refused(Unreachable, self.route(address))
        await self.refused(NotReady, self.route(""))
        await self.refused(NotReady, self.route(auth_secret=""))
