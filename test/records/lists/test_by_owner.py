"""
Tests for L{arvgate.records.lists.by_owner}; that lists and counts are right with it is in
C{test.contract.records_pages}.
"""

from __future__ import annotations

from sqlalchemy import Connection, Executable, select
from twisted.trial.unittest import SynchronousTestCase

from arvgate.model.kinds import CONTAINER_REQUESTS, CONTAINERS
from arvgate.records.database.engine import reading
from arvgate.records.lists.by_owner import counting, leading, reach_of_owners
from arvgate.records.lists.predicates import predicates_of
from arvgate.records.schema import REQUEST_TABLE
from arvgate.records.visibility import Viewer
from test.records.postgresql import postgresql_world
from test.records.sqlite import RULES, sqlite_world

USER = "zzzzz-tpzed-000000000000001"


def _plan(connection: Connection, statement: Executable) -> list[str]:
    compiled = statement.compile(connection, compile_kwargs={"render_postcompile": True})
    explain = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    values = compiled.params if compiled.positiontup is None else tuple(map(compiled.params.get, compiled.positiontup))
    return [str(row[-1]).strip() for row in connection.exec_driver_sql(f"{explain} {compiled}", values)]


class ByOwnerTests(SynchronousTestCase):
    """Where it helps, and how."""

    def setUp(self) -> None:
        """What a user sees of requests."""
        reach = reach_of_owners(CONTAINER_REQUESTS, [Viewer(USER, False, True, False)], RULES)
        assert reach is not None
        self.reach = reach
        self.order = (REQUEST_TABLE.c.modified_at.desc(), REQUEST_TABLE.c.uuid.desc())
        self.conditions = [REQUEST_TABLE.c.uuid != ""]

    def _list(self, dialect: str) -> Executable:
        led = leading(CONTAINER_REQUESTS, self.reach, predicates_of(dialect), self.conditions, self.order, 100)
        return select(REQUEST_TABLE.c.uuid).where(led)

    def test_list(self) -> None:
        """Of each owner's records as many are looked at as the page has, by an index that has them in order."""
        _, engine = sqlite_world(self.mktemp())
        self.addCleanup(engine.dispose)
        with reading(engine) as connection:
            plan = _plan(connection, self._list("sqlite"))
        self.assertTrue(any("INDEX container_requests_owner_uuid (owner_uuid=?)" in step for step in plan), plan)
        self.assertEqual([], [step for step in plan if "TEMP B-TREE FOR ORDER BY" in step])
        self.assertEqual([], [step for step in plan if step == "SCAN container_requests"])

    def test_postgresql(self) -> None:
        """On PostgreSQL as well, where no plan has a scan of all records, neither for a list nor for a count."""
        _, engine = postgresql_world(self)
        with reading(engine) as connection:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # which is the best way if there are none
            found = _plan(connection, self._list("postgresql"))
            counted = _plan(connection, counting(CONTAINER_REQUESTS, self.reach, self.conditions))
        for plan in (found, counted):
            self.assertEqual([], [step for step in plan if "Seq Scan on container_requests" in step], plan)
        self.assertTrue(any("Scan Backward using container_requests_owner_uuid" in step for step in found), found)

    def test_of_no_use(self) -> None:
        """For admins, for who sees nothing, and for what is not seen for its owner, it is of no use."""
        user, admin = Viewer(USER, False, True, False), Viewer(USER, True, True, False)
        idle, nobody = Viewer(USER, False, False, False), Viewer(None, False, True, False)
        for viewers in ((admin,), (user, admin), (idle,), (nobody,)):
            self.assertIsNone(reach_of_owners(CONTAINER_REQUESTS, viewers, RULES))
        self.assertIsNone(reach_of_owners(CONTAINERS, [user], RULES))
