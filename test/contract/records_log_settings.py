"""
What every store does where entries of the log are not kept for ever, and not with every value.
"""

from __future__ import annotations

from typing import Any

from arvgate.errors import NotFound
from arvgate.model.kinds import LOGS, WORKFLOWS
from arvgate.model.records import Query
from test.contract.records_case import RecordsCase

__all__ = ["MAX_LOG_AGE", "LogSettingsContract", "NoAuditContract"]

#: Seconds that the store under test keeps entries, of which it deletes two at a time.
MAX_LOG_AGE = 3600.0


class LogSettingsContract(RecordsCase):
    """The suite, for a store that keeps entries for L{MAX_LOG_AGE} and logs no C{description}."""

    def _ids(self) -> list[int]:
        return [item["id"] for item in self.done(self.store.list(LOGS, Query(limit=1000), self.world.system)).items]

    def test_sweep(self) -> None:
        """The oldest entries go, a batch with each sweep, once they have been there long enough, and no others."""
        self.world.pass_time(MAX_LOG_AGE - 60)
        mine = self.done(self.store.create(LOGS, {"event_type": "note"}, self.owner))
        before = sorted(self._ids())
        self.done(self.store.sweep())
        self.assertEqual(before, sorted(self._ids()))
        self.world.pass_time(120)
        for left in range(len(before) - 2, 0, -2):
            self.done(self.store.sweep())
            self.assertEqual(before[-left:], sorted(self._ids()))
        for _ in range(2):
            self.done(self.store.sweep())
        self.assertEqual([mine["id"]], self._ids())
        self.world.pass_time(MAX_LOG_AGE)
        self.done(self.store.sweep())
        self.refused(NotFound, self.store.get(LOGS, mine["uuid"], self.world.system))

    def test_age_as_written(self) -> None:
        """How old an entry is depends on when it was written, not on when its writer says that something happened."""
        values = {"event_type": "note", "event_at": self.world.moment.replace(year=2001)}
        mine = self.done(self.store.create(LOGS, values, self.owner))
        for _ in range(10):
            self.done(self.store.sweep())
        self.assertEqual(mine, self.done(self.store.get(LOGS, mine["uuid"], self.owner)))

    def test_counted(self) -> None:
        """A list after a sweep counts no more than there are."""
        self._ids()
        self.world.pass_time(MAX_LOG_AGE + 60)
        for _ in range(10):
            self.done(self.store.sweep())
        page = self.done(self.store.list(LOGS, Query(limit=1000), self.world.system))
        self.assertEqual(len(page.items), page.items_available)

    def test_unlogged(self) -> None:
        """An attribute that is not to be logged is in no entry, old or new; the others are."""
        workflow = self.done(self.store.create(WORKFLOWS, {"name": "w", "description": "private"}, self.owner))
        self.done(self.store.update(WORKFLOWS, workflow["uuid"], {"description": "hush"}, self.owner))
        entries = self.world.audit(workflow["uuid"])
        self.assertEqual(["create", "update"], [entry["event_type"] for entry in entries])
        self.assertEqual("w", entries[1]["properties"]["old_attributes"]["name"])
        self.assertNotEqual(entries[1]["properties"]["old_etag"], entries[1]["properties"]["new_etag"])
        for text in ("private", "hush", "description"):
            self.assertNotIn(text, str(entries))


class NoAuditContract(RecordsCase):
    """The suite for a store whose entries would be kept for no time at all."""

    def test_none(self) -> None:
        """Changes are not logged, but clients write entries, which stay."""
        values: dict[str, Any] = {"event_type": "note", "object_uuid": self.world.request(self.owner)["uuid"]}
        mine = self.done(self.store.create(LOGS, values, self.owner))
        self.world.pass_time(3600)
        self.done(self.store.sweep())
        self.assertEqual([mine["uuid"]], [entry["uuid"] for entry in self.world.audit(values["object_uuid"])])
