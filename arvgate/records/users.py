"""
Users: made and changed by admins; everybody reads and partly changes their own record (reference F.6).

Not here: their tokens (L{arvgate.records.tokens}).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import or_

from arvgate.errors import Forbidden, Invalid
from arvgate.model.ids import anonymous_user_uuid
from arvgate.model.kinds import LINKS, USERS
from arvgate.model.records import Record
from arvgate.policy import field_values
from arvgate.policy.request_states import changed_fields
from arvgate.records import tokens
from arvgate.records.schema import LINK_TABLE, TOKEN_TABLE, USER_TABLE
from arvgate.records.snapshot import Snapshot
from arvgate.records.transaction import Transaction

__all__ = ["create", "delete", "shown", "update"]

_USERNAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*\Z")

#: What users change of themselves.
_OWN: Final = frozenset({"first_name", "last_name", "prefs"})

#: What those who are no admins see of other users.
_SHOWN_TO_OTHERS: Final = frozenset({
    "uuid", "etag", "is_active", "is_admin", "is_invited", "email", "first_name", "last_name", "full_name", "username",
    "can_write", "can_manage",
})  # fmt: skip


def create(tx: Transaction, attributes: Mapping[str, Any]) -> Record:
    """
    A new user, by an admin; inactive unless it says otherwise.

    @raise Forbidden: the writer is no admin.
    @raise Invalid: the values are not acceptable.
    """
    if not tx.principal.is_admin:
        raise Forbidden("Only an admin can make users")
    given = field_values.known_attributes(attributes)
    problems = field_values.problems(USERS, given, is_admin=True, is_new=True)
    given.pop("owner_uuid", None)
    problems.extend(_username_problems(tx, given.get("username")))
    if given.get("uuid") and tx.peek(USERS, given["uuid"]) is not None:
        problems.append("uuid is taken")
    if problems:
        raise Invalid(*problems)
    return tx.insert(USERS, {**given, "owner_uuid": tx.rules.system_user})


def update(tx: Transaction, uuid: str, attributes: Mapping[str, Any]) -> Record:
    """
    Change a user; users themselves change only their names and preferences.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: it is somebody else, or more than that, and the writer is no admin.
    @raise Invalid: the values are not acceptable.
    """
    before = tx.write(USERS, uuid)
    given = field_values.known_attributes(attributes)
    names = changed_fields(before, given)
    if not tx.principal.is_admin:
        names -= {"is_active", "is_admin"}
        if names - _OWN:
            raise Forbidden(f"Only an admin can change {', '.join(sorted(names - _OWN))}")
    values = {name: given[name] for name in names}
    problems = field_values.problems(USERS, values, tx.principal.is_admin, is_new=False)
    if "owner_uuid" in values:
        problems.append("owner_uuid cannot be changed")
    if uuid == tx.rules.system_user and names & {"is_active", "is_admin"}:
        problems.append("The system user is always an active admin")
    if "username" in values:
        problems.extend(_username_problems(tx, values["username"]))
    if problems:
        raise Invalid(*problems)
    return tx.alter(USERS, before, values)


def delete(tx: Transaction, uuid: str) -> Record:
    """
    Delete a user with all tokens and permissions.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer is no admin.
    @raise Invalid: the system needs this user.
    """
    record = tx.read(USERS, uuid)
    if not tx.principal.is_admin:
        raise Forbidden("Only an admin can delete users")
    if uuid in (tx.rules.system_user, anonymous_user_uuid(tx.rules.cluster)):
        raise Invalid("The system needs this user")
    tokens.end(tx, TOKEN_TABLE.c.owner_uuid == uuid)
    links = tx.select(
        LINKS,
        LINK_TABLE.c.link_class == "permission",
        or_(LINK_TABLE.c.tail_uuid == uuid, LINK_TABLE.c.head_uuid == uuid),
    )
    for link in links:
        tx.remove(LINKS, link)
    tx.remove(USERS, record)
    return record


def _username_problems(tx: Transaction, username: str | None) -> list[str]:
    if username is None:
        return []
    if not _USERNAME.match(username):
        return ["username must be a letter and then letters and digits"]
    if tx.select(USERS, USER_TABLE.c.username == username):
        return [f"username {username!r} is taken"]
    return []


def shown(snapshot: Snapshot, record: Mapping[str, Any]) -> Record:
    """A user's record, whole or in part, with the fields that are made on reading."""
    principal = snapshot.principal
    answer = dict(record)
    if "first_name" in record and "last_name" in record:
        answer["full_name"] = " ".join(name for name in (record["first_name"], record["last_name"]) if name)
    if "is_active" in record:
        answer["is_invited"] = record["is_active"]
    if "uuid" in record and "owner_uuid" in record:
        may_write = principal.is_admin or principal.user_uuid == record["uuid"]
        answer["can_write"] = answer["can_manage"] = may_write
        answer["writable_by"] = [record["owner_uuid"], record["uuid"]]
    if principal.is_admin or record.get("uuid") == principal.user_uuid:
        return answer
    return {name: value for name, value in answer.items() if name in _SHOWN_TO_OTHERS}
