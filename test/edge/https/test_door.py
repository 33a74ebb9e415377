"""
Tests for L{arvgate.edge.https.door} and L{arvgate.edge.https.login}: hosts, the record API, logging in.
"""

from __future__ import annotations

from ipaddress import ip_network
from urllib.parse import quote, urlencode, urlsplit

from twisted.trial.unittest import TestCase

from arvgate.edge.https.options import DoorOptions
from arvgate.net.http_exchange import Exchange
from arvgate.wire.http1.head import Headers, ResponseHead
from test.edge.https.world import API_HOST, BROWSER, HOST, NAMES, REQUEST_HOST, REQUEST_UUID, EdgeWorld
from test.net.serving import listening_socket
from test.runner.door_world import PORT, UUID

LABEL = f"{UUID}-{PORT}-http"
FORM = (b"Content-Type", b"application/x-www-form-urlencoded")


class DoorCase(TestCase):
    """A world to ask."""

    timeout = 60

    async def setUp(self) -> None:
        """Everything open."""
        self.world = EdgeWorld()
        await self.world.start()

    async def tearDown(self) -> None:
        """Everything closed."""
        await self.world.stop()


class HostTests(DoorCase):
    """Whom a request goes to."""

    async def test_unknown(self) -> None:
        """A host that is none of ours gets 421."""
        for host in (
            "evil.example",
            "api.example",
            HOST.replace(":8443", ""),
            "www.c.example:8443",
            f"{UUID}-0.c.example:8443",
        ):
            head, _ = await self.world.ask(host)
            self.assertEqual(421, head.status, host)
        self.assertEqual([], self.world.api.seen + self.world.app.seen)

    async def test_each_request(self) -> None:
        """Requests of one connection go each to its own host, and are each authenticated."""
        client = await self.world.client()
        cookie = self.world.cookie(self.world.alice)
        for host, fields, status in (
            (API_HOST, [], 200),
            (HOST, [cookie], 200),
            (HOST, [], 401),
            (HOST.upper(), [cookie], 200),
            (HOST.replace(f"-{PORT}-", "-81-"), [cookie], 502),
        ):
            head, _ = await client.request(b"GET", b"/", [(b"Host", host.encode()), *fields])
            self.assertEqual(status, head.status, host)


class ApiTests(DoorCase):
    """Requests to the record API."""

    async def test_passed_on(self) -> None:
        """Everything passes, with the client's address and a request id of the door's."""
        fields = [
            (b"Authorization", b"Bearer x"),
            (b"X-Forwarded-For", b"6.6.6.6"),
            (b"X-Request-Id", b"bad id"),
            (b"Via", b"x"),
        ]
        head, body = await self.world.ask(API_HOST, "/arvados/v1/x?a=%2F&b", fields, "PUT", b"{}")
        self.assertEqual((200, self.world.api.body), (head.status, body))
        seen, sent = self.world.api.seen[0]
        self.assertEqual((b"PUT", b"/arvados/v1/x?a=%2F&b", b"{}"), (seen.method, seen.target, sent))
        self.assertEqual((API_HOST.encode(), b"Bearer x"), (seen.host, seen.get(b"authorization")))
        self.assertEqual([b"127.0.0.1"], seen.get_all(b"x-forwarded-for"))
        (identifier,) = seen.get_all(b"x-request-id")
        self.assertRegex(identifier.decode(), r"\Areq-[0-9a-z]{20}\Z")

    async def test_request_id(self) -> None:
        """A sane request id of the client's is kept."""
        await self.world.ask(API_HOST, "/", [(b"X-Request-Id", b"req-" + b"a" * 20), (b"X_Request_Id", b"forged")])
        self.assertEqual([b"req-" + b"a" * 20], self.world.api.last.get_all(b"x-request-id"))
        self.assertEqual([], self.world.api.last.get_all(b"x_request_id"))

    async def test_trusted_proxies(self) -> None:
        """Behind a trusted proxy the client's address is what the proxy says."""
        await self.world.serve(self.world.directory, DoorOptions(NAMES, trusted_proxies=[ip_network("127.0.0.0/8")]))
        await self.world.ask(API_HOST, "/", [(b"X-Forwarded-For", b"6.6.6.6, 192.0.2.7")])
        self.assertEqual([b"192.0.2.7"], self.world.api.last.get_all(b"x-forwarded-for"))

    async def test_kept_connection_died(self) -> None:
        """A GET on a kept connection that is closed without an answer is sent again, once; a POST never is."""
        api = self.world.api

        async def close(exchange: Exchange) -> None:
            exchange.abort()

        async def close_once(exchange: Exchange) -> None:
            api.respond = None
            exchange.abort()

        for method, respond, status, requests in (
            ("GET", close_once, 200, 2),
            ("GET", close, 503, 2),
            ("POST", close_once, 503, 1),
        ):
            api.respond = None
            await self.world.ask(API_HOST)
            api.seen.clear()
            api.respond = respond
            head, _ = await self.world.ask(API_HOST, method=method)
            self.assertEqual((status, requests), (head.status, len(api.seen)), (method, status))

    async def test_away(self) -> None:
        """While the record API does not answer it is 503 with Retry-After."""
        sock = listening_socket()
        self.world.way.port = sock.getsockname()[1]
        sock.close()
        head, _ = await self.world.ask(API_HOST, "/arvados/v1/users/current")
        self.assertEqual((503, True), (head.status, head.get(b"retry-after") is not None))


