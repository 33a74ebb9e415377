"""
Tests for L{arvgate.edge.https.container}: who may enter.
"""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

from twisted.internet.defer import Deferred
from zope.interface import implementer

from arvgate.edge.https.options import DoorOptions
from arvgate.errors import StoreUnavailable
from arvgate.interfaces import IDirectory
from arvgate.model.locations import Listing
from arvgate.model.targets import ContainerTarget, Target
from arvgate.model.tokens import Token
from arvgate.net.http_exchange import Exchange
from test.edge.https.case import ContainerCase
from test.edge.https.world import (
    ALICE,
    API_HOST,
    BOB,
    BROWSER,
    HOST,
    NAMES,
    OTHER_UUID,
    REQUEST_HOST,
    REQUEST_UUID,
)
from test.runner.door_world import PORT, UUID


class AccessTests(ContainerCase):
    """Who may enter."""

    async def test_nobody(self) -> None:
        """Without credentials a page's request goes to the login, anything else gets 401 as JSON; existing or not."""
        for host, label in (
            (HOST, f"{UUID}-{PORT}-http"),
            (HOST.replace(UUID, OTHER_UUID), f"{OTHER_UUID}-{PORT}-http"),
            (HOST.replace("-http", "-https"), f"{UUID}-{PORT}-https"),
            ("jupyter.c.example:8443", "jupyter"),
        ):
            head, _ = await self.world.ask(host, "/a%2Fb?c=d&baz", BROWSER)
            where = urlsplit(self.location(head))
            self.assertEqual(("https", API_HOST, "/login"), (where.scheme, where.netloc, where.path))
            self.assertEqual({"to": [label], "path": ["/a%2Fb?c=d&baz"]}, parse_qs(where.query))
            head, body = await self.world.ask(host, "/")
            self.assertEqual((401, b"application/json"), (head.status, head.get(b"content-type")))
            self.assertEqual({"errors": ["Not logged in"]}, json.loads(body))

    async def test_outsider(self) -> None:
        """Who cannot read it gets the same answer as for what does not exist."""
        cookie = self.world.cookie(self.bob)
        for more in ([], BROWSER):
            fields = [cookie, (b"X-Request-Id", b"same"), *more]
            hidden, hidden_body = await self.world.ask(HOST, "/", fields)
            missing, missing_body = await self.world.ask(HOST.replace(UUID, OTHER_UUID), "/", fields)
            missing_body = missing_body.replace(OTHER_UUID.encode(), UUID.encode())
            self.assertEqual((404, missing.headers, missing_body), (hidden.status, hidden.headers, hidden_body))

    async def test_reader(self) -> None:
        """Who can read it but not write every request is told why."""
        self.world.directory.put_request(REQUEST_UUID, UUID, writers={ALICE}, readers={BOB})
        head, body = await self.world.ask(HOST, "/", [self.world.cookie(self.bob)])
        self.assertEqual(403, head.status)
        self.assertIn("write permission", json.loads(body)["errors"][0])

    async def test_states(self) -> None:
        """Before it runs 503 with Retry-After, afterwards 410, to people as pages without anything from outside."""
        cookie = self.world.cookie(self.alice)
        for state, status in (("Queued", 503), ("Locked", 503), ("Complete", 410), ("Cancelled", 410)):
            self.world.directory.put_container(UUID, state=state)
            head, body = await self.world.ask(HOST, "/", [cookie])
            self.assertEqual((status, status == 503), (head.status, head.get(b"retry-after") is not None))
            self.assertIn(state, json.loads(body)["errors"][0])
            head, body = await self.world.ask(HOST, "/", [cookie, *BROWSER])
            self.assertEqual((status, b"text/html; charset=utf-8"), (head.status, head.get(b"content-type")))
            self.assertEqual(status == 503, b'http-equiv="refresh"' in body)
            self.assertIn(b"default-src 'none'", head.get(b"content-security-policy") or b"")
        self.assertEqual([], self.app.seen)

    async def test_public(self) -> None:
        """Anybody enters a public port: without a token, with somebody's, with a stale cookie, from any page."""
        self.world.directory.put_request(REQUEST_UUID, UUID, writers={ALICE}, public_ports=[PORT])
        self.world.directory.put_container(UUID, public_ports=[PORT])
        stale = self.world.cookie(Token(secret="x", uuid=self.alice.uuid))
        foreign = [(b"Sec-Fetch-Site", b"cross-site"), (b"Sec-Fetch-Mode", b"cors")]
        for headers in ([], [self.world.cookie(self.bob)], [stale], foreign):
            self.assertEqual(200, await self.status(headers=headers))
        head, _ = await self.world.ask(HOST, "/p?arvados_api_token=stale", BROWSER)
        self.assertEqual(("/p", []), (self.location(head), head.get_all(b"set-cookie")))
        self.assertEqual(401, await self.status(HOST, "/p?arvados_api_token=stale", method="POST"))
        self.assertEqual([], self.app.last.get_all(b"cookie"))

    async def test_published_name(self) -> None:
        """A published name leads to its port, and the browser stays on it."""
        self.world.directory.publish_name("jupyter", REQUEST_UUID, PORT)
        host = "jupyter.c.example:8443"
        self.assertEqual(200, await self.status(host, headers=[self.world.cookie(self.alice)]))
        self.assertEqual(host.encode(), self.app.last.host)
        head, _ = await self.world.ask(host, f"/?arvados_api_token={self.alice.v2}")
        self.assertEqual("/", self.location(head))
        self.cookie_token(head)

    async def test_request_host(self) -> None:
        """A request's host sends GET on to the container's with a code for it; other methods pass."""
        cookie = self.world.cookie(self.alice)
        head, _ = await self.world.ask(REQUEST_HOST, "/p?x", [cookie])
        self.assertTrue(self.location(head).startswith(f"https://{HOST}/p?x&arvgate_code="))
        self.assertEqual(200, await self.status(REQUEST_HOST, "/p?x", [cookie], "POST"))
        self.assertEqual(404, await self.status(REQUEST_HOST, headers=[self.world.cookie(self.bob)]))
        self.assertEqual(401, await self.status(REQUEST_HOST))

    async def test_siblings(self) -> None:
        """Pages of other containers may only link here."""
        cookie = self.world.cookie(self.alice)
        sibling = [
            cookie,
            (b"Sec-Fetch-Site", b"same-site"),
            (b"Origin", f"https://{OTHER_UUID}-80-http.c.example:8443".encode()),
        ]
        self.assertEqual(403, await self.status(headers=[*sibling, (b"Sec-Fetch-Mode", b"cors")], method="POST"))
        self.assertEqual(403, await self.status(headers=[*sibling, (b"Sec-Fetch-Mode", b"no-cors")]))
        self.assertEqual(403, await self.status(HOST, f"/?arvados_api_token={self.alice.v2}", sibling))
        link = [cookie, (b"Sec-Fetch-Site", b"cross-site"), *BROWSER[1:]]
        self.assertEqual(200, await self.status(headers=link))
        self.assertEqual(1, len(self.app.seen))

    async def test_own_paths(self) -> None:
        """What is below /.arvgate/ never reaches the app."""
        cookie = self.world.cookie(self.alice)
        for path in ("/.arvgate/", "/.arvgate/x?y", "/.arvgate"):
            self.assertEqual(404, await self.status(HOST, path, [cookie]))
        self.assertEqual(200, await self.status(HOST, "/.arvgatex", [cookie]))
        self.assertEqual(1, len(self.app.seen))

    async def test_records_away(self) -> None:
        """While the records cannot be asked nobody is denied for good: 503, and no cookie is touched."""
        self.world.tokens.fail_next(StoreUnavailable())
        head, _ = await self.world.ask(HOST, "/", [self.world.cookie(self.alice)])
        self.assertEqual((503, []), (head.status, head.get_all(b"set-cookie")))


