"""
Tests of names that ports are published under.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from test.edge.https.case import ContainerCase
from test.edge.https.world import ALICE, BOB, BROWSER, HOST, OTHER_UUID, REQUEST_UUID
from test.runner.door_world import PORT, UUID

NAMED = "lab.c.example:8443"
OTHER_REQUEST = "zzzzz-xvhdp-ooooooooooooooo"


class NameTests(ContainerCase):
    """Alice's port has the name C{lab}."""

    async def setUp(self) -> None:
        """Everything open."""
        await super().setUp()
        self.world.directory.publish_name("lab", REQUEST_UUID, PORT)

    async def test_token(self) -> None:
        """A token in the query becomes a cookie on the name's own host, where the browser stays."""
        for target in (f"/p?x=1&arvados_api_token={self.alice.v2}&baz", f"/p?x=1&api_token={self.alice.v2}&baz"):
            head, _ = await self.world.ask(NAMED, target, BROWSER)
            self.assertEqual("/p?x=1&baz", self.location(head))
            cookie = self.world.cookie(self.cookie_token(head))
            self.assertEqual(200, await self.status(NAMED, "/p", [cookie, *BROWSER]))
            self.assertEqual(NAMED.encode(), self.app.last.host)
        posted = await self.status(NAMED, f"/p?arvados_api_token={self.alice.v2}", method="POST")
        self.assertEqual((200, b"/p"), (posted, self.app.last.target))

    async def test_code(self) -> None:
        """So does a code for the name's host; one for the container's own host is worth nothing there."""
        for host, status in ((NAMED, 303), (HOST, 401)):
            code = await self.world.issuer.issue_code(self.alice, host, "/", 30.0, navigation=False)
            head, _ = await self.world.ask(NAMED, f"/p?x&arvgate_code={code}")
            self.assertEqual(status, head.status)
            if status == 303:
                self.assertEqual("/p?x", self.location(head))
                self.cookie_token(head)

    async def test_login(self) -> None:
        """Who is not logged in is asked to log in for the name; so is who asks for one that is nobody's."""
        for label in ("lab", "nobodys"):
            head, _ = await self.world.ask(f"{label}.c.example:8443", "/p", BROWSER)
            self.assertEqual({"to": [label], "path": ["/p"]}, parse_qs(urlsplit(self.location(head)).query))

    async def test_public(self) -> None:
        """Anybody enters a public port by its name; the others of the container stay private."""
        self.world.directory.put_request(REQUEST_UUID, UUID, writers={ALICE}, public_ports=[PORT])
        self.assertEqual(200, await self.status(NAMED))
        self.assertEqual(200, await self.status(NAMED, headers=BROWSER))
        self.world.directory.publish_name("lab", REQUEST_UUID, PORT + 1)
        self.assertEqual(401, await self.status(NAMED))

    async def test_outsider(self) -> None:
        """Who cannot read the request gets for its name the answer of a name that is nobody's."""
        for host in (NAMED, "nobodys.c.example:8443"):
            self.assertEqual(404, await self.status(host, headers=[self.world.cookie(self.bob)]))
        self.world.directory.put_request(REQUEST_UUID, UUID, writers={ALICE}, readers={BOB})
        self.assertEqual(403, await self.status(NAMED, headers=[self.world.cookie(self.bob)]))

    async def test_no_names(self) -> None:
        """Reserved names, and what no port can be published under, are no hosts of ours."""
        for label in ("www", "api", "login", "download", "zzzzz", "-lab", "lab-", "l.ab", "l_ab", UUID, "a" * 64):
            self.assertEqual(421, await self.status(f"{label}.c.example:8443"), label)

    async def test_taken_back(self) -> None:
        """When a name is taken back, what is open by it ends; what is open by the container's own host goes on."""
        cookie = self.world.cookie(self.alice)
        named, own = await self.stream(NAMED, cookie), await self.stream(HOST, cookie)
        self.world.directory.withdraw_name("lab")
        await named.until_over()
        self.assertEqual(404, await self.status(NAMED, headers=[cookie]))
        self.assertEqual(1, len(self.world.live))
        own.stream.abort()

    async def test_given_to_another(self) -> None:
        """A name that leads elsewhere now ends what is open, and its old cookie leads to the login, not in."""
        head, _ = await self.world.ask(NAMED, f"/?arvados_api_token={self.alice.v2}", BROWSER)
        old = self.world.cookie(self.cookie_token(head))
        client = await self.stream(NAMED, old)
        self.world.directory.put_container(OTHER_UUID)
        self.world.directory.put_request(OTHER_REQUEST, OTHER_UUID, writers={ALICE})
        self.world.directory.publish_name("lab", OTHER_REQUEST, PORT)
        await client.until_over()
        head, _ = await self.world.ask(NAMED, "/p", [old, *BROWSER])
        self.assertIn("/login?to=lab&", self.location(head))
        self.assertEqual(401, await self.status(NAMED, "/p", [old], "POST"))
        head, _ = await self.world.ask(NAMED, f"/p?arvados_api_token={self.alice.v2}", [old, *BROWSER])
        self.assertEqual("/p", self.location(head))
        new = self.world.cookie(self.cookie_token(head))
        self.assertEqual(502, await self.status(NAMED, "/p", [new, *BROWSER]))

    async def test_other_port_of_it(self) -> None:
        """The same name for another port of the same container lets nobody in by the old cookie, either."""
        head, _ = await self.world.ask(NAMED, f"/?arvados_api_token={self.alice.v2}", BROWSER)
        old = self.world.cookie(self.cookie_token(head))
        self.world.directory.publish_name("lab", REQUEST_UUID, PORT + 1)
        head, _ = await self.world.ask(NAMED, "/p", [old, *BROWSER])
        self.assertIn("/login?to=lab&", self.location(head))

    async def test_pages_of_a_name(self) -> None:
        """A page of a name may ask other ports of the same container, and those of no other."""
        self.world.directory.put_container(OTHER_UUID)
        self.world.directory.put_request(OTHER_REQUEST, OTHER_UUID, writers={ALICE})
        self.world.directory.publish_name("other", OTHER_REQUEST, PORT)
        cookie = self.world.cookie(self.alice)
        for label, status in (("lab", 200), ("other", 403), ("nobodys", 403)):
            origin = f"https://{label}.c.example:8443".encode()
            fetch = [(b"Sec-Fetch-Site", b"same-site"), (b"Sec-Fetch-Mode", b"cors"), (b"Origin", origin)]
            self.assertEqual(status, await self.status(HOST, "/", [cookie, *fetch], "POST"), label)
