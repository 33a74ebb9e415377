"""What the tests of container hosts share."""

from __future__ import annotations

from twisted.trial.unittest import TestCase

from arvgate.model.tokens import Token, parse_token
from arvgate.wire.cookies import OUR_COOKIE, decode_token
from arvgate.wire.http1.head import Headers, ResponseHead
from test.edge.https.world import (
    HOST,
    EdgeWorld,
)

__all__ = ["ContainerCase"]


class ContainerCase(TestCase):
    """A world to ask."""

    timeout = 60

    async def setUp(self) -> None:
        """Everything open."""
        self.world = EdgeWorld()
        self.app = self.world.app
        self.alice = self.world.alice
        self.bob = self.world.bob
        await self.world.start()

    async def tearDown(self) -> None:
        """Everything closed."""
        await self.world.stop()

    async def status(
        self, host: str = HOST, target: str = "/", headers: Headers | None = None, method: str = "GET"
    ) -> int:
        """The status of a request."""
        head, _ = await self.world.ask(host, target, headers, method)
        return head.status

    def location(self, head: ResponseHead) -> str:
        """Where a redirect leads; it leaves no trace."""
        self.assertEqual(303, head.status)
        self.assertEqual((b"no-store", b"no-referrer"), (head.get(b"cache-control"), head.get(b"referrer-policy")))
        return (head.get(b"location") or b"").decode()

    def cookie_token(self, head: ResponseHead) -> Token:
        """The token in the cookie that an answer sets."""
        (value,) = head.get_all(b"set-cookie")
        pair, *attributes = value.decode().split("; ")
        self.assertEqual(["Path=/", "Secure", "HttpOnly", "SameSite=Lax"], attributes[:4])
        self.assertTrue(attributes[4].startswith("Expires="))
        name, _, text = pair.partition("=")
        self.assertEqual(OUR_COOKIE, name)
        token = parse_token(decode_token(text) or "")
        assert token is not None
        return token
