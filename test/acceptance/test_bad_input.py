"""
What cannot be right is refused in a sentence, with the right status, and leaves nothing half done.
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

from test.acceptance.case import ClusterCase
from test.acceptance.cluster import program
from test.acceptance.engines import OnDocker
from test.acceptance.waiting import Program, in_thread

#: A UUID of a cluster that this one knows nothing of.
FOREIGN = "qqqqq-dz642-000000000000001"


class RecordApiTests(ClusterCase):
    """The record API answers with the status and the error body of its kind."""

    async def test_statuses(self) -> None:
        """Wrong UUIDs, foreign clusters, unknown paths and bytes that are no JSON have their statuses."""
        for method, path, body, expected in (
            ("GET", "containers/nonsense", None, 404),
            ("GET", f"containers/{FOREIGN}", None, 404),
            ("GET", f"container_requests/{FOREIGN.replace('dz642', 'xvhdp')}", None, 404),
            ("GET", "no_such_kind", None, 404),
            ("POST", "container_requests", b'{"container_request": {"name": ', 400),
            ("POST", "container_requests", b"[1, 2]", 400),
            ("POST", "container_requests", b'{"container_request": {"no_such_field": 1}}', 422),
        ):
            answer = await in_thread(self.cluster.client.api, method, path, body)
            self.assertEqual(expected, answer.status, (method, path, answer.body))
            self.assertTrue(answer.json["errors"], path)
            self.assertNotIn(b"Traceback", answer.body)

    async def test_body_over_the_limit(self) -> None:
        """A body larger than API.MaxRequestSize is refused, and no record comes of it."""
        before = await in_thread(self.cluster.client.api, "GET", "container_requests")
        body = json.dumps({"container_request": {"name": "x" * (17 << 20)}}).encode()
        answer = await in_thread(self.cluster.client.api, "POST", "container_requests", body)
        self.assertEqual(413, answer.status)
        after = await in_thread(self.cluster.client.api, "GET", "container_requests")
        self.assertEqual(before.json["items_available"], after.json["items_available"])

    async def test_command_not_found(self) -> None:
        """A container whose command does not exist ends, and the record says why."""
        request = await self.cluster.submit(["/no/such/command"])
        record = await self.cluster.container_in(request["container_uuid"], "Cancelled", "Complete")
        self.assertIn("/no/such/command", json.dumps(record["runtime_status"]))

    async def test_command_line(self) -> None:
        """A UUID that is none, of nothing, or of a foreign cluster is refused in one line."""
        for uuid, statuses in (("nonsense", {2, 4}), (FOREIGN, {4}), ("", {2})):
            command = self.cluster.run("logs", uuid)
            self.assertIn(await command.ended(), statuses, uuid)
            self.assertEqual(1, len(command.errors.strip().splitlines()[-1:]), command.errors)
            self.assertNotIn("Traceback", command.errors)


class GatewayTests(ClusterCase):
    """C{twistd arvgate} with something wrong says so in a line and does not stay."""

    async def setUp(self) -> None:
        """A cluster that has been stopped again."""
        await super().setUp()
        await self.cluster.stop()

    async def refuses(self, *words: str) -> None:
        """The gateway ends with an error that contains the words, and without a traceback."""
        gateway = Program(
            [program("twistd"), "-n", "--pidfile=", "arvgate", "--config", str(self.cluster.config)],
            self.cluster.environment,
            self.cluster.home,
        )
        self.addCleanup(gateway.signal, "KILL")
        self.assertNotEqual(0, await gateway.ended())
        said = gateway.output + gateway.errors
        for word in words:
            self.assertIn(word, said)
        self.assertNotIn("Traceback", said)

    async def checks(self, *words: str) -> None:
        """C{config check} names the problem, one line each, and exits with 2."""
        check = self.cluster.run("config", "check", str(self.cluster.config))
        self.assertEqual(2, await check.ended())
        said = check.output + check.errors
        for word in words:
            self.assertIn(word, said)
        self.assertNotIn("Traceback", said)

    def edit(self, old: str, new: str) -> None:
        """Change the configuration."""
        text = self.cluster.config.read_text()
        self.assertIn(old, text)
        self.cluster.config.write_text(text.replace(old, new, 1))

    async def test_unknown_key(self) -> None:
        """An unknown key of the configuration is named by the check, and the gateway does not start with it."""
        self.edit("Arvgate:", "Arvgate:\n      NoSuchKey: 1")
        await self.checks("NoSuchKey")
        await self.refuses("NoSuchKey")

    async def test_unreadable_certificate(self) -> None:
        """A certificate that is none is named by the check, and the gateway does not start with it."""
        certificate = Path(self.cluster.settings["TLS"]["Certificate"])
        path = self.cluster.config.parent / certificate
        path.write_text("no certificate\n")
        await self.checks(certificate.name)
        await self.refuses(certificate.name)

    async def test_port_taken(self) -> None:
        """A port that another program has is named."""
        with socket.create_server(("127.0.0.1", self.cluster.https_port)):
            await self.refuses(str(self.cluster.https_port))

    async def test_database_locked(self) -> None:
        """A database that another program keeps locked is no reason for a traceback."""
        with closing(sqlite3.connect(self.database(), isolation_level=None)) as other:
            other.execute("PRAGMA locking_mode = EXCLUSIVE")
            other.execute("BEGIN EXCLUSIVE")
            await self.refuses("database")

    async def test_database_newer_than_the_code(self) -> None:
        """A database of a later version is refused and left as it is."""
        with closing(sqlite3.connect(self.database())) as database, database:
            database.execute("UPDATE alembic_version SET version_num = 'ffff'")
        await self.refuses("newer version of arvgate")
        with closing(sqlite3.connect(self.database())) as database:
            self.assertEqual([("ffff",)], database.execute("SELECT * FROM alembic_version").fetchall())
        migrate = self.cluster.run("migrate", "--config", str(self.cluster.config))
        self.assertNotEqual(0, await migrate.ended())
        self.assertNotIn("Traceback", migrate.errors)

    def database(self) -> str:
        """The file of the database."""
        path = str(self.cluster.state("arvgate.db"))
        self.assertTrue(os.path.exists(path), path)
        return path


class DockerRecordApiTests(OnDocker, RecordApiTests):
    """The same on Docker."""


class DockerGatewayTests(OnDocker, GatewayTests):
    """The same on Docker."""
