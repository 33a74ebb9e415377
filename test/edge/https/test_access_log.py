"""
Tests for L{arvgate.edge.https.access_log}: what is told of exchanges that were really made.
"""

from __future__ import annotations

from ipaddress import ip_network

from twisted.internet.defer import Deferred

from arvgate.edge.https.options import DoorOptions
from arvgate.net.http_exchange import BodySink, Exchange
from test.edge.https.case import ContainerCase
from test.edge.https.world import ALICE, API_HOST, BROWSER, DOOR, HOST, NAMES, REQUEST_HOST, REQUEST_UUID
from test.runner.door_world import PORT, UUID

NOBODY = {"user_uuid": None, "token_uuid": None}
ALICES = {"user_uuid": ALICE, "token_uuid": "zzzzz-gj3su-aaaaaaaaaaaaaaa"}


class AccessLogTests(ContainerCase):
    """Lines of the log."""

    def check(self, line: dict[str, object], **expected: object) -> None:
        """What a line says of some facts."""
        self.assertEqual(expected, {name: line[name] for name in expected})

    async def test_to_an_app(self) -> None:
        """A request to an app: who, what, whereto, how much, how long; neither its query nor its cookie."""
        cookie, given = self.world.cookie(self.alice), (b"X-Request-Id", b"mine")
        await self.world.ask(HOST, "/a%2Fb?secret=1", [cookie, given], "POST", b"12345")
        (line,) = await self.world.exchanges(1)
        self.check(line, **ALICES, request_id="mine", door=DOOR, peer="127.0.0.1", method="POST", host=HOST)
        self.check(line, path="/a%2Fb", protocol="HTTP/1.1", status=200, bytes_in=5, bytes_out=len(self.app.body))
        self.check(line, kind="container", container_uuid=UUID, port=PORT, asked=None, upgraded=False)
        self.check(line, complete=True, error=None)
        self.assertRegex(str(line["time"]), r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")
        self.assertLessEqual(line["gate"], line["first_byte"])
        self.assertLessEqual(line["first_byte"], line["duration"])
        self.assertLessEqual(line["connect"], line["first_byte"])
        self.assertNotIn("secret", str(line))
        self.assertNotIn(self.alice.secret[:20], str(line))

    async def test_kept_connection(self) -> None:
        """Where a kept connection was used there is no time for a new one."""
        for _ in range(2):
            await self.world.ask(HOST, "/", [self.world.cookie(self.alice)])
        first, second = await self.world.exchanges(2)
        self.assertEqual((False, True), (first["connect"] is None, second["connect"] is None))

    async def test_entering(self) -> None:
        """Redirects tell who was let in, and which request was asked for."""
        target = f"/?arvados_api_token={self.alice.v2}"
        await self.world.ask(HOST, target, BROWSER)
        await self.world.ask(REQUEST_HOST, target, BROWSER)
        first, second = await self.world.exchanges(2)
        self.check(first, **ALICES, status=303, path="/", container_uuid=UUID, asked=None, error=None)
        self.check(second, **ALICES, status=303, path="/", container_uuid=UUID, asked=REQUEST_UUID, error=None)

    async def test_refused(self) -> None:
        """Answers of the gateway's own tell the error's code, and nobody in particular."""
        for host, fields in ((HOST, []), (HOST, BROWSER), (HOST.replace(f"-{PORT}-", "-81-"), [])):
            await self.world.ask(host, "/", fields)
        await self.world.ask("evil.example")
        await self.world.ask(HOST.replace(f"-{PORT}-", "-81-"), "/", [self.world.cookie(self.alice)])
        one, two, three, four, five = await self.world.exchanges(5)
        self.check(one, **NOBODY, status=401, error="not-authenticated", container_uuid=UUID, port=PORT)
        self.check(two, **NOBODY, status=303, error="not-authenticated")
        self.check(three, **NOBODY, status=401, port=81)
        self.check(four, **NOBODY, status=421, kind=None, container_uuid=None, host="evil.example")
        self.check(five, **ALICES, status=502, error="not-listening", complete=True)

    async def test_no_request(self) -> None:
        """What is no request is told with its answer and nothing that was sent."""
        client = await self.world.raw()
        client.stream.write(b"GET /secret HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        (line,) = await self.world.exchanges(1)
        self.check(line, status=400, method=None, path=None, host=None, protocol=None, kind=None, request_id=None)

    async def test_record_api(self) -> None:
        """Of a request to the record API it tells the caller whom the API names; the client does not hear of it."""

        async def name(exchange: Exchange) -> None:
            exchange.respond(200, [(b"X-Arvados-User-Uuid", ALICE.encode()), (b"X-Arvados-Token-Uuid", b"t")])

        self.world.api.respond = name
        head, _ = await self.world.ask(API_HOST, "/arvados/v1/x?y")
        self.assertEqual([], [field for field in head.headers if b"arvados" in field[0].lower()])
        (line,) = await self.world.exchanges(1)
        self.check(line, kind="api", user_uuid=ALICE, token_uuid="t", path="/arvados/v1/x", container_uuid=None)

    async def test_pages(self) -> None:
        """Pages for people at the API's host are told apart from the API."""
        for target in ("/login?to=x", "/", "/why?to=x", "/arvados/v1/config", "/metrics"):
            await self.world.ask(API_HOST, target)
        lines = await self.world.exchanges(5)
        self.assertEqual(["page", "page", "page", "api", "api"], [line["kind"] for line in lines])

    async def test_trusted_proxy(self) -> None:
        """Behind a trusted proxy the client is whom the proxy names."""
        await self.world.serve(self.world.directory, DoorOptions(NAMES, trusted_proxies=[ip_network("127.0.0.0/8")]))
        await self.world.ask(API_HOST, "/", [(b"X-Forwarded-For", b"6.6.6.6, 192.0.2.7")])
        (line,) = await self.world.exchanges(1)
        self.check(line, peer="192.0.2.7")

    async def test_upgrade(self) -> None:
        """A tunnel is told when it is over, with the bytes of both ways."""

        async def echo(exchange: Exchange) -> None:
            over: Deferred[None] = Deferred()
            exchange.attach(_Echo(exchange, over))
            exchange.upgrade(b"echo", [])
            await over

        self.app.respond = echo
        client = await self.world.raw()
        name, value = self.world.cookie(self.alice)
        client.stream.write(
            b"GET /ws HTTP/1.1\r\nHost: %s\r\n%s: %s\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nearly"
            % (HOST.encode(), name, value)
        )
        await client.until_has(b"early")
        client.stream.write(b"later")
        await client.until_has(b"later")
        self.assertEqual([], self.world.access)
        client.stream.half_close()
        (line,) = await self.world.exchanges(1)
        self.check(line, **ALICES, status=101, upgraded=True, bytes_in=10, bytes_out=10, path="/ws")

    async def test_cut_off(self) -> None:
        """Answers that end early are told as such: the client left, the app broke off, access was taken back."""
        answers: list[Exchange] = []

        async def half(exchange: Exchange) -> None:
            exchange.begin(200, b"OK", [(b"Content-Length", b"100")], False)
            exchange.write(b"x")
            answers.append(exchange)
            await Deferred()

        self.app.respond = half
        name, value = self.world.cookie(self.alice)
        request = b"GET / HTTP/1.1\r\nHost: %s\r\n%s: %s\r\n\r\n" % (HOST.encode(), name, value)
        for number in range(3):
            client = await self.world.raw()
            client.stream.write(request)
            await client.until_has(b"\r\n\r\nx")
            if number == 0:
                client.stream.abort()
            elif number == 1:
                answers[-1].abort()
            else:
                self.world.directory.put_request(REQUEST_UUID, UUID, writers=set())
            line = (await self.world.exchanges(number + 1))[number]
            error = ("client-gone", "peer-fault", "not-found")[number]
            self.check(line, status=200, complete=False, bytes_out=1, error=error)


class _Echo(BodySink):
    """Sends back what comes."""

    def __init__(self, exchange: Exchange, over: Deferred[None]) -> None:
        self._exchange = exchange
        self._over = over

    def tunnel_data(self, data: bytes) -> None:
        self._exchange.write(data)

    def tunnel_ended(self) -> None:
        self._exchange.end_tunnel()

    def gone(self, reason: str) -> None:
        self._exchange.finish_tunnel()
        self._over.callback(None)
