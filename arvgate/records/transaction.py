"""
One write transaction: records are inserted, altered and removed, each with its audit entry and its change rows.

Not here: what a kind's rules are (the modules named after the kinds) and commit or rollback
(L{arvgate.records.store}).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, update

from arvgate.model.changes import Change
from arvgate.model.ids import new_uuid
from arvgate.model.kinds import API_CLIENT_AUTHORIZATIONS, CONTAINER_REQUESTS, CONTAINERS, LINKS
from arvgate.model.principals import Principal
from arvgate.model.records import Kind, Record
from arvgate.policy.request_states import same_value
from arvgate.records.audit import audit_entry, etag_of
from arvgate.records.database.engine import canonical_json
from arvgate.records.rules import Rules
from arvgate.records.schema import CHANGES, LOG_TABLE, TABLES
from arvgate.records.sealing import Sealer
from arvgate.records.snapshot import Snapshot

__all__ = ["NumberedChange", "Transaction"]

#: A change with its number in the feed.
NumberedChange = tuple[int, Change]


class Transaction(Snapshot):
    """
    What a use case writes.

    @param randbelow: as C{secrets.randbelow}.
    @ivar renames: whether a name that is taken is changed where it must be free, and not refused.
    """

    renames = False

    def __init__(
        self,
        connection: Connection,
        sealer: Sealer,
        rules: Rules,
        principal: Principal,
        now: datetime,
        randbelow: Callable[[int], int],
    ) -> None:
        super().__init__(connection, sealer, rules, principal, now)
        self.randbelow = randbelow
        self._changes: dict[Change, None] = {}

    def insert(self, kind: Kind, values: Mapping[str, Any], **more: Any) -> Record:
        """
        Add a record: C{values}, defaults, and what every record has.

        @param more: columns that are no fields.
        """
        record = {field.name: copy.deepcopy(field.default) for field in kind.fields if field.stored}
        record.pop("id", None)
        record.update(values)
        record["uuid"] = values.get("uuid") or new_uuid(self.rules.cluster, kind.path, self.randbelow)
        record["created_at"] = record["modified_at"] = self.now
        record["modified_by_user_uuid"] = self.principal.user_uuid
        record["etag"] = etag_of(kind, record)
        row = self._sealed(kind, record["uuid"], record)
        result = self.connection.execute(insert(TABLES[kind.path]), {**row, **more})
        if kind.field("id") is not None and result.inserted_primary_key is not None:
            record["id"] = result.inserted_primary_key[0]
        answer = _shown(kind, record)
        self._noted(kind, None, answer)
        return answer

    def alter(self, kind: Kind, before: Record, values: Mapping[str, Any]) -> Record:
        """
        Change fields of a record; nothing happens if none gets another value.

        @param before: the whole record as it is now, without secrets.
        """
        changed = {
            name: value
            for name, value in values.items()
            if name not in before or type(before[name]) is not type(value) or before[name] != value
        }
        if not changed:
            return before
        record = {**before, **changed, "modified_at": self.now, "modified_by_user_uuid": self.principal.user_uuid}
        record["etag"] = etag_of(kind, record)
        names = {*changed, "modified_at", "modified_by_user_uuid", "etag"}
        row = self._sealed(kind, before["uuid"], {name: record[name] for name in names})
        table = TABLES[kind.path]
        self.connection.execute(update(table).where(table.c.uuid == before["uuid"]).values(row))
        after = _shown(kind, record)
        self._noted(kind, before, after)
        return after

    def remove(self, kind: Kind, record: Record) -> None:
        """Delete a record."""
        table = TABLES[kind.path]
        self.connection.execute(delete(table).where(table.c.uuid == record["uuid"]))
        self._noted(kind, record, None)

    def note(self, kind: Kind, uuid: str, related: str = "") -> None:
        """Put a record into the change feed; once is enough."""
        self._changes[Change(kind.path, uuid, related)] = None

    def finish(self) -> list[NumberedChange]:
        """Write the change rows; the last thing of a transaction."""
        return [(self._number(change), change) for change in self._changes]

    def _number(self, change: Change) -> int:
        row = {"kind": change.kind, "uuid": change.uuid, "related": change.related, "at": self.now}
        result = self.connection.execute(insert(CHANGES), row)
        assert result.inserted_primary_key is not None
        return int(result.inserted_primary_key[0])

    def _sealed(self, kind: Kind, uuid: str, record: Mapping[str, Any]) -> dict[str, Any]:
        row = {}
        for name, value in record.items():
            field = kind.field(name)
            assert field is not None
            if field.secret and value is not None:
                if same_value(value, field.default):
                    value = None
                else:
                    text = canonical_json(value) if field.type == "object" else value
                    value = self.sealer.seal(kind.path, name, uuid, text)
            row[name] = value
        return row

    def _noted(self, kind: Kind, before: Record | None, after: Record | None) -> None:
        entry = audit_entry(kind, before, after, self)
        if entry is not None:
            self.connection.execute(insert(LOG_TABLE), entry)
        for record in (before, after):
            if record is not None:
                self._note_record(kind, record)

    def _note_record(self, kind: Kind, record: Record) -> None:
        uuid = record["uuid"]
        if kind is CONTAINER_REQUESTS:
            container_uuid = record["container_uuid"] or ""
            self.note(kind, uuid, container_uuid)
            if container_uuid:
                self.note(CONTAINERS, container_uuid)
        elif kind is API_CLIENT_AUTHORIZATIONS:
            self.note(kind, uuid, record["owner_uuid"])
        elif kind is LINKS:
            self.note(kind, uuid, record["head_uuid"] or "")
            head = self.peek(CONTAINER_REQUESTS, record["head_uuid"] or "")
            if head is not None:
                self._note_record(CONTAINER_REQUESTS, head)
        else:
            self.note(kind, uuid)


def _shown(kind: Kind, record: Mapping[str, Any]) -> Record:
    secrets = {field.name for field in kind.fields if field.secret}
    return {name: value for name, value in record.items() if name not in secrets}
