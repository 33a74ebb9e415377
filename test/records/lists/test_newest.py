"""
Tests for L{arvgate.records.lists.newest}, and that lists are right with it.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.model.kinds import CONTAINERS, LOGS
from arvgate.model.principals import Principal
from arvgate.model.records import Kind, Query
from arvgate.records.database.engine import reading
from arvgate.records.lists.newest import newest
from arvgate.records.schema import CONTAINER_TABLE
from test.contract.records_case import RecordsCase
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite

_ORDERS = ((), (("created_at", "asc"),), (("modified_at", "asc"), ("uuid", "desc")), (("state", "asc"),))


class NewestTests(OnSQLite, RecordsCase, SynchronousTestCase):
    """Containers of two users."""

    def setUp(self) -> None:
        """So many that not all are near the first."""
        super().setUp()
        for number in range(72):
            self.world.request((self.owner, self.other)[number % 2], use_existing=False)
            self.world.pass_time(number % 3)

    def _uuids(self, kind: Kind, query: Query, who: Principal) -> list[str]:
        return [item["uuid"] for item in self.done(self.store.list(kind, query, who)).items]

    def test_pages(self) -> None:
        """Page by page a list is the same as at once, and the same as who reads all has it, in every order."""
        for kind in (CONTAINERS, LOGS):
            mine = set(self._uuids(kind, Query(limit=1000), self.owner))
            for order in _ORDERS if kind is CONTAINERS else _ORDERS[:3]:
                everything = self._uuids(kind, Query(order=order, limit=1000), self.world.system)
                wanted = [uuid for uuid in everything if uuid in mine]
                self.assertLess(len(wanted), len(everything))
                pages = [
                    self._uuids(kind, Query(order=order, limit=1, offset=offset), self.owner) for offset in range(5)
                ]
                self.assertEqual(wanted[:5], [uuid for page in pages for uuid in page], order)

    def test_near(self) -> None:
        """What is near the beginning is found; where there is less than wanted, nothing is said."""
        table = CONTAINER_TABLE.c
        order = (table.modified_at.desc(), table.uuid.desc())
        ordered = self._uuids(CONTAINERS, Query(limit=1000), self.world.system)
        with reading(self.store._engine) as connection:
            found = [
                newest(connection, CONTAINERS, ("modified_at", "desc"), [table.uuid.in_(uuids)], order, 2)
                for uuids in (ordered[3:8], ordered[3:4], ordered[-5:])
            ]
        self.assertEqual([ordered[3:5], None, None], found)


class PostgreSQLNewestTests(OnPostgreSQL, NewestTests):
    """The same on PostgreSQL."""
