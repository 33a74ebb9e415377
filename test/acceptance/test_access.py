"""
Who gets in, and who is thrown out again.
"""

from __future__ import annotations

import http.client
from datetime import UTC, datetime
from typing import Any

import attrs

from test.acceptance.case import ClusterCase
from test.acceptance.client import WebSocket
from test.acceptance.cluster import Entrance
from test.acceptance.engines import OnDocker
from test.acceptance.waiting import in_thread, seconds


class AccessTests(ClusterCase):
    """Access follows the records, at once."""

    async def test_sharing_with_a_second_user(self) -> None:
        """
        A second user finds nothing of a container until its owner grants write permission on the request, or on the
        project that it is in, and is thrown out within a second when that is taken back.  Both are told why.
        """
        entrance = await self.cluster.run_app()
        user, token = await self.cluster.second_user()
        await self.sees_nothing(entrance, token)
        await self.told_why(entrance, token)
        await self.let_in_and_thrown_out(entrance, entrance.request, user, token)

        project = await self.api("POST", "groups", {"group": {"name": "shared", "group_class": "project"}})
        moved = {"container_request": {"owner_uuid": project["uuid"]}}
        await self.api("PATCH", f"container_requests/{entrance.request}", moved)
        await self.let_in_and_thrown_out(entrance, project["uuid"], user, token)

    async def let_in_and_thrown_out(self, entrance: Entrance, head: str, user: str, token: str) -> None:
        """A user enters while a permission on C{head} lasts, and no longer; its owner does not notice."""
        link = {"link_class": "permission", "name": "can_write", "tail_uuid": user, "head_uuid": head}
        made = await self.api("POST", "links", {"link": link})
        second = await self.cluster.enter(entrance.request, entrance.uuid, entrance.port, token)
        self.assertEqual(200, await in_thread(self.cluster.visit, second))
        socket = await self.open_socket(second)
        await self.api("DELETE", f"links/{made['uuid']}")
        await self.closes_within_a_second(socket)
        await self.sees_nothing(entrance, token)
        self.assertEqual(200, await in_thread(self.cluster.visit, entrance))

    async def told_why(self, entrance: Entrance, stranger: str) -> None:
        """The owner is told that all is in order, or which port is the right one; a stranger that there is nothing."""
        for uuid in (entrance.uuid, entrance.request):
            self.assertIn("Everything is in order.", await self.cluster.output_of("why", f"{uuid}:{entrance.port}"))
        path = f"containers/{entrance.uuid}/why"
        closed = await self.api("GET", f"{path}?port=1")
        failed = next(check for check in closed["checks"] if check["name"] == closed["failed"])
        self.assertEqual("port", failed["name"], closed)
        self.assertIn(f"{entrance.port} (", failed["sentence"])
        hidden = await in_thread(self.cluster.client.of(stranger).api, "GET", path)
        self.assertEqual((200, "container"), (hidden.status, hidden.json["failed"]))

    async def test_revoking_a_token(self) -> None:
        """Revoking a token closes what was opened by the cookie that came of it, and ends the cookie."""
        own = await self.cluster.run_app()
        client = self.cluster.client
        made = await in_thread(client.api, "POST", "api_client_authorizations", {"api_client_authorization": {}})
        self.assertEqual(200, made.status, made.body)
        token = f"v2/{made.json['uuid']}/{made.json['api_token'].rpartition('/')[2]}"
        entrance = await self.cluster.enter(own.request, own.uuid, own.port, token)
        socket = await self.open_socket(entrance)
        connection, clock = await in_thread(client.open, entrance.name, "GET", "/clock", headers=entrance.headers)
        self.addCleanup(connection.close)
        self.assertEqual(b"data: 0", (await in_thread(clock.readline)).strip())

        gone = await in_thread(client.api, "DELETE", f"api_client_authorizations/{made.json['uuid']}")
        self.assertEqual(200, gone.status, gone.body)
        revoked = seconds()
        await self.closes_within_a_second(socket)
        with self.assertRaises((http.client.IncompleteRead, ConnectionError)):
            await in_thread(clock.read)
        self.assertLess(seconds() - revoked, 1.0)
        self.assertEqual(401, await in_thread(self.cluster.visit, entrance))
        self.assertEqual(401, (await in_thread(client.of(token).api, "GET", "users/current")).status)
        self.assertEqual(200, await in_thread(self.cluster.visit, own))

    async def test_whatever_ends_access(self) -> None:
        """
        Open streams end within a second when the name of their port is taken back, their token has expired, a
        property of the request forbids the web, and the container has ended.
        """
        own = await self.cluster.run_app()
        named = attrs.evolve(own, name=own.name.replace(own.name.partition(".")[0], "a-name"))
        properties = {"port": own.port}
        link = {"link_class": "published_port", "name": "a-name", "head_uuid": own.request, "properties": properties}
        made = await self.api("POST", "links", {"link": link})
        by_name, by_uuid = await self.open_socket(named), await self.open_socket(own)
        await self.api("DELETE", f"links/{made['uuid']}")
        await self.closes_within_a_second(by_name)

        expires_at = datetime.fromtimestamp(seconds() + 4, UTC)
        attributes = {"expires_at": expires_at.isoformat()}
        expiring = await self.api("POST", "api_client_authorizations", {"api_client_authorization": attributes})
        token = f"v2/{expiring['uuid']}/{expiring['api_token'].rpartition('/')[2]}"
        short = await self.open_socket(await self.cluster.enter(own.request, own.uuid, own.port, token))
        self.assertIsNone(await in_thread(short.receive))
        late = seconds() - expires_at.timestamp()
        self.assertTrue(-0.1 < late < 1.0, late)

        await in_thread(by_uuid.send, "still there")
        self.assertEqual("still there", await in_thread(by_uuid.receive))
        for properties in ({"arvgate:web": False}, {}):
            request = {"container_request": {"properties": properties}}
            await self.api("PATCH", f"container_requests/{own.request}", request)
            if properties:
                await self.closes_within_a_second(by_uuid)
        last = await self.open_socket(own)
        await self.api("PATCH", f"container_requests/{own.request}", {"container_request": {"priority": 0}})
        await self.cluster.container_in(own.uuid, "Cancelled")
        await self.closes_within_a_second(last)

    async def api(self, method: str, path: str, attributes: Any = None) -> Any:
        """The record API's answer to the admin, which must be a success."""
        answer = await in_thread(self.cluster.client.api, method, path, attributes)
        self.assertEqual(200, answer.status, answer.body)
        return answer.json

    async def sees_nothing(self, entrance: Entrance, token: str) -> None:
        """The token's user finds neither the records nor the web app."""
        client = self.cluster.client.of(token)
        for path in (f"containers/{entrance.uuid}", f"container_requests/{entrance.request}"):
            self.assertEqual(404, (await in_thread(client.api, "GET", path)).status, path)
        web = await in_thread(client.request, entrance.name, "GET", f"/?arvados_api_token={token}")
        self.assertEqual(404, web.status)

    async def open_socket(self, entrance: Entrance) -> WebSocket:
        """A WebSocket to the app that was seen to work."""
        socket = await in_thread(self.cluster.client.web_socket, entrance.name, "/ws", entrance.cookie)
        self.addCleanup(socket.close)
        await in_thread(socket.send, "hello")
        self.assertEqual("hello", await in_thread(socket.receive))
        return socket

    async def closes_within_a_second(self, socket: WebSocket) -> None:
        """The gateway closes the WebSocket."""
        began = seconds()
        self.assertIsNone(await in_thread(socket.receive))
        self.assertLess(seconds() - began, 1.0)


class DockerAccessTests(OnDocker, AccessTests):
    """The same on Docker."""
