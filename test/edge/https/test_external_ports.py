"""
Tests of clusters without wildcard names: container ports on external ports of one host.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from arvgate.edge.https.options import DoorOptions
from arvgate.wire.cookies import OUR_COOKIE
from arvgate.wire.http1.head import Headers
from arvgate.wire.vhost import HostNames
from test.edge.https.case import ContainerCase
from test.edge.https.world import ALICE, API_HOST, BROWSER, OTHER_UUID
from test.runner.door_world import PORT, UUID

NAMES = HostNames(
    "zzzzz", "api.example", "", api_port=8443, ports_host="apps.example", first_port=31000, last_port=31009
)
HOST = "apps.example:31000"
NEIGHBOUR = "apps.example:31001"
NOBODYS = "apps.example:31009"
COOKIE = f"{OUR_COOKIE}-31000"
OTHER_REQUEST = "zzzzz-xvhdp-ooooooooooooooo"


class ExternalPortTests(ContainerCase):
    """Alice's container has port 31000, another of hers 31001."""

    options = DoorOptions(NAMES)

    async def setUp(self) -> None:
        """Everything open."""
        await super().setUp()
        directory = self.world.directory
        directory.put_container(OTHER_UUID)
        directory.put_request(OTHER_REQUEST, OTHER_UUID, writers={ALICE})
        directory.assign_port(31000, UUID, PORT)
        directory.assign_port(31001, OTHER_UUID, 80)

    async def test_token(self) -> None:
        """A token in the query becomes a cookie of that port, which opens this container and no other."""
        head, _ = await self.world.ask(HOST, f"/p?x=1&arvados_api_token={self.alice.v2}&baz", BROWSER)
        self.assertEqual("/p?x=1&baz", self.location(head))
        token = self.cookie_token(head, COOKIE)
        self.assertEqual(200, await self.status(HOST, headers=[self.world.cookie(token, COOKIE)]))
        self.assertEqual(HOST.encode(), self.app.last.host)
        self.assertEqual(401, await self.status(NEIGHBOUR, headers=[self.world.cookie(token, COOKIE)]))
        self.assertEqual(401, await self.status(NEIGHBOUR, headers=[self.world.cookie(token, f"{OUR_COOKIE}-31001")]))
        self.assertEqual(401, await self.status(HOST, headers=[self.world.cookie(token)]))

    async def test_side_by_side(self) -> None:
        """A browser, which sends the cookies of all ports of a host, stays logged in to each."""
        cookies = []
        for host, port in ((HOST, 31000), (NEIGHBOUR, 31001)):
            head, _ = await self.world.ask(host, f"/?arvados_api_token={self.alice.v2}", BROWSER)
            name = f"{OUR_COOKIE}-{port}"
            cookies.append(self.world.cookie(self.cookie_token(head, name), name)[1])
        for both in (cookies, cookies[::-1]):
            jar = (b"Cookie", b"; ".join(both))
            self.assertEqual(200, await self.status(HOST, headers=[jar, *BROWSER]))
            self.assertEqual([], self.app.last.get_all(b"cookie"))
            self.assertEqual(502, await self.status(NEIGHBOUR, headers=[jar, *BROWSER]))

    async def test_login(self) -> None:
        """Who is not logged in is sent to the login; back at the port the code for it becomes a cookie."""
        head, _ = await self.world.ask(HOST, "/a%2Fb?c&d", BROWSER)
        where = urlsplit(self.location(head))
        self.assertEqual((API_HOST, "/login"), (where.netloc, where.path))
        asked = parse_qs(where.query)
        self.assertEqual({"to": [":31000"], "path": ["/a%2Fb?c&d"]}, asked)
        code = await self.world.issuer.issue_code(self.alice, HOST, "/a%2Fb?c&d", 30.0, navigation=False)
        head, _ = await self.world.ask(HOST, f"/a%2Fb?c&d&arvgate_code={code}", BROWSER)
        self.assertEqual("/a%2Fb?c&d", self.location(head))
        self.cookie_token(head, COOKIE)

    async def test_outsiders_learn_nothing(self) -> None:
        """A port that is nobody's and one that is somebody else's are one answer, whoever asks."""
        stranger = self.world.cookie(self.bob, "arvados_api_token")
        for headers in ([], BROWSER, [stranger]):
            answers = []
            for host in (HOST, NOBODYS):
                head, body = await self.world.ask(host, "/", headers)
                where = (head.get(b"location") or b"").replace(host[-6:].encode(), b"")
                answers.append((head.status, where, body))
            self.assertEqual(answers[0], answers[1])
        self.assertEqual(404, answers[0][0])
        for host in (HOST, NOBODYS):
            self.assertEqual(404, await self.status(host, f"/?arvados_api_token={self.bob.v2}"))
        self.assertEqual(421, await self.status("apps.example:31010"))
        self.assertEqual(421, await self.status(f"{UUID}-{PORT}-http.apps.example:31000"))

    async def test_cookies_of_apps(self) -> None:
        """An app's cookies have its port in their names in the browser, and their own names to the app."""
        self.app.headers = [
            (b"Set-Cookie", b"a=b; Path=/"),
            (b"Set-Cookie", b"__Host-c=d; Secure; Path=/"),
            (b"Set-Cookie", b"__Host-arvados_api_token-31001=evil; Secure; Path=/"),
            (b"Clear-Site-Data", b'"cookies", "storage"'),
        ]
        cookie = self.world.cookie(self.alice, "arvados_api_token")
        head, _ = await self.world.ask(HOST, "/", [cookie])
        kept = [b"p31000-a=b; Path=/", b"__Host-p31000-c=d; Secure; Path=/"]
        self.assertEqual((kept, b'"storage"'), (head.get_all(b"set-cookie"), head.get(b"clear-site-data")))
        jar = (b"Cookie", b"p31000-a=b; __Host-p31000-c=d; p31001-e=f; __Host-arvgate_session=s")
        await self.world.ask(HOST, "/", [cookie, jar])
        self.assertEqual([b"a=b; __Host-c=d"], self.app.last.get_all(b"cookie"))

    async def test_given_to_another(self) -> None:
        """A port that another container got ends what is open, and its old cookie leads to the login once."""
        head, _ = await self.world.ask(HOST, f"/?arvados_api_token={self.alice.v2}", BROWSER)
        old = self.world.cookie(self.cookie_token(head, COOKIE), COOKIE)
        client = await self.stream(HOST, old)
        self.world.directory.assign_port(31000, OTHER_UUID, PORT)
        await client.until_over()
        head, _ = await self.world.ask(HOST, "/p", [old, *BROWSER])
        self.assertIn("/login?to=:31000&", self.location(head))
        self.assertEqual(401, await self.status(HOST, "/p", [old]))
        head, _ = await self.world.ask(HOST, f"/p?arvados_api_token={self.alice.v2}", [old, *BROWSER])
        new = self.world.cookie(self.cookie_token(head, COOKIE), COOKIE)
        self.assertEqual(502, await self.status(HOST, "/p", [new, *BROWSER]))

    async def test_pages_of_other_ports(self) -> None:
        """A page of another port may ask only if that port is the same container's, though the host is the same."""
        self.world.directory.assign_port(31002, UUID, 8081)
        cookie = self.world.cookie(self.alice, COOKIE)
        for port, status in ((31001, 403), (31002, 200), (31009, 403), (31000, 200)):
            site = b"same-origin" if port == 31000 else b"same-site"
            fetch: Headers = [
                (b"Sec-Fetch-Site", site),
                (b"Sec-Fetch-Mode", b"cors"),
                (b"Origin", b"https://apps.example:%d" % port),
            ]
            self.assertEqual(status, await self.status(HOST, "/", [cookie, *fetch], "POST"), port)
