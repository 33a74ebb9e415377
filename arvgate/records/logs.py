"""
Log entries that clients write (reference F.8).

Not here: the audit log of the store itself (L{arvgate.records.audit}), which is in the same table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from arvgate.errors import Forbidden, Invalid, NotFound
from arvgate.model.kinds import LOGS, kind_of
from arvgate.model.records import Record
from arvgate.policy import field_values
from arvgate.policy.request_states import changed_fields
from arvgate.records.transaction import Transaction

__all__ = ["create", "delete", "update"]


#: Whom and what an entry is about.
_FIXED: Final = frozenset({"owner_uuid", "object_uuid", "object_owner_uuid"})


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


def update(tx: Transaction, uuid: str, attributes: Mapping[str, Any]) -> Record:
    """
    Change an entry, by an admin.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer is no admin.
    @raise Invalid: the values are not acceptable.
    """
    before = tx.read(LOGS, uuid)
    _check_admin(tx)
    given = field_values.known_attributes(attributes)
    values = {name: given[name] for name in changed_fields(before, given)}
    problems = field_values.problems(LOGS, values, tx.principal.is_admin, is_new=False)
    problems.extend(f"{name} cannot be changed" for name in sorted(values) if name in _FIXED)
    if problems:
        raise Invalid(*problems)
    return tx.alter(LOGS, before, values)


def delete(tx: Transaction, uuid: str) -> Record:
    """
    Delete an entry, by an admin.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer is no admin.
    """
    record = tx.read(LOGS, uuid)
    _check_admin(tx)
    tx.remove(LOGS, record)
    return record


def _check_admin(tx: Transaction) -> None:
    if not tx.principal.is_admin:
        raise Forbidden("Only an admin can change what has been logged")


def _subject(tx: Transaction, uuid: str) -> Record:
    kind = kind_of(uuid)
    if kind is None:
        raise Invalid("object_uuid is not found")
    try:
        return {"object_kind": kind.name, "object_owner_uuid": tx.read(kind, uuid)["owner_uuid"]}
    except NotFound:
        raise Invalid("object_uuid is not found") from None