class LoginTests(DoorCase):
    """The login page."""

    async def log_in(self, headers: Headers | None = None, **form: str) -> tuple[ResponseHead, bytes]:
        """Send the form."""
        return await self.world.ask(API_HOST, "/login", [FORM, *(headers or [])], "POST", urlencode(form).encode())

    async def test_shown(self) -> None:
        """The page asks for a token, keeps where to go, and nothing of it comes from or goes elsewhere."""
        head, body = await self.world.ask(API_HOST, f"/login?to={LABEL}&path={quote('/a?b=<&c', safe='')}", BROWSER)
        self.assertEqual(
            (200, b"no-store", b"DENY"), (head.status, head.get(b"cache-control"), head.get(b"x-frame-options"))
        )
        self.assertIn(f'name="to" value="{LABEL}"'.encode(), body)
        self.assertIn(b'name="path" value="/a?b=&lt;&amp;c"', body)
        policy = head.get(b"content-security-policy") or b""
        self.assertIn(b"default-src 'none'", policy)
        self.assertIn(b"form-action 'self' https://*.c.example:8443", policy)
        self.assertEqual([], self.world.api.seen)

    async def test_used_link(self) -> None:
        """After a used link it says so."""
        _, body = await self.world.ask(API_HOST, f"/login?to={LABEL}&path=/&link=used")
        self.assertIn(b"used already", body)

    async def test_no_host_of_ours(self) -> None:
        """What is no container's host of this cluster is refused, and nobody is sent there."""
        for to in (
            "",
            "evil.example",
            f"{LABEL}.evil.example",
            f"{UUID}-0-http",
            "www",
            ":8443",
            "//x",
            "a.b",
            f"{UUID}-80%0a",
        ):
            head, _ = await self.world.ask(API_HOST, f"/login?to={to}&path=/", BROWSER)
            self.assertEqual(400, head.status, to)
            head, _ = await self.log_in(to=to, path="/", token=self.world.alice.v2)
            self.assertEqual((400, None), (head.status, head.get(b"location")), to)

    async def test_whole_way(self) -> None:
        """Who logs in ends where they wanted to go, with a cookie, and no token was in an address."""
        own = [(b"Origin", f"https://{API_HOST}".encode()), (b"Sec-Fetch-Site", b"same-origin")]
        head, _ = await self.log_in(own, to=LABEL, path="/a%2F?b&c", token=f" {self.world.alice.v2} ")
        location = (head.get(b"location") or b"").decode()
        self.assertEqual(303, head.status)
        self.assertTrue(location.startswith(f"https://{HOST}/a%2F?b&c&arvgate_code="), location)
        where = urlsplit(location)
        head, _ = await self.world.ask(where.netloc, f"{where.path}?{where.query}", BROWSER)
        self.assertEqual((303, b"/a%2F?b&c"), (head.status, head.get(b"location")))
        self.assertEqual(1, len(head.get_all(b"set-cookie")))

    async def test_by_request(self) -> None:
        """A login for a request's host leads over it to the container's."""
        head, _ = await self.log_in(to=f"{REQUEST_UUID}-{PORT}-http", path="/p", token=self.world.alice.v2)
        where = urlsplit((head.get(b"location") or b"").decode())
        self.assertEqual(REQUEST_HOST, where.netloc)
        head, _ = await self.world.ask(where.netloc, f"{where.path}?{where.query}", BROWSER)
        where = urlsplit((head.get(b"location") or b"").decode())
        self.assertEqual((HOST, "/p"), (where.netloc, where.path))

    async def test_named(self) -> None:
        """A login for a published name leads to its host."""
        head, _ = await self.log_in(to="jupyter", path="/", token=self.world.alice.v2)
        self.assertTrue((head.get(b"location") or b"").startswith(b"https://jupyter.c.example:8443/?arvgate_code="))

    async def test_wrong_token(self) -> None:
        """A token that is not valid shows the form again, without the token in it."""
        for token in ("", "wrong", "v2/zzzzz-gj3su-aaaaaaaaaaaaaaa/wrong", "\u00e4"):
            head, body = await self.log_in(to=LABEL, path="/p", token=token)
            self.assertEqual(401, head.status)
            self.assertIn(b"not valid", body)
            self.assertIn(b'name="path" value="/p"', body)
            self.assertNotIn(b"wrong", body)

    async def test_foreign_pages(self) -> None:
        """No other page logs anybody in."""
        for fields in (
            [(b"Origin", b"https://evil.example")],
            [(b"Origin", f"https://{HOST}".encode())],
            [(b"Origin", b"null")],
            [(b"Origin", f"http://{API_HOST}".encode())],
            [(b"Sec-Fetch-Site", b"cross-site")],
            [(b"Sec-Fetch-Site", b"same-site")],
        ):
            head, _ = await self.log_in(fields, to=LABEL, path="/", token=self.world.alice.v2)
            self.assertEqual((403, None), (head.status, head.get(b"location")), fields)

    async def test_paths(self) -> None:
        """The path cannot lead to another host."""
        for path in ("//evil.example", "https://evil.example", "/\\evil.example", "@evil.example", ".evil.example"):
            head, _ = await self.log_in(to=LABEL, path=path, token=self.world.alice.v2)
            self.assertEqual(HOST, urlsplit((head.get(b"location") or b"").decode()).netloc, path)

    async def test_bad_forms(self) -> None:
        """Too large, too many fields or no ASCII: refused."""
        for body, status in ((b"x" * 70000, 413), (b"a=1&" * 50, 400), (b"to=\xff", 400)):
            head, _ = await self.world.ask(API_HOST, "/login", [FORM], "POST", body)
            self.assertEqual(status, head.status)
        head, _ = await self.world.ask(API_HOST, "/login", method="PUT")
        self.assertEqual(405, head.status)
