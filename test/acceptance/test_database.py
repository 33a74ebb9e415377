"""
The records under many clients, when the gateway is killed and when the database is away.
"""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from twisted.trial.unittest import TestCase

from test.acceptance.case import ClusterCase
from test.acceptance.client import Client
from test.acceptance.cluster import Cluster
from test.acceptance.databases import PostgreSQLDatabase
from test.acceptance.engines import Processes
from test.acceptance.test_replacement import Load
from test.acceptance.waiting import in_thread, pause, seconds, until
from test.postgresql.server import PostgreSQLServer

_CLIENTS = 4
_CREATES = 1000
_KILLED_AFTER = 300
_CHANGES = 25

#: A request whose container waits for a priority.
_WAITING = {
    "state": "Committed", "priority": 0, "container_image": "any", "command": ["true"], "use_existing": False,
    "output_path": "/out", "mounts": {"/out": {"kind": "tmp", "capacity": 1}},
    "runtime_constraints": {"vcpus": 1, "ram": 1 << 20},
}  # fmt: skip


def all_items(client: Client, path: str) -> Iterator[Mapping[str, Any]]:
    """All records of a kind; blocking."""
    offset = 0
    while True:
        answer = client.api("GET", f"{path}?limit=500&offset={offset}&order=%5B%22uuid%22%5D&count=none")
        assert answer.status == 200, answer.body
        yield from answer.json["items"]
        offset += len(answer.json["items"])
        if not answer.json["items"]:
            return


class Creators:
    """
    Clients that create requests until they are no longer answered.

    @ivar acknowledged: the UUIDs that they were told.
    @ivar statuses: of all answers.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.acknowledged: list[str] = []
        self.statuses: set[int] = set()
        self._left = iter(range(_CREATES))
        self._lock = threading.Lock()
        self._clients = [in_thread(self._create, cluster.client) for _ in range(_CLIENTS)]

    def _create(self, client: Client) -> None:
        while True:
            with self._lock:
                number = next(self._left, None)
            if number is None:
                return
            request = {"container_request": {**_WAITING, "name": str(number)}}
            try:
                answer = client.api("POST", "container_requests", request)
                self.statuses.add(answer.status)
                self.acknowledged.append(answer.json["uuid"])
            except (OSError, http.client.HTTPException):
                return

    async def ended(self) -> None:
        """Wait until none is at work."""
        for client in self._clients:
            await client


class RecordsTests(ClusterCase):
    """Many clients of the record API, on SQLite."""

    async def test_many_clients(self) -> None:
        """Two change one record at once and nothing is lost; a gateway killed among creates leaves nothing half."""
        await self._two_at_once()
        await self._killed()

    async def _two_at_once(self) -> None:
        client = self.cluster.client
        request = (await in_thread(client.api, "POST", "container_requests", {"container_request": _WAITING})).json
        path = f"container_requests/{request['uuid']}"

        def change(field: str) -> list[int]:
            return [client.api("PUT", path, {"container_request": {field: f"{n}"}}).status for n in range(_CHANGES)]

        changing = [in_thread(change, field) for field in ("name", "description")]
        self.assertEqual([[200] * _CHANGES] * 2, [await one for one in changing])
        record = await self.cluster.record("container_requests", request["uuid"])
        last = str(_CHANGES - 1)
        self.assertEqual((last, last), (record["name"], record["description"]))
        filters = json.dumps([["object_uuid", "=", request["uuid"]], ["event_type", "=", "update"]]).replace(" ", "")
        logs = await in_thread(client.api, "GET", f"logs?limit=0&filters={filters}")
        self.assertEqual(2 * _CHANGES, logs.json["items_available"])

    async def _killed(self) -> None:
        creators = Creators(self.cluster)
        await until(lambda: len(creators.acknowledged) >= _KILLED_AFTER, 60.0, "the creates are under way")
        self.cluster.kill_gateway()
        await creators.ended()
        self.assertEqual({200}, creators.statuses)
        self.assertLess(len(creators.acknowledged), _CREATES)
        await self.cluster.start()
        await in_thread(self._compare, set(creators.acknowledged))

    def _compare(self, acknowledged: set[str]) -> None:
        client = self.cluster.client
        requests = {item["uuid"]: item for item in all_items(client, "container_requests")}
        containers = {item["uuid"] for item in all_items(client, "containers")}
        logged = {item["object_uuid"] for item in all_items(client, "logs") if item["event_type"] == "create"}
        self.assertEqual(set(), acknowledged - requests.keys())
        # Of those that nobody was told of, each client may have had one.
        self.assertLessEqual(len(requests) - len(acknowledged) - 1, _CLIENTS)
        self.assertEqual(containers, {item["container_uuid"] for item in requests.values()})
        self.assertEqual(set(), (requests.keys() | containers) - logged)


class PostgreSQLRecordsTests(RecordsTests):
    """The same on PostgreSQL."""

    async def new_cluster(self) -> Cluster:
        """A cluster on a new database."""
        cluster = Cluster(Processes(), database=await in_thread(PostgreSQLDatabase))
        self.addCleanup(cluster.remove)
        return cluster


class OutageTests(TestCase):
    """A PostgreSQL server that is stopped while clients are at work."""

    timeout = 180

    async def setUp(self) -> None:
        """A cluster on a server of its own, and an app that runs."""
        self.server: PostgreSQLServer = await in_thread(PostgreSQLServer)
        self.addCleanup(in_thread, self.server.remove)
        self.cluster = Cluster(Processes(), database=await in_thread(PostgreSQLDatabase, self.server))
        self.addCleanup(self.cluster.remove)
        await self.cluster.create()
        self.entrance = await self.cluster.run_app()

    async def test_stopped(self) -> None:
        """For ten seconds open connections go on and new access is 503; then all works by itself, and nothing ended."""
        client, entrance = self.cluster.client, self.entrance
        runner = self.cluster.runner(entrance.uuid)
        socket = await in_thread(client.web_socket, entrance.name, "/ws", entrance.cookie)
        self.addCleanup(socket.close)
        load = Load(self.cluster, entrance)
        self.addCleanup(load.stop)
        await in_thread(self.server.stop)
        stopped = seconds()
        while seconds() - stopped < 10.0:
            await in_thread(socket.send, "still there")
            self.assertEqual("still there", await in_thread(socket.receive))
            await self._unavailable()
            await pause(0.5)
        await in_thread(self.server.start)
        await until(self.cluster.answers, 5.0, "the gateway goes on")
        await until(lambda: self.cluster.visit(entrance) == 200, 5.0, "the app is reached")
        await load.stop()
        self.assertEqual(set(), set(load.statuses) - {200, 503})
        record = await self.cluster.record("containers", entrance.uuid)
        self.assertEqual(("Running", 1), (record["state"], record["lock_count"]))
        self.assertEqual(runner, self.cluster.runner(entrance.uuid))
        request = await self.cluster.submit(["true"])
        await self.cluster.container_in(request["container_uuid"], "Complete")

    async def _unavailable(self) -> None:
        client, entrance = self.cluster.client, self.entrance
        stranger = f"{entrance.cookie.partition('=')[0]}=v2/unknown"
        for ask in (
            lambda: client.api("GET", "container_requests"),
            lambda: client.api("POST", "container_requests", {"container_request": _WAITING}),
            lambda: client.request(entrance.name, "GET", "/headers", headers={"Cookie": stranger}),
        ):
            answer = await in_thread(ask)
            self.assertEqual(503, answer.status, answer.body)
            self.assertIn("Retry-After", answer.headers)
