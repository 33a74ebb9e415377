"""
A cluster whose records are in PostgreSQL.
"""

from __future__ import annotations

from twisted.trial.unittest import TestCase

from test.acceptance.cluster import Cluster
from test.acceptance.databases import PostgreSQLDatabase
from test.acceptance.engines import Processes
from test.acceptance.waiting import in_thread


class PostgreSQLTests(TestCase):
    """The gateway on PostgreSQL."""

    timeout = 120

    async def test_app(self) -> None:
        """A container runs and its app is reached, all on a new database in PostgreSQL."""
        cluster = Cluster(Processes(), database=await in_thread(PostgreSQLDatabase))
        self.addCleanup(cluster.remove)
        await cluster.create()
        entrance = await cluster.run_app()
        self.assertEqual(200, await in_thread(cluster.visit, entrance))