class LimitTests(ContainerCase):
    """How much one may do."""

    async def test_large_body(self) -> None:
        """A body over the port's limit is refused, at once if its length is known, else where it passes the limit."""
        self.world.directory.put_container(UUID, max_body_size=10)
        cookie = self.world.cookie(self.alice)
        head, _ = await self.world.ask(HOST, "/", [cookie], "POST", bytes(11))
        self.assertEqual((413, b"application/json"), (head.status, head.get(b"content-type")))
        self.assertEqual([], self.app.seen)
        self.assertEqual(200, (await self.world.ask(HOST, "/", [cookie], "POST", bytes(10)))[0].status)
        self.assertEqual(413, await self.chunked_post(11))
        self.assertEqual(200, await self.chunked_post(10))
        self.assertEqual([10, 10], [len(body) for _, body in self.app.seen])

    async def chunked_post(self, size: int) -> int:
        """The status of a request with a body in chunks of one byte."""
        client = await self.world.raw()
        name, value = self.world.cookie(self.alice)
        client.stream.write(b"POST / HTTP/1.1\r\nHost: %b\r\n%b: %b\r\n" % (HOST.encode(), name, value))
        client.stream.write(b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * size + b"0\r\n\r\n")
        await client.until_has(b"\r\n\r\n")
        return int(client.data.split(b" ")[1])

    async def test_streams(self) -> None:
        """A user has only so many requests under way; others are not touched, and there is room when one is over."""
        await self.world.serve(self.world.directory, DoorOptions(NAMES, streams_per_user=1))
        self.world.directory.put_request(REQUEST_UUID, UUID, writers={ALICE, BOB})
        arrived: Deferred[None] = Deferred()
        release: Deferred[None] = Deferred()

        async def held(exchange: Exchange) -> None:
            self.app.respond = None
            arrived.callback(None)
            await release
            exchange.respond(200)

        self.app.respond = held
        alice, bob = [self.world.cookie(self.alice)], [self.world.cookie(self.bob)]
        first = Deferred.fromCoroutine(self.status(headers=alice))
        await arrived
        head, _ = await self.world.ask(HOST, "/", alice)
        self.assertEqual((503, True), (head.status, bool(head.get(b"retry-after"))))
        self.assertEqual(200, await self.status(headers=bob))
        release.callback(None)
        self.assertEqual([200, 200], [await first, await self.status(headers=alice)])


