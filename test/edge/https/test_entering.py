"""
Tests for L{arvgate.edge.https.container}: tokens in queries and cookies, one-time codes.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from arvgate.model.tokens import Token
from arvgate.wire.cookies import OUR_COOKIE, PLAIN_COOKIE, encode_token
from test.edge.https.case import ContainerCase
from test.edge.https.world import (
    ALICE,
    API_HOST,
    BROWSER,
    HOST,
    REQUEST_HOST,
)
from test.runner.door_world import PORT, UUID

CODE_FREE = "/p?x=1&baz"


class QueryTokenTests(ContainerCase):
    """Tokens in the query."""

    async def test_exchanged_for_a_cookie(self) -> None:
        """GET with a token leads to the same address without it, with a cookie that opens just this port."""
        for name in ("arvados_api_token", "api_token"):
            head, _ = await self.world.ask(HOST, f"/p?x=1&{name}={self.alice.v2}&baz")
            self.assertEqual(CODE_FREE, self.location(head))
            token = self.cookie_token(head)
            self.assertNotEqual(self.alice.secret, token.secret)
            self.assertEqual(200, await self.status(headers=[self.world.cookie(token)]))
            other = HOST.replace(f"-{PORT}-", "-8081-")
            self.assertEqual(401, await self.status(other, headers=[self.world.cookie(token)]))
        self.assertEqual([b"/", b"/"], [seen.target for seen, _ in self.app.seen])

    async def test_head(self) -> None:
        """HEAD is redirected like GET."""
        head, body = await self.world.ask(HOST, f"/p?arvados_api_token={self.alice.v2}", method="HEAD")
        self.assertEqual(("/p", b""), (self.location(head), body))

    async def test_open_redirects(self) -> None:
        """A path that a browser would read as another host does not lead there."""
        for path in ("//evil.example/", "///evil.example/", "/\\evil.example/", "//evil.example\\@x/"):
            head, _ = await self.world.ask(HOST, f"{path}?arvados_api_token={self.alice.v2}")
            self.assertRegex(self.location(head), r"\A/[^/\\]")

    async def test_other_methods(self) -> None:
        """Other methods with a valid token are passed once, with it removed; the rest of the query stays."""
        target = f"/p?x=1&arvados_api_token={self.alice.v2}&baz"
        head, body = await self.world.ask(HOST, target, method="POST", body=b"data")
        self.assertEqual((200, self.app.body), (head.status, body))
        seen, data = self.app.seen[0]
        self.assertEqual((b"POST", CODE_FREE.encode(), b"data"), (seen.method, seen.target, data))
        self.assertEqual([], head.get_all(b"set-cookie"))

    async def test_invalid(self) -> None:
        """An invalid token: 401, to a page's request the login, and a good cookie does not help."""
        for token in ("v2/zzzzz-gj3su-aaaaaaaaaaaaaaa/wrong", "nonsense", "%20", "v2/x"):
            target = f"/p?x&arvados_api_token={token}"
            cookie = self.world.cookie(self.alice)
            for method in ("GET", "HEAD", "POST", "PUT", "PROPFIND"):
                self.assertEqual(401, await self.status(HOST, target, [cookie], method), (token, method))
            head, _ = await self.world.ask(HOST, target, [*BROWSER, cookie])
            self.assertTrue(self.location(head).startswith(f"https://{API_HOST}/login?"))
            self.assertNotIn("token", self.location(head))
        self.assertEqual([], self.app.seen)

    async def test_request_host(self) -> None:
        """Where a request's UUID was asked for, the browser ends on the container's own host, with a cookie there."""
        head, _ = await self.world.ask(REQUEST_HOST, f"/p?x=1&arvados_api_token={self.alice.v2}&baz")
        self.assertEqual([], head.get_all(b"set-cookie"))
        where = urlsplit(self.location(head))
        self.assertEqual(("https", HOST, "/p"), (where.scheme, where.netloc, where.path))
        self.assertNotIn(self.alice.secret, where.query)
        head, _ = await self.world.ask(HOST, f"{where.path}?{where.query}")
        self.assertEqual(CODE_FREE, self.location(head))
        self.cookie_token(head)

    async def test_own_query_parameters(self) -> None:
        """A parameter api_token that is no v2 token is the app's."""
        await self.world.ask(HOST, "/?api_token=abc", [self.world.cookie(self.alice)])
        self.assertEqual(b"/?api_token=abc", self.app.last.target)

    async def test_upgrade(self) -> None:
        """A WebSocket with a token in its address is passed on, since browsers follow no redirect there."""
        client = await self.world.raw()
        client.stream.write(
            f"GET /ws?arvados_api_token={self.alice.v2} HTTP/1.1\r\nHost: {HOST}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n".encode()
        )
        await client.until_has(b"\r\n\r\n")
        self.assertEqual((b"/ws", b"websocket"), (self.app.last.target, self.app.last.upgrade))


