"""
The public keys with which users log in by SSH (reference F.6).

Whoever can change such a record can log in as its user, so only that user and admins can.  Not here: reading a key
(L{arvgate.wire.ssh_public_key}) and logging in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import update as update_rows

from arvgate.errors import Forbidden
from arvgate.model.kinds import AUTHORIZED_KEYS, USERS
from arvgate.model.records import Record
from arvgate.records import owned
from arvgate.records.schema import KEY_TABLE
from arvgate.records.transaction import Transaction
from arvgate.wire.ssh_public_key import PublicKey, read_public_key

__all__ = ["create", "delete", "update"]

#: What C{key_type} is besides the name of the key's own type.
_ANY_TYPE: Final = "SSH"


def create(tx: Transaction, attributes: Mapping[str, Any]) -> Record:
    """
    A key of the writer, or by an admin of another user, who then owns the record.

    @raise Forbidden: for another user, by somebody who is no admin.
    @raise Invalid: the values are not acceptable, or the key is there already.
    """
    user = attributes.get("authorized_user_uuid") or attributes.get("owner_uuid") or tx.principal.user_uuid
    _check_user(tx, {"authorized_user_uuid": user})
    given = {"owner_uuid": user, "key_type": _ANY_TYPE, **attributes, "authorized_user_uuid": user}
    record = owned.create(tx, AUTHORIZED_KEYS, given, _checked)
    _note_fingerprint(tx, record)
    return record


def update(tx: Transaction, uuid: str, attributes: Mapping[str, Any]) -> Record:
    """
    Change a key.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: it is, or would become, another user's, and the writer is no admin.
    @raise Invalid: the values are not acceptable, or the key is there already.
    """
    record = owned.update(tx, AUTHORIZED_KEYS, uuid, attributes, _checked)
    _note_fingerprint(tx, record)
    return record


def delete(tx: Transaction, uuid: str) -> Record:
    """
    Take a key away.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: it is another user's, and the writer is no admin.
    """
    _check_user(tx, tx.read(AUTHORIZED_KEYS, uuid))
    return owned.delete(tx, AUTHORIZED_KEYS, uuid)


def _checked(tx: Transaction, before: Record | None, after: Record, changed: frozenset[str]) -> list[str]:
    for record in (before, after):
        if record is not None:
            _check_user(tx, record)
    problems = []
    if tx.peek(USERS, after["authorized_user_uuid"] or "") is None:
        problems.append("authorized_user_uuid is no user")
    try:
        key = read_public_key(after["public_key"] or "")
    except ValueError as error:
        return [*problems, f"public_key {error}"]
    if after["key_type"] not in (_ANY_TYPE, key.type):
        problems.append(f"key_type must be {_ANY_TYPE} or {key.type}")
    after["public_key"] = key.text
    return problems + _duplicates(tx, key, after.get("uuid"))


def _duplicates(tx: Transaction, key: PublicKey, uuid: str | None) -> list[str]:
    found = tx.select(AUTHORIZED_KEYS, KEY_TABLE.c.fingerprint == key.fingerprint)
    return ["public_key is there already"] if any(record["uuid"] != uuid for record in found) else []


def _check_user(tx: Transaction, record: Record) -> None:
    if not tx.principal.is_admin and record["authorized_user_uuid"] != tx.principal.user_uuid:
        raise Forbidden("Only an admin can change the keys of other users")


def _note_fingerprint(tx: Transaction, record: Record) -> None:
    fingerprint = read_public_key(record["public_key"]).fingerprint
    one = KEY_TABLE.c.uuid == record["uuid"]
    tx.connection.execute(update_rows(KEY_TABLE).where(one).values(fingerprint=fingerprint))
