"""
C{arvgate ps}.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from test.cli.api_server import page
from test.cli.case import CONTAINER, REQUEST, CommandCase, container, request


class PsTests(CommandCase):
    """The command."""

    def setUp(self) -> None:
        """A request that runs and one that does not."""
        super().setUp()
        waiting = request(uuid="xabcd-xvhdp-000000000000002", container_uuid=None, name=None, state="Uncommitted")
        self.api.answers["GET container_requests"] = page(request(), waiting)
        ports = {"80": {"access": "public"}, "22": {"access": "private"}}
        self.running = container(published_ports=ports, listening_ports=[8080, 80])
        self.api.answers["GET containers"] = page(self.running)
        self.now = datetime(2026, 1, 1, 2, tzinfo=UTC)

    def rows(self, *arguments: str) -> list[list[str]]:
        """The table's cells."""
        return [line.split() for line in self.succeed("ps", *arguments, now=lambda: self.now).splitlines()]

    def test_table(self) -> None:
        """A row has UUID, name, state, ports, age and command."""
        head, running, waiting = self.rows()
        self.assertEqual(["UUID", "NAME", "STATE", "PORTS", "AGE", "COMMAND", "NOTE"], head)
        expected = f"{REQUEST} an app Running 22, 80 public, 8080 2h echo 'a b'"
        self.assertEqual(expected.split(), running)
        self.assertEqual(["xabcd-xvhdp-000000000000002", "Uncommitted", "2h", "echo", "'a", "b'"], waiting)

    def test_only_living_ones(self) -> None:
        """Only committed requests are asked for, unless all are wanted."""
        self.rows()
        self.assertEqual([["state", "=", "Committed"]], self.api.asked[0].query["filters"])
        self.api.asked.clear()
        self.rows("--all")
        self.assertEqual([], self.api.asked[0].query["filters"])

    def test_json(self) -> None:
        """With --json each request has its container."""
        first, second = json.loads(self.succeed("ps", "--json"))
        self.assertEqual((REQUEST, CONTAINER, None), (first["uuid"], first["container"]["uuid"], second["container"]))

    def test_nothing(self) -> None:
        """Where there is nothing, containers are not asked for."""
        self.api.answers["GET container_requests"] = page()
        self.assertEqual(1, len(self.rows()))
        self.assertEqual(["container_requests"], [asked.path for asked in self.api.asked])

    def test_reason(self) -> None:
        """Why a container was cancelled is told, and cannot steer the terminal."""
        self.api.answers["GET containers"] = page(
            container(state="Cancelled", runtime_status={"error": "no \x1b[2Jimage"})
        )
        self.assertEqual(["no", "�[2Jimage"], self.rows()[1][-2:])

    def test_long_commands(self) -> None:
        """A long command is cut."""
        self.api.answers["GET container_requests"] = page(request(command=["x" * 500]))
        self.assertEqual("x" * 59 + "…", self.rows()[1][-1])

    def test_many(self) -> None:
        """Containers are asked for in portions."""
        uuids = [f"xabcd-dz642-{number:015}" for number in range(450)]
        self.api.answers["GET container_requests"] = page(*(request(container_uuid=uuid) for uuid in uuids))
        self.rows()
        sizes = [len(asked.query["filters"][0][2]) for asked in self.api.asked[1:]]
        self.assertEqual([200, 200, 50], sizes)
