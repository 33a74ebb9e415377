"""
Tests for L{arvgate.edge.https.hsts}.
"""

from __future__ import annotations

import attrs
from twisted.trial.unittest import SynchronousTestCase, TestCase

from arvgate.edge.https.hsts import FIELD, transport_security
from arvgate.edge.https.options import DoorOptions
from arvgate.wire.http1.head import ResponseHead
from test.edge.https.world import HOST, NAMES, EdgeWorld

DAY = 86400.0


class FieldTests(SynchronousTestCase):
    """Where the field belongs."""

    def test_usual_port(self) -> None:
        """It is sent for names on port 443, and says nothing of other names below."""
        for host in (b"api.example", b"api.example:443", b"X.apps.example", b"localhost.example"):
            self.assertEqual([(b"Strict-Transport-Security", b"max-age=86400")], transport_security(host, DAY), host)

    def test_elsewhere(self) -> None:
        """It is never sent on another port, nor for a name or an address of this machine, nor for an address."""
        for host in (
            b"api.example:8443",
            b"localhost",
            b"zzzzz.localhost",
            b"x.zzzzz.localhost",
            b"LOCALHOST:443",
            b"host.docker.internal",
            b"127.0.0.1",
            b"192.0.2.1",
            b"[::1]",
            b"[2001:db8::1]:443",
            b"not a host",
        ):
            self.assertEqual([], transport_security(host, DAY), host)

    def test_off(self) -> None:
        """No time, no field."""
        self.assertEqual([], transport_security(b"api.example", 0.0))


class AnswerTests(TestCase):
    """Which answers have it."""

    timeout = 60
    names = attrs.evolve(NAMES, api_port=443, port=443)
    host = HOST.partition(":")[0]

    async def given(self, host: str, options: DoorOptions, target: str = "/") -> tuple[int, list[bytes]]:
        """The status of an answer for Alice, and the values of the field in it."""
        world = self.world = EdgeWorld()
        await world.start(options)
        try:
            world.app.headers = [FIELD_OF_THE_APP]
            head: ResponseHead = (await world.ask(host, target, [world.cookie(world.alice)]))[0]
        finally:
            await world.stop()
        return head.status, head.get_all(FIELD.lower())

    async def test_every_answer(self) -> None:
        """Answers of apps, of the record API and our own have it; an app's own word is not passed on."""
        options = DoorOptions(self.names, hsts=DAY)
        for host, target, status in (
            (self.host, "/", 200),
            ("api.example", "/arvados/v1/x", 200),
            (self.host, "/.arvgate/", 404),
        ):
            self.assertEqual((status, [b"max-age=86400"]), await self.given(host, options, target), target)

    async def test_not_ours(self) -> None:
        """A host that is none of ours is told nothing."""
        self.assertEqual((421, []), await self.given("elsewhere.example", DoorOptions(self.names, hsts=DAY)))

    async def test_app_alone(self) -> None:
        """Where we say nothing, an app's own word is dropped all the same."""
        self.assertEqual((200, []), await self.given(HOST, DoorOptions(NAMES, hsts=DAY)))
        self.assertEqual((200, []), await self.given(self.host, DoorOptions(self.names)))


FIELD_OF_THE_APP = (b"strict-Transport-Security", b"max-age=1; includeSubDomains; preload")
