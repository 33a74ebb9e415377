"""
Tests of L{arvgate.edge.https.cross_origin}.
"""

from __future__ import annotations

import json

from arvgate.errors import StoreUnavailable
from arvgate.wire.http1.head import Headers, ResponseHead
from test.edge.https.case import ContainerCase
from test.edge.https.world import ALICE, HOST, OTHER_UUID, REQUEST_HOST, REQUEST_UUID
from test.runner.door_world import PORT, UUID

SIBLING = f"https://{UUID}-9000-http.c.example:8443"
BY_REQUEST = f"https://{REQUEST_UUID}-9000.c.example:8443"
NEIGHBOUR = f"https://{OTHER_UUID}-80-http.c.example:8443"
STRANGERS = ("https://evil.example", "null", "https://api.example:8443", f"http://{HOST}", SIBLING + ".evil.example")


def fetch(origin: str, *more: tuple[bytes, bytes]) -> Headers:
    """What a browser sends with a page's request to another origin."""
    return [
        (b"Origin", origin.encode()),
        (b"Sec-Fetch-Site", b"same-site"),
        (b"Sec-Fetch-Mode", b"cors"),
        (b"Sec-Fetch-Dest", b"empty"),
        *more,
    ]


class CrossOriginCase(ContainerCase):
    """Pages that ask from elsewhere."""

    def allows(self, head: ResponseHead) -> list[bytes]:
        """The origins that may read an answer, with credentials."""
        origins = head.get_all(b"access-control-allow-origin")
        self.assertEqual([b"true"] * len(origins), head.get_all(b"access-control-allow-credentials"))
        self.assertEqual(bool(origins), b"Origin" in head.get_all(b"vary"))
        return origins


class ErrorTests(CrossOriginCase):
    """Errors of the door's own."""

    async def test_siblings_read(self) -> None:
        """A page of another port of the same container reads what is wrong."""
        cookie = self.world.cookie(self.alice)
        for origin in (SIBLING, BY_REQUEST):
            head, body = await self.world.ask(HOST, "/", fetch(origin))
            self.assertEqual((401, [origin.encode()]), (head.status, self.allows(head)))
            self.assertIn("errors", json.loads(body))
            head, _ = await self.world.ask(HOST.replace(f"-{PORT}-", "-81-"), "/", fetch(origin, cookie))
            self.assertEqual((502, [origin.encode()]), (head.status, self.allows(head)))
        self.world.directory.put_container(UUID, state="Locked")
        head, _ = await self.world.ask(HOST, "/", fetch(SIBLING, cookie))
        self.assertEqual((503, [SIBLING.encode()]), (head.status, self.allows(head)))
        self.assertEqual(b"Retry-After", head.get(b"access-control-expose-headers"))

    async def test_names(self) -> None:
        """So does a page of a name of the same container, and one that asks a name; another container's does not."""
        self.world.directory.publish_name("lab", REQUEST_UUID, PORT)
        self.world.directory.put_container(OTHER_UUID)
        self.world.directory.put_request("zzzzz-xvhdp-ooooooooooooooo", OTHER_UUID, writers={ALICE})
        self.world.directory.publish_name("other", "zzzzz-xvhdp-ooooooooooooooo", 80)
        named = "lab.c.example:8443"
        for host, origin, allowed in (
            (HOST, f"https://{named}", True),
            (named, SIBLING, True),
            (REQUEST_HOST, f"https://{named}", True),
            (HOST, "https://other.c.example:8443", False),
            (named, NEIGHBOUR, False),
            ("nobodys.c.example:8443", SIBLING, False),
        ):
            head, _ = await self.world.ask(host, "/", fetch(origin))
            self.assertEqual((401, [origin.encode()] * allowed), (head.status, self.allows(head)), (host, origin))

    async def test_others(self) -> None:
        """Any other page reads nothing, whether somebody is logged in or not; nor does the app's own answer change."""
        for origin in (NEIGHBOUR, *STRANGERS):
            for more, status in (((), 401), ((self.world.cookie(self.alice),), 403)):
                head, _ = await self.world.ask(HOST, "/", fetch(origin, *more))
                self.assertEqual((status, []), (head.status, self.allows(head)), origin)
        head, _ = await self.world.ask(HOST, "/", fetch(SIBLING, self.world.cookie(self.alice)))
        self.assertEqual((200, []), (head.status, self.allows(head)))

    async def test_store_is_away(self) -> None:
        """While the records cannot be asked the answer is an error all the same."""
        self.world.directory.fail_next(StoreUnavailable(), StoreUnavailable())
        head, _ = await self.world.ask("lab.c.example:8443", "/", fetch(SIBLING))
        self.assertEqual((503, []), (head.status, self.allows(head)))


class PreflightTests(CrossOriginCase):
    """Questions of browsers before the request itself, without cookies."""

    WANTED = ((b"Access-Control-Request-Method", b"PUT"), (b"Access-Control-Request-Headers", b"content-type,x-a"))

    async def test_answered(self) -> None:
        """It is answered for a page of any container, alike for what exists and what does not, without the app."""
        for host in (HOST, HOST.replace(UUID, OTHER_UUID), "nobodys.c.example:8443"):
            for origin in (SIBLING, NEIGHBOUR, "https://lab.c.example:8443"):
                head, body = await self.world.ask(host, "/p", fetch(origin, *self.WANTED), "OPTIONS")
                self.assertEqual((204, b"", [origin.encode()]), (head.status, body, self.allows(head)))
                self.assertEqual(b"PUT", head.get(b"access-control-allow-methods"))
                self.assertEqual(b"content-type,x-a", head.get(b"access-control-allow-headers"))
        self.assertEqual([], self.app.seen)

    async def test_then_the_request(self) -> None:
        """What was allowed to be sent is judged when it comes: a sibling's request passes, a neighbour's does not."""
        cookie = self.world.cookie(self.alice)
        for origin, status in ((SIBLING, 200), (NEIGHBOUR, 403)):
            head, _ = await self.world.ask(HOST, "/p", fetch(origin, cookie), "PUT", b"x")
            self.assertEqual(status, head.status)

    async def test_no_preflight(self) -> None:
        """Other pages, other methods, and what has not the form of one get the error."""
        for origin in STRANGERS:
            head, _ = await self.world.ask(HOST, "/", fetch(origin, *self.WANTED), "OPTIONS")
            self.assertEqual((401, []), (head.status, self.allows(head)), origin)
        for method, more in (
            ("OPTIONS", ()),
            ("OPTIONS", ((b"Access-Control-Request-Method", b"PUT, GET"),)),
            ("OPTIONS", (self.WANTED[0], self.WANTED[0])),
            ("PUT", self.WANTED),
        ):
            head, _ = await self.world.ask(HOST, "/", fetch(SIBLING, *more), method)
            self.assertEqual(401, head.status, more)
        odd = (b"Access-Control-Request-Headers", b"x\xe4")
        head, _ = await self.world.ask(HOST, "/", fetch(SIBLING, self.WANTED[0], odd), "OPTIONS")
        self.assertEqual((204, None), (head.status, head.get(b"access-control-allow-headers")))

    async def test_public(self) -> None:
        """A public app gets it, whoever asks."""
        self.world.directory.put_request(REQUEST_UUID, UUID, writers={ALICE}, public_ports=[PORT])
        self.world.directory.put_container(UUID, public_ports=[PORT])
        for origin in (SIBLING, "https://evil.example"):
            head, _ = await self.world.ask(HOST, "/p", fetch(origin, *self.WANTED), "OPTIONS")
            self.assertEqual((200, b"OPTIONS", []), (head.status, self.app.last.method, self.allows(head)))
