"""
Tests for L{arvgate.runner.door_ports}: what reaches the app, and what comes back.
"""

from __future__ import annotations

import json

from twisted.trial.unittest import TestCase

from arvgate.net.http_client import ClientConnection
from arvgate.net.http_exchange import BodySink, Exchange
from arvgate.wire.http1.head import Headers, ResponseHead, serialize_request
from arvgate.wire.proof import RUNNER_ERROR
from test.net.certificates import server_context
from test.net.serving import Collector
from test.runner.door_world import PORT, UUID, DoorWorld

HOP = [
    (b"Host", b"runner:1"),
    (b"X-Arvados-Target-Uuid", UUID.encode()),
    (b"X-Arvados-Target-Port", b"%d" % PORT),
    (b"X-Arvados-Request-Host", b"App.Example:8443"),
]


class PortTests(TestCase):
    """Requests of a proven gateway."""

    timeout = 60

    async def setUp(self) -> None:
        """An open door and a gateway that was let in."""
        self.world = DoorWorld()
        self.app = self.world.app
        await self.world.start()
        self.client: ClientConnection = await self.world.proven()

    async def tearDown(self) -> None:
        """No door."""
        await self.world.stop()

    async def ask(
        self, headers: Headers, method: bytes = b"GET", target: bytes = b"/", body: bytes = b""
    ) -> tuple[ResponseHead, bytes]:
        """A request with just these fields."""
        return await self.client.request(method, target, headers, body)

    async def test_unchanged(self) -> None:
        """Method, target, body, field bytes and their order reach the app as they are; Host is the browser's."""
        fields = [(b"X-b", b"\xff \t,"), (b"x-B", b""), (b"Authorization", b"Basic eDp5"), (b"Cookie", b"a=b;c")]
        head, body = await self.ask([*HOP, *fields], b"PATCH", b"/a%2Fb//c?baz&x=%zz", b"body")
        self.assertEqual((200, self.app.body), (head.status, body))
        seen, seen_body = self.app.seen[0]
        self.assertEqual((b"PATCH", b"/a%2Fb//c?baz&x=%zz", b"body"), (seen.method, seen.target, seen_body))
        self.assertEqual([(b"Host", b"App.Example:8443"), *fields, (b"Content-Length", b"4")], seen.headers)

    async def test_idle(self) -> None:
        """The door knows since when nobody is connected: a request in progress counts, a gateway's connection not."""
        before = self.world.door.idle_since
        self.assertIsNotNone(before)
        during: list[float | None] = []

        async def look(exchange: Exchange) -> None:
            during.append(self.world.door.idle_since)
            exchange.respond(200, [], b"")

        self.app.respond = look
        await self.ask(HOP)
        self.assertEqual([None], during)
        self.assertGreaterEqual(self.world.door.idle_since, before)

    async def test_hop_fields_stay(self) -> None:
        """Nothing of the hop or of the connection reaches the app, in any spelling."""
        more = [(b"X_Arvados_Target_Port", b"1"), (b"x-arvados-other", b"1"), (b"Keep-Alive", b"1"), (b"X-Drop", b"1")]
        await self.ask([*HOP, *more, (b"Connection", b"x-drop")])
        self.assertEqual([(b"Host", b"App.Example:8443")], self.app.last.headers)

    async def test_app_speaks_no_hop(self) -> None:
        """What looks like the hop's does not leave the runner; the app's other fields do, repeated ones too."""
        self.app.headers = [
            (b"X-Arvados-Authorization-Response", b"x"),
            (b"X_Arvados_Runner_Error", b"x"),
            (b"Set-Cookie", b"a=1"),
            (b"Set-Cookie", b"b=2"),
            (b"Keep-Alive", b"timeout=1"),
        ]
        head, _ = await self.ask(HOP)
        self.assertEqual([b"a=1", b"b=2"], head.get_all(b"set-cookie"))
        self.assertEqual([], [name for name, _ in head.headers if b"arvados" in name.lower() or name == b"Keep-Alive"])

    async def test_bad_targets(self) -> None:
        """A missing, repeated or malformed port, or no host, gets 502, and no app hears of it."""
        for port in (b"0", b"080", b"65536", b"+80", b"8_0", b"", b"80,81", b"http"):
            fields = [(name, port if name.endswith(b"Port") else value) for name, value in HOP]
            head, _ = await self.ask(fields)
            self.assertEqual(502, head.status, port)
        for dropped in (b"X-Arvados-Target-Port", b"X-Arvados-Request-Host"):
            head, _ = await self.ask([field for field in HOP if field[0] != dropped])
            self.assertEqual(502, head.status, dropped)
        head, _ = await self.ask([*HOP, (b"x-arvados-target-port", b"81")])
        self.assertEqual(502, head.status)
        self.assertEqual([], self.app.seen)

    async def test_nothing_listens(self) -> None:
        """Where nothing listens the gateway is told so, whoever asks, and the connection stays."""
        fields = [(name, b"81" if name.endswith(b"Port") else value) for name, value in HOP]
        head, body = await self.ask(fields)
        self.assertEqual((502, b"not-listening"), (head.status, head.get(RUNNER_ERROR.lower())))
        self.assertIn("nothing in it listens", json.loads(body)["errors"][0])
        head, body = await self.ask([*fields, (b"Accept", b"text/html")])
        self.assertIn("nothing in it listens", json.loads(body)["errors"][0])
        self.assertEqual(200, (await self.ask(HOP))[0].status)

    async def test_kept_connection(self) -> None:
        """Requests to one port share a connection to the app."""
        for _ in range(3):
            await self.ask(HOP)
        self.assertEqual(1, self.app.connections)

    async def test_kept_connection_died(self) -> None:
        """A GET on a kept connection that the app closes is repeated on a new one; a POST is not."""
        await self.ask(HOP)

        async def close(exchange: Exchange) -> None:
            self.app.respond = None
            exchange.abort()

        self.app.respond = close
        head, body = await self.ask(HOP)
        self.assertEqual((200, self.app.body), (head.status, body))
        self.assertEqual(2, self.app.connections)
        self.app.respond = close
        head, _ = await self.ask(HOP, b"POST")
        self.assertEqual(502, head.status)
        self.assertEqual(4, len(self.app.seen))

    async def test_app_gives_up(self) -> None:
        """An app that closes without an answer makes a 502 that says so."""

        async def close(exchange: Exchange) -> None:
            exchange.abort()

        self.app.respond = close
        head, body = await self.ask(HOP)
        self.assertEqual((502, b"peer-fault"), (head.status, head.get(RUNNER_ERROR.lower())))
        self.assertIn("without an answer", json.loads(body)["errors"][0])

    async def test_tls_app(self) -> None:
        """An app that speaks TLS is spoken to in TLS where the hop says so, and only there."""
        self.world.serve_tls_app(9443, server_context())
        fields = [(name, b"9443" if name.endswith(b"Port") else value) for name, value in HOP]
        head, body = await self.ask([*fields, (b"X-Arvados-Target-Tls", b"1")])
        self.assertEqual((200, self.app.body), (head.status, body))
        head, body = await self.ask([*HOP, (b"X-Arvados-Target-Tls", b"1")])
        self.assertEqual(502, head.status)
        self.assertIn("does not speak TLS", json.loads(body)["errors"][0])

    async def test_upgrade(self) -> None:
        """An upgraded connection carries bytes both ways."""

        class Echo(BodySink):
            def __init__(self, exchange: Exchange) -> None:
                self.exchange = exchange

            def tunnel_data(self, data: bytes) -> None:
                self.exchange.write(data.upper())

            def tunnel_ended(self) -> None:
                self.exchange.finish_tunnel()

        async def switch(exchange: Exchange) -> None:
            exchange.sink = Echo(exchange)
            exchange.upgrade(b"shout", [])

        self.app.respond = switch
        gateway = Collector(self.client.stream)
        gateway.stream.write(
            serialize_request(b"GET", b"/", [*HOP, (b"Connection", b"Upgrade"), (b"Upgrade", b"shout")])
        )
        await gateway.until_has(b"\r\n\r\n")
        self.assertIn(b"HTTP/1.1 101 ", gateway.data)
        gateway.stream.write(b"hello")
        await gateway.until_has(b"HELLO")
        gateway.stream.write(b"again")
        await gateway.until_has(b"AGAIN")
        self.assertEqual(b"shout", self.app.last.upgrade)
