"""
nginx in front of a cluster, by the example in C{etc}: everything works as without it.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import socket
import ssl
from typing import Any

from twisted.trial.unittest import TestCase

from test.acceptance.client import Answer
from test.acceptance.cluster import Cluster, Entrance
from test.acceptance.engines import Processes
from test.acceptance.ports import free_port
from test.acceptance.waiting import in_thread
from test.functional.nginx import Nginx
from test.requirements import require

#: An address of this machine that is not the proxy's.
STRANGER = "127.0.0.77"


def fields(answer: Answer) -> dict[str, list[str]]:
    """The request's header fields as the test app saw them, by lower-case name."""
    found: dict[str, list[str]] = {}
    for name, value in answer.json["headers"]:
        found.setdefault(name.lower(), []).append(value)
    return found


def ask(
    port: int, host: str, target: str, *, source: str = STRANGER, secured: ssl.SSLContext | None = None, **fields: str
) -> Answer:
    """A GET request from an address of this machine."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.sock = socket.create_connection(("127.0.0.1", port), 10.0, (source, 0))
    try:
        if secured is not None:
            connection.sock = secured.wrap_socket(connection.sock, server_hostname=host.partition(":")[0])
        connection.request("GET", target, headers={"Host": host, **fields})
        response = connection.getresponse()
        return Answer(response.status, dict(response.headers.items()), response.read())
    finally:
        connection.close()


class BehindNginxTests(TestCase):
    """TLS ends in nginx."""

    timeout = 180

    async def setUp(self) -> None:
        """A cluster that listens without TLS only, nginx in front of it, and the test app in a container."""
        require("nginx", "root")
        self.gateway_port = free_port()
        listeners = {"HTTPS": [], "HTTP": [f"tcp:{self.gateway_port}:interface=127.0.0.1"]}
        arvgate = {"Listeners": listeners, "TrustedProxies": ["127.0.0.1"]}
        self.cluster = Cluster(await in_thread(Processes), {"Arvgate": arvgate})
        self.addCleanup(self.cluster.remove)
        await self.cluster.initialise()
        self.nginx = Nginx(self.cluster, self.gateway_port)
        await self.nginx.start()
        self.addCleanup(self.nginx.stop)
        await self.cluster.start()
        self.entrance: Entrance = await self.cluster.run_app()
        self.host = f"{self.entrance.name}:{self.cluster.https_port}"

    def visit(self, method: str, path: str, **options: Any) -> Answer:
        """A request to the app by the cookie of its port."""
        headers = self.entrance.headers | options.pop("headers", {})
        return self.cluster.client.request(self.entrance.name, method, path, headers=headers, **options)

    async def test_everything(self) -> None:
        """
        Login, pages, uploads, WebSockets and server-sent events work; apps are told the client's address and the Host
        that it asked for; nobody but nginx can speak for others.
        """
        await self.login()
        await self.headers()
        await self.bodies()
        await self.streams()
        await self.not_encrypted()
        await self.not_by_the_proxy()

    async def login(self) -> None:
        """The cookie, which the entrance has, is Secure; without it there is no way in."""
        answer = await in_thread(
            self.cluster.client.request,
            self.entrance.name,
            "GET",
            f"/?arvados_api_token={self.cluster.client.token}&baz",
        )
        self.assertEqual(303, answer.status)
        self.assertIn("; Secure", answer.headers["Set-Cookie"])
        self.assertEqual("/?baz", answer.headers["Location"])
        refused = await in_thread(self.cluster.client.request, self.entrance.name, "GET", "/")
        self.assertEqual(401, refused.status)
        page = await in_thread(self.visit, "GET", "/")
        self.assertIn(b"It works.", page.body)

    async def headers(self) -> None:
        """Host and target are the client's, byte for byte; a client's own word on its address counts for nothing."""
        lies = {"X-Forwarded-For": "6.6.6.6", "X-Real-IP": "6.6.6.6", "Forwarded": "for=6.6.6.6", "X_odd": "1"}
        target = "/headers?a=%2F//b&&c"
        port, secured = self.cluster.https_port, self.cluster.client.context
        answer = await in_thread(ask, port, self.host, target, secured=secured, **lies, **self.entrance.headers)
        seen = fields(answer)
        self.assertEqual((target, [self.host]), (answer.json["uri"], seen["host"]))
        self.assertEqual([f"{STRANGER}, 127.0.0.1"], seen["x-forwarded-for"])
        self.assertEqual((["https"], [STRANGER]), (seen["x-forwarded-proto"], seen["x-real-ip"]))
        self.assertEqual(["1"], seen["x_odd"])
        self.assertNotIn("6.6.6.6", json.dumps(seen))
        self.assertNotIn("cookie", seen)

    async def bodies(self) -> None:
        """A large body passes, with a length and without."""
        pieces = [bytes([number]) * 65536 for number in range(64)]
        whole = b"".join(pieces)
        expected = hashlib.sha256(whole).hexdigest().encode()
        for body in (whole, iter(pieces)):
            answer = await in_thread(self.visit, "PUT", "/upload", body=body)
            self.assertEqual((200, expected), (answer.status, answer.body))

    async def streams(self) -> None:
        """A WebSocket echoes, and events arrive one by one while the answer goes on."""
        echo = await in_thread(self.cluster.client.web_socket, self.entrance.name, "/ws", self.entrance.cookie)
        self.addCleanup(echo.close)
        for text in ("hello", "again"):
            await in_thread(echo.send, text)
            self.assertEqual(text, await in_thread(echo.receive))
        connection, response = await in_thread(
            self.cluster.client.open, self.entrance.name, "GET", "/clock", headers=self.entrance.headers
        )
        for number in range(2):
            self.assertEqual(b"data: %d" % number, (await in_thread(response.readline)).strip())
            await in_thread(response.readline)
        connection.close()

    async def not_encrypted(self) -> None:
        """Who comes to nginx without TLS is led to HTTPS, and refused with a token."""
        answer = await in_thread(ask, self.nginx.http_port, self.entrance.name, "/x?y")
        self.assertEqual((301, f"https://{self.host}/x?y"), (answer.status, answer.headers["Location"]))
        token = self.cluster.client.token
        answer = await in_thread(ask, self.nginx.http_port, self.entrance.name, f"/?arvados_api_token={token}")
        self.assertEqual(403, answer.status)

    async def not_by_the_proxy(self) -> None:
        """Another address that comes to the gateway's listener is not believed; the proxy's own is."""
        as_proxy = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.9", **self.entrance.headers}
        answer = await in_thread(ask, self.gateway_port, self.host, "/headers", **as_proxy)
        self.assertEqual(403, answer.status)
        answer = await in_thread(ask, self.gateway_port, self.host, "/headers", source="127.0.0.1", **as_proxy)
        self.assertEqual(["192.0.2.9, 127.0.0.1"], fields(answer)["x-forwarded-for"])
