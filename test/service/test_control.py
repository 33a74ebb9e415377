"""
Tests for L{arvgate.service.control}: control without a door, on sockets in a directory.
"""

from __future__ import annotations

import json
from typing import Any

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from arvgate.config import Config
from arvgate.model.targets import ContainerTarget
from arvgate.model.tokens import parse_token
from arvgate.net.connecting import connect_unix
from arvgate.net.http_client import ClientConnection
from arvgate.service.control import Control, make_control
from arvgate.service.door import known_over
from arvgate.service.opening import open_all
from arvgate.service.pipes import API_SOCKET, DIRECTORY_SOCKET
from test.service.clusters import CLUSTER, HOST, make_cluster


class ControlTests(TestCase):
    """What control serves."""

    async def setUp(self) -> None:
        """Start it."""
        self.cluster = make_cluster(self.mktemp(), 1)
        self.config: Config = self.cluster.config
        self.opened = open_all(self.config, None, doors_apart=True)
        self.addCleanup(self.opened.close)
        self.control = await self.start()

    async def start(self) -> Control:
        """Start control on copies of the sockets, as a process that is given them."""
        control = make_control(self.config, reactor, {}, self.opened.api.dup(), self.opened.directory.dup())
        self.addCleanup(control.part.stop)
        await control.part.start()
        return control

    def path(self, name: str) -> str:
        """The path of a private socket."""
        return f"/proc/self/fd/{self.opened.run}/{name}"

    async def get(self, path: str, token: str = "") -> tuple[int, Any]:
        """Ask the API; status and JSON."""
        return await self.ask(b"GET", path, token)

    async def ask(self, method: bytes, path: str, token: str, attributes: Any = None) -> tuple[int, Any]:
        """Ask the API with a JSON body; status and JSON."""
        connection = ClientConnection(await connect_unix(reactor, self.path(API_SOCKET), 5.0))
        headers = [(b"Host", HOST)] + ([(b"Authorization", f"Bearer {token}".encode())] if token else [])
        sent = b"" if attributes is None else json.dumps(attributes).encode()
        if sent:
            headers.append((b"Content-Type", b"application/json"))
        head, body = await connection.request(method, path.encode(), headers, sent)
        connection.abort()
        await deferLater(reactor, 0)
        return head.status, json.loads(body)

    async def test_api(self) -> None:
        """The record API answers on its socket, and knows the configuration."""
        status, user = await self.get("/arvados/v1/users/current", self.cluster.admin_token)
        self.assertEqual((200, True), (status, user["is_admin"]))
        status, config = await self.get("/arvados/v1/config")
        self.assertEqual((200, CLUSTER), (status, config["ClusterID"]))
        self.assertEqual(self.config.controller_url, config["Services"]["Controller"]["ExternalURL"])
        self.assertNotIn(self.config.system_root_token.value, json.dumps(config))

    async def test_load(self) -> None:
        """How many requests to the API are worked on and wait is among the numbers of the process."""
        numbers = self.control.tally.present()
        self.assertEqual((0, 0), (numbers[("api_working",)], numbers[("api_waiting",)]))

    async def test_tokens(self) -> None:
        """The system's own token and the management token are the configuration's."""
        status, user = await self.get("/arvados/v1/users/current", self.config.system_root_token.value)
        self.assertEqual((200, f"{CLUSTER}-tpzed-000000000000000"), (status, user["uuid"]))
        status, answer = await self.get("/_health/ping", self.config.management_token.value)
        self.assertEqual((200, {"health": "OK"}), (status, answer))

    async def test_revoked(self) -> None:
        """A token that the API knows already is refused at once when it is revoked, or its user deactivated."""
        admin, users, tokens = self.cluster.admin_token, "/arvados/v1/users", "/arvados/v1/api_client_authorizations"
        _, user = await self.ask(b"POST", users, admin, {"username": "someone", "is_active": True})
        texts = []
        for _ in range(2):
            status, made = await self.ask(b"POST", tokens, admin, {"owner_uuid": user["uuid"]})
            self.assertEqual(200, status, made)
            texts.append(f"v2/{made['uuid']}/{made['api_token']}")
            for _ in range(2):
                self.assertEqual((200, user["uuid"]), await self.who(texts[-1]))
        uuid = texts[0].split("/")[1]
        status, _ = await self.ask(b"DELETE", f"{tokens}/{uuid}", texts[1])
        self.assertEqual(200, status)
        self.assertEqual((401, None), await self.who(texts[0]))
        status, _ = await self.ask(b"PATCH", f"{users}/{user['uuid']}", admin, {"is_active": False})
        self.assertEqual(200, status)
        status, _ = await self.ask(b"POST", tokens, texts[1], {})
        self.assertEqual(401, status)

    async def who(self, token: str) -> tuple[int, Any]:
        """Status, and the UUID of whose token it is."""
        status, answer = await self.get("/arvados/v1/users/current", token)
        return status, answer.get("uuid")

    async def test_doors(self) -> None:
        """A door gets its answers on the other socket, and the same as one in this process."""
        known = known_over(self.path(DIRECTORY_SOCKET), reactor)
        known.link.start()
        self.assertTrue(await known.link.connected(5.0))
        token = parse_token(self.cluster.admin_token)
        found = await known.sources.tokens.find(token)
        self.assertEqual(await self.control.sources.tokens.find(token), found)
        self.assertTrue(found.is_admin)
        target = ContainerTarget(f"{CLUSTER}-dz642-000000000000000", 80)
        self.assertIsNone(await known.sources.directory.locate(target, None))
        known.link.stop()
        await deferLater(reactor, 0)
        await deferLater(reactor, 0)

    async def test_stop(self) -> None:
        """After a stop questions wait in the sockets, and a successor answers them."""
        await self.control.part.stop()
        waiting = Deferred.fromCoroutine(self.get("/arvados/v1/config"))
        await deferLater(reactor, 0)
        self.assertNoResult(waiting)
        await self.start()
        status, _ = await waiting
        self.assertEqual(200, status)