class CookieTests(ContainerCase):
    """Tokens in cookies."""

    async def test_ours(self) -> None:
        """Our cookie opens the port and does not reach the app."""
        name, value = self.world.cookie(self.alice)
        head, body = await self.world.ask(HOST, "/", [(name, b"a=1; " + value + b"; b=2")])
        self.assertEqual((200, self.app.body), (head.status, body))
        self.assertEqual([b"a=1; b=2"], self.app.last.get_all(b"cookie"))

    async def test_plain_from_programs(self) -> None:
        """The plain cookie with a user's own token is for clients that are no browsers."""
        plain = self.world.cookie(self.alice, PLAIN_COOKIE)
        self.assertEqual(200, await self.status(headers=[plain]))
        self.assertEqual([], self.app.last.get_all(b"cookie"))
        self.assertEqual(401, await self.status(headers=[plain, (b"Sec-Fetch-Site", b"same-origin")]))

    async def test_order(self) -> None:
        """Ours comes before the plain one; one that is not valid gives way to the next."""
        bad = Token(secret="x", uuid=self.alice.uuid)
        ours, plain = self.world.cookie(self.bob), self.world.cookie(self.alice, PLAIN_COOKIE)
        self.assertEqual(404, await self.status(headers=[plain, ours]))
        self.assertEqual(200, await self.status(headers=[plain, self.world.cookie(bad)]))

    async def test_several(self) -> None:
        """Of several cookies of a name the first valid one counts, wherever it stands and whatever is before it."""
        good, bad = self.world.cookie(self.alice)[1], self.world.cookie(Token(secret="x", uuid=self.alice.uuid))[1]
        elsewhere = await self.world.issuer.derive(self.alice, UUID, PORT + 1)
        stale = f"{OUR_COOKIE}={encode_token(elsewhere.text)}".encode()
        for values in (
            [bad + b"; " + good],
            [bad, stale, good],
            [b'q="; ' + bad + b'; "; ' + good],
            [stale + b";" + good],
        ):
            fields = [(b"Cookie", value) for value in values]
            self.assertEqual(200, await self.status(headers=[*fields, *BROWSER]), values)
            self.assertNotIn(b"arvados_api_token", b"".join(self.app.last.get_all(b"cookie")))
        many = b"; ".join(f"{OUR_COOKIE}={encode_token(f'v2/{self.alice.uuid}/{n}')}".encode() for n in range(9))
        self.assertEqual(401, await self.status(headers=[(b"Cookie", many + b"; " + good)]))

    async def test_look_alikes(self) -> None:
        """A name that is only almost ours lets nobody in, and what programs would take for ours reaches no app."""
        value = encode_token(self.alice.v2)
        for name in (
            "__host-arvados_api_token", "__HOST-ARVADOS_API_TOKEN", "__Secure-arvados_api_token", "Arvados_api_token",
            "__Host-arvados_api_token-8080", "__Host-arvados%5Fapi_token", "=__Host-arvados_api_token", "__Host-x",
        ):  # fmt: skip
            cookie = (b"Cookie", f"{name}={value}; a=b".encode())
            self.assertEqual(401, await self.status(headers=[cookie, *BROWSER[:3], (b"Accept", b"*/*")], method="POST"))
            self.assertEqual(200, await self.status(headers=[cookie, self.world.cookie(self.alice)]))
            left = b"".join(self.app.last.get_all(b"cookie"))
            self.assertTrue(left.endswith(b"a=b"), left)
            kept = "api_token" in name.lower() and name.lstrip("=").lower().startswith(("__host-arvados_", "arvados_"))
            self.assertEqual(not kept, value.encode() in left, name)

    async def test_query_first(self) -> None:
        """A token in the query comes before every cookie."""
        cookie = self.world.cookie(self.alice)
        self.assertEqual(404, await self.status(HOST, f"/?arvados_api_token={self.bob.v2}", [cookie]))
        self.assertEqual(404, await self.status(HOST, f"/?arvados_api_token={self.bob.v2}", [cookie], "POST"))
        target = f"/?arvados_api_token={self.alice.v2}"
        self.assertEqual(200, await self.status(HOST, target, [self.world.cookie(self.bob)], "POST"))

    async def test_scoped(self) -> None:
        """A token for one port, its path in the plural or the singular, enters that port and becomes its cookie."""
        for letter, path in (("c", "containers"), ("d", "container")):
            scope = f"CONNECT /arvados/v1/{path}/{UUID}/{PORT}"
            token = self.world.add_token(ALICE, letter, scopes=(scope,))
            head, _ = await self.world.ask(HOST, f"/p?arvados_api_token={token.v2}", BROWSER)
            self.assertEqual("/p", self.location(head))
            self.assertEqual(200, await self.status(headers=[self.world.cookie(self.cookie_token(head)), *BROWSER]))
            self.assertEqual(200, await self.status(headers=[self.world.cookie(token, PLAIN_COOKIE)]))
            other = HOST.replace(f"-{PORT}-", "-8081-")
            self.assertEqual(401, await self.status(other, f"/p?arvados_api_token={token.v2}"))

    async def test_every_copy_removed(self) -> None:
        """However often and in however many fields, no copy reaches the app."""
        name, value = self.world.cookie(self.alice)
        junk = b"__Host-arvados_api_token=x; arvados_api_token=y;__host-arvados_api_token-80=z; c=3"
        await self.world.ask(HOST, "/", [(name, value), (b"cookie", junk), (b"Cookie", b"d=4")])
        self.assertEqual([b"c=3", b"d=4"], self.app.last.get_all(b"cookie"))

    async def test_authorization_is_the_apps(self) -> None:
        """Authorization is the app's, and is no login here."""
        bearer = (b"Authorization", b"Bearer " + self.alice.v2.encode())
        self.assertEqual(401, await self.status(headers=[bearer]))
        self.assertEqual(200, await self.status(headers=[bearer, self.world.cookie(self.alice)]))
        self.assertEqual(bearer[1], self.app.last.get(b"authorization"))


