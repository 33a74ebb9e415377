"""
Tests for L{arvgate.edge.https.forwarding}: what crosses between browser and app, and how it ends.
"""

from __future__ import annotations

import secrets
from ipaddress import ip_network

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from arvgate.edge.https.options import DoorOptions
from arvgate.model.tokens import Token
from arvgate.net.http_exchange import BodySink, Exchange
from arvgate.net.stream import Receiver, Stream
from test.dial.false_runners import echoing, impostor_context, knowing_nothing
from test.edge.https.world import ALICE, BOB, HOST, NAMES, REQUEST_UUID, EdgeWorld
from test.net.serving import Collector
from test.runner.door_world import PORT, UUID


class ForwardingCase(TestCase):
    """A world to ask, and Alice's cookie."""

    timeout = 60

    async def setUp(self) -> None:
        """Everything open."""
        self.world = EdgeWorld()
        self.app = self.world.app
        await self.world.start()
        self.cookie = self.world.cookie(self.world.alice)

    async def tearDown(self) -> None:
        """Everything closed."""
        await self.world.stop()


class HeaderTests(ForwardingCase):
    """Header fields, both ways."""

    async def test_to_the_app(self) -> None:
        """Target and fields arrive byte for byte, without what is ours or the connection's; the way is told."""
        fields = [
            (b"X-b", b"\xff \t,"),
            (b"x-B", b""),
            (b"Authorization", b"Bearer app"),
            (b"X-Forwarded-For", b"6.6.6.6"),
        ]
        more = [
            (b"X-Arvados-Target-Port", b"1"),
            (b"X_Arvados_Target_Uuid", b"x"),
            (b"Forwarded", b"for=6.6.6.6"),
            (b"X-Real-IP", b"6.6.6.6"),
            (b"X-Request-Id", b"mine"),
            (b"X_Request_Id", b"forged"),
            (b"X_Forwarded_Host", b"evil"),
            (b"Keep-Alive", b"1"),
            (b"Connection", b"x-drop"),
            (b"X-Drop", b"1"),
        ]
        await self.world.ask(HOST, "/a%2Fb//c?baz&x=%zz", [*fields, *more, self.cookie], "PATCH", b"body")
        seen, body = self.app.seen[0]
        self.assertEqual((b"PATCH", b"/a%2Fb//c?baz&x=%zz", b"body"), (seen.method, seen.target, body))
        self.assertEqual(
            [
                (b"Host", HOST.encode()),
                *fields[:3],
                (b"Content-Length", b"4"),
                (b"X-Forwarded-For", b"127.0.0.1"),
                (b"X-Forwarded-Host", HOST.encode()),
                (b"X-Forwarded-Proto", b"https"),
                (b"X-Real-IP", b"127.0.0.1"),
                (b"Forwarded", b"for=127.0.0.1;proto=https"),
                (b"Via", b"1.1 arvgate"),
                (b"X-Request-Id", b"mine"),
            ],
            seen.headers,
        )

    async def test_request_id(self) -> None:
        """The app gets one id whoever made it; its answers stay as they are, those of gateway and runner carry it."""
        head, _ = await self.world.ask(HOST, "/", [self.cookie, (b"X-Request-Id", b"a b")])
        (identifier,) = self.app.last.get_all(b"x-request-id")
        self.assertRegex(identifier.decode(), r"\Areq-[0-9a-z]{20}\Z")
        self.assertIsNone(head.get(b"x-request-id"))
        given = (b"X-Request-Id", b"mine")
        for host, fields, status in ((HOST, [], 401), (HOST.replace(f"-{PORT}-", "-81-"), [self.cookie], 502)):
            head, _ = await self.world.ask(host, "/", [given, *fields])
            self.assertEqual((status, [b"mine"]), (head.status, head.get_all(b"x-request-id")))

    async def test_connection_names_nothing_of_ours(self) -> None:
        """A client's Connection field takes away neither the hop's fields nor what the gateway says."""
        named = b"x-arvados-target-uuid, x-arvados-target-port, x-arvados-request-host, x-forwarded-for, via, host, "
        named += b"content-length"
        head, _ = await self.world.ask(HOST, "/", [(b"Connection", named), self.cookie], "POST", b"body")
        self.assertEqual(200, head.status)
        seen, body = self.app.seen[0]
        self.assertEqual((b"127.0.0.1", b"body"), (seen.get(b"x-forwarded-for"), body))

    async def test_trusted_proxies(self) -> None:
        """Behind a trusted proxy its chain is continued."""
        await self.world.serve(self.world.directory, DoorOptions(NAMES, trusted_proxies=[ip_network("127.0.0.0/8")]))
        await self.world.ask(HOST, "/", [(b"X-Forwarded-For", b"192.0.2.7"), self.cookie])
        self.assertEqual(b"192.0.2.7, 127.0.0.1", self.app.last.get(b"x-forwarded-for"))

    async def test_from_the_app(self) -> None:
        """Of the app's answer go: cookies of our names, wider Domains, the hop's fields, clearing of cookies."""
        self.app.headers = [
            (b"Set-Cookie", b"a=1; Path=/"),
            (b"Set-Cookie", b"__Host-arvados_api_token=evil; Secure; Path=/"),
            (b"set-cookie", b"arvados_api_token=evil"),
            (b"Set-Cookie", b"b=2; Domain=.c.example; Secure"),
            (b"Clear-Site-Data", b'"*"'),
            (b"X-Arvados-Authorization-Response", b"x"),
            (b"Location", b"http://elsewhere.example/"),
            (b"X-Raw", b"\xfe"),
        ]
        head, _ = await self.world.ask(HOST, "/", [self.cookie])
        self.assertEqual([b"a=1; Path=/", b"b=2; Secure"], head.get_all(b"set-cookie"))
        self.assertEqual([b'"cache", "storage"'], head.get_all(b"clear-site-data"))
        self.assertEqual([b"http://elsewhere.example/"], head.get_all(b"location"))
        self.assertEqual(b"\xfe", head.get(b"x-raw"))
        self.assertEqual([], [name for name, _ in head.headers if b"arvados" in name.lower()])


