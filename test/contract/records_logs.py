"""
What every store does with the log entries of clients.
"""

from __future__ import annotations

from arvgate.errors import Forbidden, Invalid, NotFound
from arvgate.model.kinds import (
    LOGS,
)  # fmt: skip
from arvgate.model.principals import Principal
from arvgate.model.records import Query
from test.contract.records_case import RecordsCase

__all__ = ["LogsContract"]


class LogsContract(RecordsCase):
    """The suite."""

    def test_logs(self) -> None:
        """Clients write entries of their own, about a record or none."""
        request = self.world.request(self.owner)
        values = {"event_type": "note", "summary": "s", "object_uuid": request["uuid"], "properties": {"text": "t"}}
        log = self.done(self.store.create(LOGS, values, self.owner))
        self.assertEqual(
            (self.owner.user_uuid, "arvados#containerRequest", self.world.moment),
            (log["object_owner_uuid"], log["object_kind"], log["event_at"]),
        )
        self.assertEqual(log, self.done(self.store.get(LOGS, log["uuid"], self.owner)))
        later = self.done(self.store.create(LOGS, {"event_type": "note"}, self.owner))
        self.assertGreater(later["id"], log["id"])
        self.refused(Invalid, self.store.create(LOGS, {"id": 1}, self.owner))

    def test_by_admins(self) -> None:
        """Only an admin changes or deletes an entry, and nobody changes whom it is about."""
        log = self.done(self.store.create(LOGS, {"event_type": "note"}, self.owner))
        admin, uuid = self.world.user(admin=True), log["uuid"]
        self.refused(Forbidden, self.store.update(LOGS, uuid, {"summary": "x"}, self.owner))
        self.refused(Forbidden, self.store.delete(LOGS, uuid, self.owner))
        self.refused(NotFound, self.store.delete(LOGS, uuid, self.other))
        self.assertEqual("x", self.done(self.store.update(LOGS, uuid, {"summary": "x"}, admin))["summary"])
        for name in ("owner_uuid", "object_owner_uuid"):
            self.refused(Invalid, self.store.update(LOGS, uuid, {name: self.other.user_uuid}, admin))
        self.done(self.store.delete(LOGS, uuid, admin))
        self.refused(NotFound, self.store.get(LOGS, uuid, admin))

    def test_logs_about_others(self) -> None:
        """Nobody writes entries about what they cannot read, or what there is not."""
        request = self.world.request(self.owner)
        for uuid in (request["uuid"], request["container_uuid"], "nonsense", "zzzzz-xvhdp-nothingnothingn"):
            self.refused(Invalid, self.store.create(LOGS, {"object_uuid": uuid}, self.other))

    def test_logs_of_shared(self) -> None:
        """The audit log of a request is seen by those who can read it."""

        self.uuid = self.world.request(self.owner)["uuid"]

        def seen(who: Principal) -> bool:
            items = self.done(self.store.list(LOGS, Query(limit=1000), who)).items
            return self.uuid in [item["object_uuid"] for item in items]

        self.assertFalse(seen(self.other))
        self.assertTrue(seen(self.owner))
        self.world.share(self.uuid, self.other, "can_read")
        self.assertTrue(seen(self.other))
