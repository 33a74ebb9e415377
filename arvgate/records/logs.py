"""
Log entries that clients write, and the end of all that are too old (reference F.8).

Not here: how the entries of the audit log are made (L{arvgate.records.audit}), which are in the same table.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete as delete_rows
from sqlalchemy import select

from arvgate.errors import Forbidden, Invalid, NotFound
from arvgate.model.kinds import LOGS, kind_of
from arvgate.model.records import Record
from arvgate.policy import field_values
from arvgate.policy.request_states import changed_fields
from arvgate.records.schema import LOG_TABLE
from arvgate.records.transaction import Transaction

__all__ = ["create", "delete", "sweep", "update"]


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


def sweep(tx: Transaction) -> None:
    """Delete the oldest entries that have been there for longer than they are kept; no more than one batch."""
    rules, logs = tx.rules, LOG_TABLE.c
    if not rules.max_log_delete_batch or not rules.max_log_age:
        return
    oldest = select(logs.id, logs.uuid, logs.created_at).order_by(logs.id).limit(rules.max_log_delete_batch).subquery()
    due = oldest.c.created_at < tx.now - timedelta(seconds=rules.max_log_age)
    last = tx.connection.execute(select(oldest.c.id, oldest.c.uuid).where(due).order_by(oldest.c.id.desc())).first()
    if last is not None:
        tx.connection.execute(delete_rows(LOG_TABLE).where(logs.id <= last.id))
        tx.note(LOGS, last.uuid)


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