class FaultTests(ForwardingCase):
    """What a user gets when something between is at fault."""

    async def test_not_listening(self) -> None:
        """Where nothing listens the answer is a 502 that says so, and nothing of the hop is in it."""
        for more in ([], [(b"Accept", b"text/html")]):
            head, body = await self.world.ask(HOST.replace(f"-{PORT}-", "-81-"), "/", [self.cookie, *more])
            self.assertEqual(502, head.status)
            self.assertIn(b"nothing in it listens", body)
            self.assertEqual([], [name for name, _ in head.headers if b"arvados" in name.lower()])

    async def test_false_runner(self) -> None:
        """Who listens at the runner's address without its secret gets no byte of a user's request."""
        for lie in (knowing_nothing, echoing):
            heads: list[bytes] = []

            async def respond(exchange: Exchange, lie: object = lie, heads: list[bytes] = heads) -> None:
                heads.append(exchange.head.method + b" " + exchange.head.target + repr(exchange.head.headers).encode())
                assert callable(lie)
                await lie(exchange)

            port = self.world.serving.serve(respond, impostor_context())
            self.world.directory.put_container(UUID, gateway_address=f"127.0.0.1:{port}")
            head, _ = await self.world.ask(
                HOST, "/secret-path", [self.cookie, (b"X-Mine", b"secret")], "POST", b"secret"
            )
            self.assertEqual(502, head.status)
            self.assertEqual(1, len(heads))
            self.assertTrue(heads[0].startswith(b"HEAD /arvgate/proof"))
            self.assertNotIn(b"secret", heads[0])
            self.assertNotIn(b"Cookie", heads[0])

    async def test_no_such_protocol(self) -> None:
        """A runner that does not agree on arvgate/1 makes a 502, and hears nothing at all."""
        seen: list[Collector] = []

        def accepted(stream: Stream) -> Receiver:
            seen.append(Collector(self.world.serving.add(stream)))
            return seen[-1]

        port = self.world.serving.listen(accepted, impostor_context("http/1.1", newest=False))
        self.world.directory.put_container(UUID, gateway_address=f"127.0.0.1:{port}")
        head, _ = await self.world.ask(HOST, "/", [self.cookie])
        self.assertEqual(502, head.status)
        await seen[0].until_over()
        self.assertEqual(b"", seen[0].data)

    async def test_earlier_secret(self) -> None:
        """A listing with an earlier attempt's secret leads nowhere."""
        self.world.directory.put_container(UUID, auth_secret="0" * 64, lock_count=2)
        self.assertEqual(502, (await self.world.ask(HOST, "/", [self.cookie]))[0].status)
        self.assertEqual([], self.app.seen)

    async def test_no_address_yet(self) -> None:
        """A container whose runner has not reported yet is not ready."""
        self.world.directory.put_container(UUID, gateway_address="")
        self.assertEqual(503, (await self.world.ask(HOST, "/", [self.cookie]))[0].status)


