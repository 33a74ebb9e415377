"""
Log entries that clients write (reference F.8).

Not here: the audit log of the store itself (L{arvgate.records.audit}), which is in the same table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arvgate.errors import Invalid
from arvgate.model.kinds import LOGS, kind_of
from arvgate.model.records import Record
from arvgate.policy import field_values
from arvgate.records.transaction import Transaction

__all__ = ["create"]


def create(tx: Transaction, attributes: Mapping[str, Any]) -> Record:
    """
    A new entry; it belongs to the writer.

    @raise Invalid: the values are not acceptable.
    """
    given = field_values.known_attributes(attributes)
    problems = field_values.problems(LOGS, given, tx.principal.is_admin, is_new=True)
    if problems:
        raise Invalid(*problems)
    kind = kind_of(given.get("object_uuid") or "")
    subject = None if kind is None else tx.peek(kind, given["object_uuid"])
    values = {
        "event_at": tx.now,
        **given,
        "owner_uuid": tx.principal.user_uuid,
        "object_kind": None if kind is None else kind.name,
        "object_owner_uuid": None if subject is None else subject["owner_uuid"],
    }
    return tx.insert(LOGS, values)
