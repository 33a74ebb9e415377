"""Tests of L{arvgate.dispatch.ledger}."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.dispatch import ledger
from arvgate.dispatch.ledger import Ledger
from arvgate.errors import StoreUnavailable
from arvgate.model.kinds import CONTAINERS
from arvgate.model.records import Filter
from test.records.sqlite import OnSQLite


class Away:
    """Records that cannot be asked."""

    def __getattr__(self, name: str) -> Any:
        raise StoreUnavailable


class LedgerTests(OnSQLite, SynchronousTestCase):
    """The dispatcher's view of the records."""

    def setUp(self) -> None:
        """A store with a user."""
        self.world = self.make_records()
        self.owner = self.world.user()
        self.ledger = Ledger(self.world.store, self.world.system)
        self.run_ = self.world.run

    def submitted(self, **attributes: Any) -> str:
        """A queued container."""
        return str(self.world.request(self.owner, **attributes)["container_uuid"])

    def test_all_pages(self) -> None:
        """However many containers there are, all are seen, the most urgent first."""
        self.patch(ledger, "_PAGE", 2)
        uuids = [self.submitted(priority=priority) for priority in (5, 9, 7, 6, 8)]
        found = self.run_(self.ledger.containers(Filter("state", "=", "Queued")))
        self.assertEqual([uuids[n] for n in (1, 4, 2, 3, 0)], [record["uuid"] for record in found])

    def test_requests(self) -> None:
        """Only the Committed requests of that container are its requests."""
        uuid = self.submitted(properties={"a": 1})
        self.submitted()
        self.assertEqual([{"a": 1}], [one["properties"] for one in self.run_(self.ledger.requests_of(uuid))])

    def test_admins(self) -> None:
        """Who is an administrator is known, and who does not exist is none."""
        admin = self.world.user(admin=True).user_uuid
        users = {str(admin), str(self.owner.user_uuid), "zzzzz-tpzed-nothingnothingn"}
        self.assertEqual({admin}, self.run_(self.ledger.admins(users)))

    def test_warn(self) -> None:
        """A warning is written if it is another, and taken away with its detail; other keys stay."""
        uuid = self.submitted()
        for warning in ("one", "one", "two", "", ""):
            self.run_(self.ledger.warn(self.world.get(CONTAINERS, uuid), warning))
            self.assertEqual(warning, self.world.get(CONTAINERS, uuid)["runtime_status"].get("warning", ""))
        self.assertEqual(4, len(self.world.audit(uuid)))

    def test_moved_on(self) -> None:
        """A container that has ended or is gone meanwhile is let go, not an error."""
        uuid, system = self.submitted(), self.world.system
        record = self.world.get(CONTAINERS, uuid)
        self.run_(self.world.store.update(CONTAINERS, uuid, {"state": "Cancelled"}, system))
        self.run_(self.ledger.cancel("zzzzz-dz642-nothingnothingn", "gone"))
        self.run_(self.ledger.unlock(uuid))
        self.run_(self.ledger.warn(record, "late"))
        self.assertIsNone(self.run_(self.ledger.lock(uuid)))
        self.assertIsNone(self.run_(self.ledger.present("zzzzz-dz642-nothingnothingn")))
        self.assertEqual({}, self.world.get(CONTAINERS, uuid)["runtime_status"])

    def test_away(self) -> None:
        """Records that cannot be asked are no refusal."""
        away = Ledger(Away(), self.world.system)
        record = {"uuid": "x", "runtime_status": {}}
        for call in (
            away.lock("x"),
            away.unlock("x"),
            away.cancel("x", "r"),
            away.warn(record, "w"),
            away.present("x"),
        ):
            with self.assertRaises(StoreUnavailable):
                self.run_(call)
