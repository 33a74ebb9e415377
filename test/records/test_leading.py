"""
Tests for L{arvgate.records.leading}; that lists are right with it is in C{test.contract.records_pages}.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects import sqlite
from twisted.trial.unittest import SynchronousTestCase

from arvgate.model.kinds import CONTAINER_REQUESTS, CONTAINERS
from arvgate.model.records import Kind
from arvgate.records.engine import reading
from arvgate.records.leading import leading
from arvgate.records.schema import REQUEST_TABLE, TABLES
from arvgate.records.visibility import Viewer
from test.records.sqlite import RULES, sqlite_world

USER = "zzzzz-tpzed-000000000000001"


def _leading(kind: Kind, *viewers: Viewer) -> ColumnElement[bool] | None:
    table = TABLES[kind.path]
    order = (table.c.modified_at.desc(), table.c.uuid.desc())
    return leading(kind, viewers, RULES, [table.c.uuid != ""], order, 100)


class LeadingTests(SynchronousTestCase):
    """Where it helps, and how."""

    def test_indexes(self) -> None:
        """Of each owner's records as many are looked at as the page has, by an index that has them in order."""
        condition = _leading(CONTAINER_REQUESTS, Viewer(USER, False, True, False))
        assert condition is not None
        statement = select(REQUEST_TABLE.c.uuid).where(condition)
        compiled = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
        _, engine = sqlite_world(self.mktemp())
        self.addCleanup(engine.dispose)
        with reading(engine) as connection:
            plan = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")]
        self.assertTrue(any("INDEX container_requests_owner_uuid (owner_uuid=?)" in step for step in plan), plan)
        self.assertEqual([], [step for step in plan if "TEMP B-TREE FOR ORDER BY" in step])
        self.assertEqual([], [step for step in plan if step == "SCAN container_requests"])

    def test_of_no_use(self) -> None:
        """For admins, for who sees nothing, and for what is not seen for its owner, there is no such condition."""
        user, admin = Viewer(USER, False, True, False), Viewer(USER, True, True, False)
        idle, nobody = Viewer(USER, False, False, False), Viewer(None, False, True, False)
        for viewers in ((admin,), (user, admin), (idle,), (nobody,)):
            self.assertIsNone(_leading(CONTAINER_REQUESTS, *viewers))
        self.assertIsNone(_leading(CONTAINERS, user))
