"""
Tests for L{arvgate.service}: everything in one process, and what is chosen when.
"""

from __future__ import annotations

import os
import subprocess
import sys

from twisted.application.service import IService
from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from arvgate.errors import ConfigInvalid, SchemaMismatch
from arvgate.service import make_service
from arvgate.service.single import Single
from arvgate.service.surroundings import child_environment
from test.service.clusters import MadeCluster, make_cluster


class OneProcessTests(TestCase):
    """C{Workers: 0}."""

    def setUp(self) -> None:
        """A cluster."""
        self.cluster = make_cluster(self.mktemp(), 0)

    async def test_serves(self) -> None:
        """The API answers through the HTTPS door, and after the stop nothing is left, so that it starts again."""
        for _ in range(2):
            single = Single(self.cluster.config, reactor, os.environ)
            single.open()
            (port,) = single.ports
            await single.start()
            try:
                status, user = await self.cluster.get(port)
            finally:
                await single.stop()
            self.assertEqual((200, "admin", True), (status, user["username"], user["is_admin"]))
            self.assertFalse(await self.cluster.answers(port))

    async def test_service(self) -> None:
        """As a service it opens once, starts, and stops."""
        service = make_service(self.cluster.config, reactor)
        verifyObject(IService, service)
        service.privilegedStartService()
        service.privilegedStartService()
        await maybeDeferred(service.startService)
        await maybeDeferred(service.stopService)

    async def test_stopped_before_it_was_started(self) -> None:
        """What was only opened can be stopped."""
        service = make_service(self.cluster.config, reactor)
        service.privilegedStartService()
        await maybeDeferred(service.stopService)

    def test_old_database(self) -> None:
        """A database of another version is refused before anything is open, with the command that helps."""
        (self.cluster.directory / "state" / "arvgate.db").write_bytes(b"")
        for workers in (0, 1):
            service = self.service(workers)
            error = self.assertRaises(SchemaMismatch, service.privilegedStartService)
            self.assertIn("arvgate migrate", error.sentence)

    def service(self, workers: int) -> IService:
        """The cluster's service with so many doors."""
        cluster: MadeCluster = self.cluster.edited("Workers: 0", f"Workers: {workers}")
        return make_service(cluster.config, reactor, cluster.text, {})

    def test_text_is_needed(self) -> None:
        """More processes than one need the configuration as text."""
        cluster = self.cluster.edited("Workers: 0", "Workers: 2")
        self.assertRaises(ConfigInvalid, make_service, cluster.config, reactor)

    def test_bad_certificate(self) -> None:
        """A certificate that cannot be used is refused before anything is open."""
        (self.cluster.directory / "server.pem").write_text("nothing")
        for workers in (0, 1):
            self.assertRaises(ConfigInvalid, self.service, workers)


class ImportTests(TestCase):
    """Which process knows what."""

    def imports(self, *modules: str) -> list[str]:
        """What is loaded by a process that imports these."""
        program = f"import sys, {', '.join(modules)}; print(*sys.modules)"
        environment = child_environment({})
        return subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, check=True, text=True
        ).stdout.split()

    def test_no_store_in_a_door(self) -> None:
        """A door loads neither the store nor the record API, the dispatcher or the runner."""
        loaded = self.imports("arvgate.cli.worker", "arvgate.service.door")
        self.assertIn("arvgate.edge.https.door", loaded)
        for foreign in (
            "sqlalchemy",
            "psycopg",
            "pydantic",
            "yaml",
            "arvgate.records",
            "arvgate.edge.api",
            "arvgate.dispatch",
            "arvgate.runner",
        ):
            self.assertNotIn(foreign, loaded)

    def test_control_knows_the_store(self) -> None:
        """Control does: the test above can fail."""
        self.assertIn("sqlalchemy", self.imports("arvgate.service.control"))


class StopTests(TestCase):
    """A gateway that is stopped while it starts."""

    async def test_while_starting(self) -> None:
        """The start is given up without an error, and nothing is left."""
        service = make_service(make_cluster(self.mktemp(), 0).config, reactor)
        service.privilegedStartService()
        starting: Deferred[None] = maybeDeferred(service.startService)
        await maybeDeferred(service.stopService)
        await starting
