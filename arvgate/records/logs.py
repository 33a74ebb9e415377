"""
Log entries that clients write (reference F.8).

Not here: the audit log of the store itself (L{arvgate.records.audit}), which is in the same table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arvgate.errors import Invalid, NotFound
from arvgate.model.kinds import LOGS, kind_of
from arvgate.model.records import Record
from arvgate.policy import field_values
from arvgate.records.transaction import Transaction

__all__ = ["create"]


def create(tx: Transaction, attributes: Mapping[str, Any]) -> Record:
    """
    A new entry; it belongs to the writer.

    @raise Invalid: the values are not acceptable, or it is about a record that the writer cannot read.
    """
    given = field_values.known_attributes(attributes)
    problems = field_values.problems(LOGS, given, tx.principal.is_admin, is_new=True)
    if problems:
        raise Invalid(*problems)
    values = {"event_at": tx.now, **given, "owner_uuid": tx.principal.user_uuid}
    about = values.get("object_uuid")
    if about is not None:
        values |= _subject(tx, about)
    return tx.insert(LOGS, values)


def _subject(tx: Transaction, uuid: str) -> Record:
    kind = kind_of(uuid)
    if kind is None:
        raise Invalid("object_uuid is not found")
    try:
        return {"object_kind": kind.name, "object_owner_uuid": tx.read(kind, uuid)["owner_uuid"]}
    except NotFound:
        raise Invalid("object_uuid is not found") from None
