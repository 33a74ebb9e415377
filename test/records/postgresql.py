"""
Stores on PostgreSQL for tests: each on a database that nobody else uses meanwhile.
"""

from __future__ import annotations

from sqlalchemy import Engine
from twisted.trial.unittest import SynchronousTestCase

from arvgate.records.database.engine import open_engine
from arvgate.records.rules import Rules
from test.contract.records_world import RecordsWorld
from test.postgresql.server import shared_server
from test.records.worlds import RULES, world_on

__all__ = ["OnPostgreSQL", "lent_url", "postgresql_world"]


def lent_url(test: SynchronousTestCase) -> str:
    """The URL of a database with what a new cluster has, given back when the test has ended."""
    server = shared_server()
    name = server.lend()
    test.addCleanup(server.give_back, name)
    return server.url(name)


def postgresql_world(test: SynchronousTestCase, rules: Rules = RULES) -> tuple[RecordsWorld, Engine]:
    """A store on a lent database."""
    engine = open_engine(lent_url(test))
    test.addCleanup(engine.dispose)
    return world_on(engine, rules), engine


class OnPostgreSQL:
    """The tests of a class once more, on PostgreSQL: C{class PostgreSQLXTests(OnPostgreSQL, XTests)}."""

    def make_records(self) -> RecordsWorld:
        """A store on a lent database."""
        world, _ = postgresql_world(self, self.rules)
        return world
