"""
Tests for L{arvgate.edge.https.plain}.
"""

from __future__ import annotations

from ipaddress import ip_network

import attrs
from twisted.trial.unittest import SynchronousTestCase, TestCase

from arvgate.edge.https.options import DoorOptions
from arvgate.edge.https.plain import secure_host
from arvgate.wire.http1.head import Headers, ResponseHead
from test.edge.https.world import API_HOST, BROWSER, HOST, NAMES, EdgeWorld
from test.runner.door_world import UUID

SECURE: Headers = [(b"X-Forwarded-Proto", b"https"), (b"X-Forwarded-For", b"192.0.2.7")]
LOOPBACK = (ip_network("127.0.0.0/8"),)


class SecureHostTests(SynchronousTestCase):
    """Under which host a name is reached over HTTPS."""

    def test_port(self) -> None:
        """It is the same name with the port of its HTTPS address, whatever port was asked for."""
        names = attrs.evolve(NAMES, api_port=443, port=9443)
        for asked in (b"api.example", b"api.example:80", b"api.example:8080", b"api.example:443"):
            self.assertEqual(b"api.example", secure_host(asked, names))
        host = f"{UUID}-80-http.c.example".encode()
        for asked in (host, host + b":80", host + b":9443"):
            self.assertEqual(host + b":9443", secure_host(asked, names))

    def test_range(self) -> None:
        """A port of the range that containers are reached by is kept."""
        names = attrs.evolve(NAMES, suffix="", ports_host="apps.example", first_port=9000, last_port=9001)
        self.assertEqual(b"apps.example:9001", secure_host(b"apps.example:9001", names))
        self.assertIsNone(secure_host(b"apps.example:80", names))

    def test_none_of_ours(self) -> None:
        """Other names are not led anywhere."""
        for asked in (
            b"elsewhere.example",
            b"www.c.example",
            b"c.example",
            b"api.example.evil.example",
            b"[::1]:80",
            b"",
        ):
            self.assertIsNone(secure_host(asked, NAMES), asked)

    def test_address(self) -> None:
        """An API that is known by an IPv6 address is found by it."""
        self.assertEqual(b"[::1]:8443", secure_host(b"[::1]:80", attrs.evolve(NAMES, api="[::1]")))


class PlainCase(TestCase):
    """A door for what comes without TLS."""

    timeout = 60
    trusted_proxies = LOOPBACK

    async def setUp(self) -> None:
        """Everything open."""
        self.world = EdgeWorld()
        await self.world.start(DoorOptions(NAMES, trusted_proxies=self.trusted_proxies))
        self.cookie = self.world.cookie(self.world.alice)

    async def tearDown(self) -> None:
        """Everything closed."""
        await self.world.stop()

    async def ask(
        self, host: str, target: str = "/", headers: Headers | None = None, method: bytes = b"GET", body: bytes = b""
    ) -> tuple[ResponseHead, bytes]:
        """One request without TLS."""
        client = await self.world.serving.client(self.world.plain_port)
        fields = [(b"Host", host.encode()), *(headers or [])]
        return await client.request(method, target.encode(), fields, body)

    def nothing_passed(self) -> None:
        """Neither the app nor the API has seen anything."""
        self.assertEqual([], self.world.api.seen + self.world.app.seen)


