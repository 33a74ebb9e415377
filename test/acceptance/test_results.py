"""
What owners see of their containers: output, ports, and why one ended, or waits.
"""

from __future__ import annotations

import shutil
import sys
from typing import Any

from test.acceptance.client import WebSocket
from test.acceptance.cluster import APP, Entrance
from test.acceptance.engines import OnDocker
from test.acceptance.results import Json, ResultCase
from test.acceptance.waiting import Program, in_thread, pause, seconds, until
from test.requirements import require

#: Seconds after which a container here may be ended that nobody visits, which must be enough to visit it.
IDLE = 6


class OutputTests(ResultCase):
    """The output of a container."""

    configuration: Json = {"Arvgate": {"Output": {"Keep": "1s"}}}

    async def test_output(self) -> None:
        """
        It is had whole, by file and by range; by another user only once the request is shared; and not for ever.
        """
        require("curl")
        request = await self.shell("mkdir -p results && echo 0123456789 >results/a.txt && echo b >b.txt")
        await self.ended(request, "Complete")
        uuid = request["uuid"]
        place = self.cluster.home / "had"
        await self.cluster.output_of("get", uuid, "-o", str(place))
        found = {str(path.relative_to(place)): path.read_text() for path in place.rglob("*") if path.is_file()}
        self.assertEqual({"results/a.txt": "0123456789\n", "b.txt": "b\n"}, found)
        self.assertEqual("0123456789\n", await self.cluster.output_of("get", uuid, "results/a.txt", "-o", "-"))
        self.assertEqual("234", await self.curl(request, "results/a.txt", "--range", "2-4"))

        user, token = await self.cluster.second_user()
        command = self.cluster.run("get", uuid, "b.txt", "-o", "-", token=token)
        self.assertEqual((4, ""), (await command.ended(), command.output))
        link = {"link_class": "permission", "name": "can_read", "tail_uuid": user, "head_uuid": uuid}
        await in_thread(self.cluster.client.api, "POST", "links", {"link": link})
        self.assertEqual("b\n", await self.cluster.output_of("get", uuid, "b.txt", "-o", "-", token=token))

        # A gateway looks for what is too old when it starts, and then every minute.
        await self.cluster.stop()
        await self.cluster.start()
        kept = self.cluster.state("outputs")
        await until(lambda: not [*kept.iterdir()], 10.0, "the output is given up")
        command = self.cluster.run("get", uuid)
        self.assertEqual(4, await command.ended())

    async def curl(self, request: Json, path: str, *options: str) -> str:
        """What curl gets of a request's output."""
        client = self.cluster.client
        settings = self.cluster.home / "curl.conf"
        settings.write_text(f'header = "Authorization: Bearer {client.token}"\n')
        address = f"https://{self.cluster.facts['api_host']}/arvados/v1/container_requests/{request['uuid']}/output/"
        arguments = ["--silent", "--show-error", "--config", str(settings), "--cacert", self.cluster.facts["ca"]]
        curl = Program(
            [shutil.which("curl") or "curl", *arguments, *options, f"{address}{request['container_uuid']}/{path}"],
            self.cluster.environment,
        )
        self.assertEqual(0, await curl.ended(), curl.errors)
        return curl.output


class DockerOutputTests(OnDocker, OutputTests):
    """The same on Docker."""


class EndTests(ResultCase):
    """What ends a container, and what is said then."""

    configuration: Json = {"Arvgate": {"Node": {"VCPUs": 8}}}

    async def test_ends(self) -> None:
        """
        What nobody visits ends when its requests allow it, not while a request or a WebSocket is open; what runs too
        long ends; and the reasons are there to read.  The ports of what runs are listed with their addresses.
        """
        cluster = self.cluster
        visited = await self.app(IDLE)
        for_visit = await cluster.enter_app(visited)
        clock = await self.open_clock(for_visit)
        talking = await self.app(IDLE)
        socket = await self.open_socket(await cluster.enter_app(talking))
        opened = seconds()
        left = await self.app(1)
        sleeping = await self.shell("sleep 1000", scheduling_parameters={"max_run_time": 1})
        missing = await cluster.commit(["/nowhere/program"], cwd="/out", container_count_max=1)

        await until(lambda: self.listed(for_visit), 10.0, "the port is found")
        ports = await cluster.json_of("ports", visited["uuid"])
        address = f"https://{for_visit.name}:{cluster.https_port}/"
        self.assertEqual([(for_visit.port, True, address)], [(p["port"], p["listening"], p["url"]) for p in ports])

        await self.ended(sleeping, "Cancelled")
        self.assertIn("max_run_time", await self.row(sleeping, "-a"))
        await self.ended(missing, "Cancelled")
        self.assertIn("/nowhere/program", (await self.row(missing, "-a")).rpartition("  ")[2])
        await self.ended(left, "Complete")
        said = "Nobody was connected for 1 seconds (arvgate:idle_timeout)"
        self.assertIn(said, await self.row(left, "-a"))
        self.assertIn(said, (await in_thread(cluster.log, left, "stderr.txt")).decode())

        await pause(max(opened + IDLE + 1 - seconds(), 0))
        for request in (visited, talking):
            self.assertEqual("Running", (await cluster.record("containers", request["container_uuid"]))["state"])
        await in_thread(clock.close)
        await in_thread(socket.close)
        for request in (visited, talking):
            await self.ended(request, "Complete")

    async def app(self, idle: int) -> Json:
        """The request of the test app, which may be ended when nobody was there for that time."""
        properties = {"arvgate:idle_timeout": idle}
        return await self.cluster.commit(
            [sys.executable, str(APP)], cwd="/out", properties=properties, container_image=self.cluster.engine.image
        )

    def listed(self, entrance: Entrance) -> bool:
        """Whether the port of an app is known to listen."""
        record = self.cluster.client.api("GET", f"containers/{entrance.uuid}").json
        return entrance.port in record["listening_ports"]

    async def open_clock(self, entrance: Entrance) -> Any:
        """The connection of a request whose answer does not end."""
        connection, clock = await in_thread(
            self.cluster.client.open, entrance.name, "GET", "/clock", headers=entrance.headers
        )
        self.addCleanup(connection.close)
        self.assertEqual(b"data: 0", (await in_thread(clock.readline)).strip())
        return connection

    async def open_socket(self, entrance: Entrance) -> WebSocket:
        """An open WebSocket."""
        socket = await in_thread(self.cluster.client.web_socket, entrance.name, "/ws", entrance.cookie)
        self.addCleanup(socket.close)
        return socket


class DockerEndTests(OnDocker, EndTests):
    """The same on Docker: without network, with an app that listens on its container's own loopback address."""
