"""
The audit log: one entry for each record that is made, changed or deleted (reference F.8); and etags.

Secrets are in neither, nor are C{AuditLogs.UnloggedAttributes} in the log.  Not here: the end of entries,
and logs that clients write (L{arvgate.records.logs}).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Set
from datetime import datetime
from typing import Any, Protocol

from arvgate.model.ids import new_uuid
from arvgate.model.kinds import LOGS
from arvgate.model.principals import Principal
from arvgate.model.records import Kind, Record
from arvgate.records.database.engine import canonical_json
from arvgate.records.rules import Rules
from arvgate.wire.record_json import format_time

__all__ = ["audit_entry", "etag_of"]


class _Moment(Protocol):
    now: datetime
    principal: Principal
    rules: Rules
    randbelow: Callable[[int], int]


def etag_of(kind: Kind, record: Mapping[str, Any]) -> str:
    """A short text that differs whenever what is shown of the record differs."""
    return hashlib.sha256(canonical_json(_attributes(kind, record)).encode()).hexdigest()[:32]


def audit_entry(kind: Kind, before: Record | None, after: Record | None, moment: _Moment) -> dict[str, Any] | None:
    """The row of table C{logs} for one change; None for a log itself, and where there is no audit log."""
    if kind is LOGS or not moment.rules.are_changes_logged:
        return None
    event = "create" if before is None else "delete" if after is None else "update"
    subject = after or before
    assert subject is not None
    unlogged = moment.rules.unlogged_attributes
    entry: dict[str, Any] = {
        "uuid": new_uuid(moment.rules.cluster, LOGS.path, moment.randbelow),
        "owner_uuid": moment.principal.user_uuid,
        "created_at": moment.now,
        "modified_at": moment.now,
        "modified_by_user_uuid": moment.principal.user_uuid,
        "object_uuid": subject["uuid"],
        "object_owner_uuid": subject["owner_uuid"],
        "object_kind": kind.name,
        "event_at": moment.now,
        "event_type": event,
        "summary": f"{event} of {subject['uuid']}",
        "properties": {
            "old_etag": before and before["etag"],
            "old_attributes": before and _attributes(kind, before, unlogged),
            "new_etag": after and after["etag"],
            "new_attributes": after and _attributes(kind, after, unlogged),
        },
    }
    entry["etag"] = etag_of(LOGS, entry)
    return entry


def _attributes(kind: Kind, record: Mapping[str, Any], unlogged: Set[str] = frozenset()) -> dict[str, Any]:
    shown = {field.name for field in kind.fields if not field.secret and not field.bulky} - {"etag"} - unlogged
    return {name: _plain(value) for name, value in record.items() if name in shown}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return format_time(value)
    return value
