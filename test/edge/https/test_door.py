"""
Tests for L{arvgate.edge.https.door}: hosts, and what is passed on to control.
"""

from __future__ import annotations

from ipaddress import ip_network

from twisted.trial.unittest import TestCase

from arvgate.edge.https.options import DoorOptions
from arvgate.net.http_exchange import Exchange
from test.edge.https.world import API_HOST, BROWSER, HOST, NAMES, EdgeWorld
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

    async def test_pages(self) -> None:
        """The pages of the API's host are control's, and the session's cookie gets there."""
        cookie = (b"Cookie", b"__Host-arvgate_session=x; a=b")
        for target in ("/", "/login?to=x", "/logout"):
            head, _ = await self.world.ask(API_HOST, target, [cookie, *BROWSER])
            seen = self.world.api.last
            self.assertEqual((200, target.encode()), (head.status, seen.target))
            self.assertEqual((cookie[1], b"navigate"), (seen.get(b"cookie"), seen.get(b"sec-fetch-mode")))

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