class CodeTests(ContainerCase):
    """One-time codes."""

    async def code(self, navigation: bool, host: str = HOST) -> str:
        """A code of Alice's."""
        return await self.world.issuer.issue_code(self.alice, host, "/", 600.0, navigation)

    async def test_link(self) -> None:
        """A link opens once, by a navigation, and sets the cookie."""
        code = await self.code(navigation=True)
        self.assertEqual(401, await self.status(HOST, f"/p?arvgate_code={code}"))
        head, _ = await self.world.ask(HOST, f"/p?x=1&arvgate_code={code}&baz", BROWSER)
        self.assertEqual(CODE_FREE, self.location(head))
        self.cookie_token(head)
        head, _ = await self.world.ask(HOST, f"/p?arvgate_code={code}", BROWSER)
        self.assertIn("/login?", self.location(head))
        self.assertIn("link=used", self.location(head))
        self.assertNotIn(code, self.location(head))

    async def test_followed_again(self) -> None:
        """Who is logged in already does not need a code that was used."""
        code = await self.code(navigation=True)
        head, _ = await self.world.ask(HOST, f"/p?arvgate_code={code}", BROWSER)
        cookie = self.world.cookie(self.cookie_token(head))
        head, _ = await self.world.ask(HOST, f"/p?arvgate_code={code}", [*BROWSER, cookie])
        self.assertEqual("/p", self.location(head))

    async def test_prefetch(self) -> None:
        """A prefetch does not use a link up."""
        code = await self.code(navigation=True)
        early = [*BROWSER, (b"Sec-Purpose", b"prefetch")]
        self.assertEqual(503, await self.status(HOST, f"/?arvgate_code={code}", early))
        self.assertEqual(303, await self.status(HOST, f"/?arvgate_code={code}", BROWSER))

    async def test_for_one_host(self) -> None:
        """A code for another host is worth nothing."""
        code = await self.code(navigation=False, host=HOST.replace("-8080-", "-8081-"))
        self.assertEqual(401, await self.status(HOST, f"/?arvgate_code={code}"))

    async def test_not_ready(self) -> None:
        """A link that is opened before the container runs logs in; the address without it opens the app then."""
        self.world.directory.put_container(UUID, state="Locked")
        head, _ = await self.world.ask(HOST, f"/p?x&arvgate_code={await self.code(navigation=True)}", BROWSER)
        self.assertEqual("/p?x", self.location(head))
        cookie = self.world.cookie(self.cookie_token(head))
        self.assertEqual(503, await self.status(HOST, "/p?x", [*BROWSER, cookie]))
        self.world.directory.put_container(UUID, state="Running")
        self.assertEqual(200, await self.status(HOST, "/p?x", [*BROWSER, cookie]))

    async def test_not_for_other_methods(self) -> None:
        """A POST redeems nothing; the code does not reach the app."""
        code = await self.code(navigation=False)
        self.assertEqual(401, await self.status(HOST, f"/?arvgate_code={code}", method="POST"))
        cookie = self.world.cookie(self.alice)
        self.assertEqual(200, await self.status(HOST, f"/?arvgate_code={code}", [cookie], "POST"))
        self.assertEqual(b"/", self.app.last.target)