@implementer(IDirectory)
class NotNoting:
    """A directory that can be asked, but at first notes nothing."""

    def __init__(self, directory: IDirectory) -> None:
        self.failing = True
        self._directory = directory

    async def locate(self, target: Target, user_uuid: str | None) -> Listing | None:
        """See L{IDirectory}."""
        return await self._directory.locate(target, user_uuid)

    async def entered(self, container_uuid: str) -> None:
        """See L{IDirectory}."""
        if self.failing:
            raise StoreUnavailable()
        await self._directory.entered(container_uuid)


class EnteredTests(ContainerCase):
    """The note that somebody entered."""

    async def test_noted_once(self) -> None:
        """The first admitted request to a private port is noted before it is passed on, redirects are not."""
        await self.world.ask(HOST, f"/?arvados_api_token={self.alice.v2}")
        await self.world.ask(HOST, "/", [self.world.cookie(self.bob)])
        self.assertFalse(await self.entered())
        await self.world.ask(HOST, "/", [self.world.cookie(self.alice)])
        self.assertTrue(await self.entered())

    async def test_not_noted(self) -> None:
        """Where it cannot be noted nobody enters; the next one tries again."""
        cookie = self.world.cookie(self.alice)
        directory = NotNoting(self.world.directory)
        await self.world.serve(directory)
        self.assertEqual(503, await self.status(headers=[cookie]))
        self.assertEqual([], self.app.seen)
        directory.failing = False
        self.assertEqual(200, await self.status(headers=[cookie]))
        self.assertTrue(await self.entered())

    async def test_public(self) -> None:
        """A visit to a public port is not noted."""
        self.world.directory.put_container(UUID, public_ports=[PORT])
        self.assertEqual(200, await self.status())
        self.assertFalse(await self.entered())

    async def entered(self) -> bool:
        """What the record says."""
        listing = await self.world.directory.locate(ContainerTarget(UUID, PORT), None)
        assert listing is not None
        return listing.interactive_session_started
