"""
Tests for L{arvgate.runner.door}: who is let in.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from arvgate.errors import Unreachable
from arvgate.net.connecting import connect_tcp
from arvgate.wire.proof import (
    AUTHORIZATION,
    RESPONSE,
    RUNNER_TIME,
    TARGET_UUID,
    certificate_sha256,
    response_for,
)
from test.net.serving import Collector, reactor
from test.runner.door_world import EARLIER_SECRET, NOW, PORT, SECRET, UUID, DoorWorld, GatewayConnection, closed

OTHER = "zzzzz-dz642-bbbbbbbbbbbbbbb"
REQUEST = [
    (b"Host", b"runner"),
    (b"X-Arvados-Target-Uuid", UUID.encode()),
    (b"X-Arvados-Target-Port", b"%d" % PORT),
    (b"X-Arvados-Request-Host", b"app.example"),
]


class ProofTests(TestCase):
    """Gateways prove themselves before anything else."""

    timeout = 60

    async def setUp(self) -> None:
        """An open door."""
        self.world = DoorWorld()
        await self.world.start()

    async def tearDown(self) -> None:
        """No door."""
        await self.world.stop()

    async def refused(self, gateway: GatewayConnection, status: int, **changes: object) -> dict[bytes, bytes]:
        """A proof gets that status and no answer to it, the connection is closed and the app saw nothing."""
        got, fields = await gateway.prove(**changes)  # type: ignore[arg-type]
        self.assertEqual(status, got)
        self.assertNotIn(RESPONSE.lower(), fields)
        await closed(gateway.client)
        self.assertEqual([], self.world.app.seen)
        return dict(fields)

    def test_address(self) -> None:
        """The address is the host it was given and the port it got."""
        self.assertRegex(self.world.door.address, r"\A127\.0\.0\.1:[1-9][0-9]+\Z")

    async def test_genuine(self) -> None:
        """The right proof is answered with the runner's own."""
        gateway = await self.world.connect()
        proof = gateway.proof()
        status, fields = await gateway.prove(proof.value)
        self.assertEqual(200, status)
        self.assertEqual(response_for(SECRET, proof.mac), fields[RESPONSE.lower()])

    async def test_none(self) -> None:
        """A request without any proof is refused with 401, and so is one to the proof's path."""
        gateway = await self.world.connect()
        head, _ = await gateway.client.request(b"GET", b"/", REQUEST)
        self.assertEqual(401, head.status)
        await closed(gateway.client)
        gateway = await self.world.connect()
        status, fields = await gateway.head([(TARGET_UUID, UUID.encode())])
        self.assertEqual(401, status)
        self.assertNotIn(RESPONSE.lower(), fields)
        self.assertEqual([], self.world.app.seen)

    async def test_old(self) -> None:
        """A proof made more than a minute ago is refused with the runner's time."""
        fields = await self.refused(await self.world.connect(), 401, seconds=int(NOW) - 61)
        self.assertEqual(b"%d" % NOW, fields[RUNNER_TIME.lower()])

    async def test_future(self) -> None:
        """A proof from more than a minute ahead is refused likewise."""
        fields = await self.refused(await self.world.connect(), 401, seconds=int(NOW) + 61)
        self.assertEqual(b"%d" % NOW, fields[RUNNER_TIME.lower()])

    async def test_within_the_window(self) -> None:
        """Clocks that differ by a minute are good enough."""
        for seconds in (int(NOW) - 60, int(NOW) + 60):
            gateway = await self.world.connect()
            status, _ = await gateway.prove(seconds=seconds)
            self.assertEqual(200, status)

    async def test_replayed(self) -> None:
        """A proof is good once, on the same connection and on another."""
        gateway = await self.world.connect()
        proof = gateway.proof()
        self.assertEqual(200, (await gateway.prove(proof.value))[0])
        self.assertEqual(401, (await gateway.prove(proof.value))[0])
        self.world.now += 119
        again = await self.world.connect()
        fields = await self.refused(again, 401, value=again.proof(rand=proof.rand, seconds=int(NOW) + 60).value)
        self.assertNotIn(RUNNER_TIME.lower(), fields)

    async def test_another_container(self) -> None:
        """A request for another container gets 502, a proof for another one 401."""
        gateway = await self.world.connect()
        value = gateway.proof(uuid=OTHER).value
        status, fields = await gateway.head([(TARGET_UUID, OTHER.encode()), (AUTHORIZATION, value)])
        self.assertEqual(502, status)
        self.assertNotIn(RESPONSE.lower(), fields)
        await closed(gateway.client)
        await self.refused(await self.world.connect(), 401, uuid=OTHER)

    async def test_another_address(self) -> None:
        """A proof for another address is refused."""
        await self.refused(await self.world.connect(), 401, gateway_address="127.0.0.1:1")

    async def test_another_certificate(self) -> None:
        """A proof for another certificate is refused: somebody is in between."""
        await self.refused(await self.world.connect(), 401, certificate=certificate_sha256(b"another"))

    async def test_earlier_lock(self) -> None:
        """The secret of an earlier lock of the same container is of no use."""
        await self.refused(await self.world.connect(), 401, secret=EARLIER_SECRET)

    async def test_no_agreed_protocol(self) -> None:
        """A peer that did not agree on arvgate/1 is refused with 401, whatever it proves."""
        for protocols in ((), ("http/1.1",), ("h2", "http/1.1")):
            await self.refused(await self.world.connect(protocols), 401)

    async def test_no_tls(self) -> None:
        """Plain HTTP gets no answer."""
        host, _, port = self.world.door.address.rpartition(":")
        client = Collector(self.world.serving.add(await connect_tcp(reactor, host, int(port), 5.0)))
        client.stream.write(b"HEAD /arvgate/proof HTTP/1.1\r\nHost: h\r\n\r\n")
        await client.until_over()
        self.assertNotIn(b"HTTP", client.data)

    async def test_malformed(self) -> None:
        """What is not exactly one proof is refused."""
        gateway = await self.world.connect()
        await self.refused(gateway, 401, value=b"Bearer x")
        gateway = await self.world.connect()
        pair = [(AUTHORIZATION, gateway.proof().value), (AUTHORIZATION, gateway.proof().value)]
        status, _ = await gateway.head([(TARGET_UUID, UUID.encode()), *pair])
        self.assertEqual(401, status)

    async def test_no_container(self) -> None:
        """A request that names no container, or two, gets 502."""
        for names in ([], [UUID, UUID], [UUID, OTHER], [""]):
            gateway = await self.world.connect()
            headers = [(TARGET_UUID, name.encode()) for name in names]
            status, _ = await gateway.head([*headers, (AUTHORIZATION, gateway.proof().value)])
            self.assertEqual(502, status, names)

    async def test_each_connection(self) -> None:
        """What was proved on one connection does not hold on another."""
        await self.world.proven()
        gateway = await self.world.connect()
        head, _ = await gateway.client.request(b"GET", b"/", REQUEST)
        self.assertEqual(401, head.status)

    async def test_once_per_connection(self) -> None:
        """On a proven connection requests need no further proof."""
        client = await self.world.proven()
        for _ in range(2):
            head, body = await client.request(b"GET", b"/", REQUEST)
            self.assertEqual((200, self.world.app.body), (head.status, body))
            self.assertIsNone(head.get(RESPONSE.lower()))

    async def test_checked_wherever_present(self) -> None:
        """A further proof on a proven connection is checked as well, and answered."""
        gateway = await self.world.connect()
        await gateway.prove()
        proof = gateway.proof()
        head, _ = await gateway.client.request(b"GET", b"/", [*REQUEST, (AUTHORIZATION, proof.value)])
        self.assertEqual((200, response_for(SECRET, proof.mac)), (head.status, head.get(RESPONSE.lower())))
        wrong = gateway.proof(secret=EARLIER_SECRET)
        head, _ = await gateway.client.request(b"GET", b"/", [*REQUEST, (AUTHORIZATION, wrong.value)])
        self.assertEqual(401, head.status)
        self.assertEqual(1, len(self.world.app.seen))

    async def test_first_request_with_proof(self) -> None:
        """The proof may also come with the first proxied request."""
        gateway = await self.world.connect()
        head, body = await gateway.client.request(b"GET", b"/", [*REQUEST, (AUTHORIZATION, gateway.proof().value)])
        self.assertEqual((200, self.world.app.body), (head.status, body))

    async def test_stop(self) -> None:
        """A closed door accepts nobody and keeps nobody."""
        client = await self.world.proven()
        await self.world.door.stop()
        await closed(client)
        await self.assertFailure(Deferred.fromCoroutine(self.world.connect()), Unreachable)