class _Echo(BodySink):
    """Sends back what comes through a tunnel."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    def tunnel_data(self, data: bytes) -> None:
        self.exchange.write(data)

    def tunnel_ended(self) -> None:
        self.exchange.finish_tunnel()


class LiveTests(ForwardingCase):
    """Connections end with the access they rest on."""

    async def web_socket(self, token: Token) -> Collector:
        """An open upgraded connection."""

        async def switch(exchange: Exchange) -> None:
            exchange.sink = _Echo(exchange)
            exchange.upgrade(b"websocket", [])

        self.app.respond = switch
        client = await self.world.raw()
        name, value = self.world.cookie(token)
        client.stream.write(
            f"GET /ws HTTP/1.1\r\nHost: {HOST}\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n".encode()
            + b"%b: %b\r\n\r\n" % (name, value)
        )
        await client.until_has(b"\r\n\r\n")
        self.assertIn(b"HTTP/1.1 101 ", client.data)
        client.stream.write(b"ping")
        await client.until_has(b"ping")
        return client

    async def test_revoked(self) -> None:
        """Revoking the token closes the connection."""
        client = await self.web_socket(self.world.alice)
        self.world.tokens.remove(self.world.alice.uuid or "")
        await client.until_over()
        self.assertEqual(0, len(self.world.live))

    async def test_parent_revoked(self) -> None:
        """Revoking the token that a cookie came of closes it as well."""
        issued = await self.world.issuer.derive(self.world.alice, UUID, PORT)
        client = await self.web_socket(Token(secret=issued.text.rpartition("/")[2], uuid=issued.uuid))
        self.world.tokens.remove(self.world.alice.uuid or "")
        await client.until_over()

    async def test_unshared(self) -> None:
        """Removing a share closes what rested on it, and nothing else."""
        self.world.directory.put_request(REQUEST_UUID, UUID, writers={ALICE, BOB})
        bob = await self.web_socket(self.world.bob)
        alice = await self.web_socket(self.world.alice)
        self.world.directory.put_request(REQUEST_UUID, UUID, writers={ALICE})
        await bob.until_over()
        alice.stream.write(b"still here")
        await alice.until_has(b"still here")

    async def test_container_ended(self) -> None:
        """When the container ends its connections do."""
        client = await self.web_socket(self.world.alice)
        self.world.directory.put_container(UUID, state="Complete")
        await client.until_over()

    async def test_stream_cut(self) -> None:
        """An answer under way is visibly cut."""
        begun: Deferred[Exchange] = Deferred()

        async def endless(exchange: Exchange) -> None:
            exchange.begin(200, b"OK", [], open_ended=True)
            exchange.write(b"tick")
            begun.callback(exchange)
            await Deferred()

        self.app.respond = endless
        client = await self.world.raw()
        name, value = self.cookie
        client.stream.write(b"GET / HTTP/1.1\r\nHost: %b\r\n%b: %b\r\n\r\n" % (HOST.encode(), name, value))
        await client.until_has(b"tick")
        await begun
        self.world.tokens.remove(self.world.alice.uuid or "")
        await client.until_over()
        self.assertNotIn(b"\r\n0\r\n", client.data)

    async def test_not_watched_for_ever(self) -> None:
        """What is answered is watched no more."""
        await self.world.ask(HOST, "/", [self.cookie])
        self.assertEqual(0, len(self.world.live))

    async def test_both_ways_at_once(self) -> None:
        """Bytes arrive as they are sent, up and down, before the exchange is over."""
        client = await self.web_socket(self.world.alice)
        for _ in range(20):
            piece = secrets.token_bytes(1000)
            client.stream.write(piece)
            await client.until(lambda piece=piece: client.data.endswith(piece))
