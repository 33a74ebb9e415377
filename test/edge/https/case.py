"""What the tests of container hosts share."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from arvgate.edge.https.options import DoorOptions
from arvgate.model.tokens import Token, parse_token
from arvgate.net.http_exchange import Exchange
from arvgate.wire.cookies import OUR_COOKIE, decode_token
from arvgate.wire.http1.head import Headers, ResponseHead
from test.edge.https.world import (
    HOST,
    EdgeWorld,
)
from test.net.serving import Collector

__all__ = ["ContainerCase"]


class ContainerCase(TestCase):
    """A world to ask."""

    timeout = 60

    options: DoorOptions | None = None

    async def setUp(self) -> None:
        """Everything open."""
        self.world = EdgeWorld()
        self.app = self.world.app
        self.alice = self.world.alice
        self.bob = self.world.bob
        await self.world.start(self.options)

    async def tearDown(self) -> None:
        """Everything closed."""
        await self.world.stop()

    async def status(
        self, host: str = HOST, target: str = "/", headers: Headers | None = None, method: str = "GET"
    ) -> int:
        """The status of a request."""
        head, _ = await self.world.ask(host, target, headers, method)
        return head.status

    async def stream(self, host: str, cookie: tuple[bytes, bytes]) -> Collector:
        """An answer of the app's that goes on."""

        async def endless(exchange: Exchange) -> None:
            exchange.begin(200, b"OK", [], open_ended=True)
            exchange.write(b"tick")
            await Deferred()

        self.app.respond = endless
        client = await self.world.raw()
        client.stream.write(b"GET / HTTP/1.1\r\nHost: %b\r\n%b: %b\r\n\r\n" % (host.encode(), *cookie))
        await client.until_has(b"tick")
        return client

    def location(self, head: ResponseHead) -> str:
        """Where a redirect leads; it leaves no trace."""
        self.assertEqual(303, head.status)
        self.assertEqual((b"no-store", b"no-referrer"), (head.get(b"cache-control"), head.get(b"referrer-policy")))
        return (head.get(b"location") or b"").decode()

    def cookie_token(self, head: ResponseHead, cookie: str = OUR_COOKIE) -> Token:
        """The token in the cookie that an answer sets."""
        (value,) = head.get_all(b"set-cookie")
        pair, *attributes = value.decode().split("; ")
        self.assertEqual(["Path=/", "Secure", "HttpOnly", "SameSite=Lax"], attributes[:4])
        self.assertTrue(attributes[4].startswith("Expires="))
        name, _, text = pair.partition("=")
        self.assertEqual(cookie, name)
        token = parse_token(decode_token(text) or "")
        assert token is not None
        return token