class ProxyTests(PlainCase):
    """What a trusted proxy brings."""

    async def test_served(self) -> None:
        """It is served as over TLS: by app and API, the client's address known, with Secure cookies."""
        head, _ = await self.ask(HOST, "/x?y", [self.cookie, *SECURE])
        self.assertEqual(200, head.status)
        seen, _ = self.world.app.seen[-1]
        self.assertEqual(HOST.encode(), seen.host)
        self.assertEqual([b"192.0.2.7, 127.0.0.1"], seen.get_all(b"x-forwarded-for"))
        self.assertEqual([b"https"], seen.get_all(b"x-forwarded-proto"))
        head, _ = await self.ask(API_HOST, "/arvados/v1/x", SECURE)
        self.assertEqual(200, head.status)
        self.assertEqual([b"192.0.2.7"], self.world.api.seen[-1][0].get_all(b"x-forwarded-for"))
        head, _ = await self.ask(HOST, f"/?arvados_api_token={self.world.alice.v2}", [*SECURE, *BROWSER])
        self.assertEqual(303, head.status)
        self.assertIn(b"; Secure", head.get(b"set-cookie") or b"")

    async def test_other_schemes(self) -> None:
        """What came to the proxy unencrypted, or does not say so, is not served."""
        for fields in (
            [],
            [(b"X-Forwarded-Proto", b"http")],
            [*SECURE, *SECURE],
            [(b"X-Forwarded-Proto", b"https, http")],
        ):
            head, _ = await self.ask(HOST, "/x", [(b"X-Forwarded-For", b"192.0.2.7"), *fields])
            self.assertEqual((301, f"https://{HOST}/x".encode()), (head.status, head.get(b"location")))
        self.nothing_passed()


class StrangerTests(PlainCase):
    """What anybody else brings."""

    trusted_proxies = (ip_network("192.0.2.0/24"),)

    async def test_pretended_proxy(self) -> None:
        """Who is no trusted proxy can say what he likes."""
        head, _ = await self.ask(HOST, "/x", SECURE)
        self.assertEqual(301, head.status)
        self.nothing_passed()

    async def test_led_to_https(self) -> None:
        """GET and HEAD are sent to the same host and target, byte for byte, and the connection ends."""
        for host, target in ((HOST, "/a//b?c=%2F&d"), (HOST.replace(":8443", ":80"), "//x/"), (API_HOST, "/")):
            for method in (b"GET", b"HEAD"):
                head, _ = await self.ask(host, target, BROWSER, method)
                expected = f"https://{host.partition(':')[0]}:8443{target}".encode()
                self.assertEqual((301, expected), (head.status, head.get(b"location")))
                self.assertFalse(head.keep_alive)
                self.assertRegex((head.get(b"x-request-id") or b"").decode(), r"^req-\w{20}$")
                self.assertIsNone(head.get(b"strict-transport-security"))
        self.nothing_passed()

    async def test_no_host_of_ours(self) -> None:
        """Nobody is sent to a host that is none of ours."""
        head, _ = await self.ask("evil.example")
        self.assertEqual((421, None), (head.status, head.get(b"location")))

    async def test_other_methods(self) -> None:
        """What may have had a body is refused, so that its program learns of it."""
        upgrade: Headers = [(b"Connection", b"Upgrade"), (b"Upgrade", b"websocket")]
        for method, fields, body in ((b"POST", [], b"secret"), (b"DELETE", [], b""), (b"GET", upgrade, b"")):
            head, answer = await self.ask(HOST, "/", fields, method, body)
            self.assertEqual((403, None), (head.status, head.get(b"location")))
            self.assertIn(b"https://", answer)
        self.nothing_passed()

    async def test_credentials(self) -> None:
        """Whoever sends a token unencrypted is told what that means, and it goes no further, nor into an answer."""
        token = self.world.alice.v2
        for target, fields in (
            (f"/?arvados_api_token={token}", []),
            (f"/?a=b&api_token={token}&c", []),
            ("/?arvgate_code=abcdefgh", []),
            ("/", [(b"Authorization", b"Bearer " + token.encode())]),
            ("/", [self.cookie]),
            ("/", [self.world.cookie(self.world.alice, "arvados_api_token")]),
        ):
            head, answer = await self.ask(HOST, target, [*BROWSER, *fields])
            self.assertEqual((403, None), (head.status, head.get(b"location")), target)
            self.assertIn(b"revoke", answer)
            self.assertNotIn(token.encode(), answer)
            self.assertEqual(b"no-store", head.get(b"cache-control"))
        self.nothing_passed()
