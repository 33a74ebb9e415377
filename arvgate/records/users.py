"""
Users: made and changed by admins; everybody partly changes their own record (reference F.6).

Not here: what is seen of them (L{arvgate.records.user_view}), being set up (L{arvgate.records.user_setup}) and their
tokens (L{arvgate.records.tokens}).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import func, or_, select

from arvgate.errors import Forbidden, Invalid
from arvgate.model.ids import anonymous_user_uuid
from arvgate.model.kinds import API_CLIENT_AUTHORIZATIONS, KINDS, LINKS, LOGS, USERS
from arvgate.model.records import Record
from arvgate.policy import field_values
from arvgate.policy.request_states import changed_fields
from arvgate.records import tokens
from arvgate.records.schema import LINK_TABLE, TABLES, TOKEN_TABLE
from arvgate.records.transaction import Transaction
from arvgate.records.user_setup import set_up
from arvgate.records.usernames import name_from_address, username_problems

__all__ = ["create", "delete", "setup", "update"]

#: What users change of themselves.
_OWN: Final = frozenset({"first_name", "last_name", "prefs"})

#: What goes with its user.
_GOES_TOO: Final = (API_CLIENT_AUTHORIZATIONS, LINKS, LOGS)


def create(tx: Transaction, attributes: Mapping[str, Any]) -> Record:
    """
    A new user, by an admin; inactive unless it, or the cluster, says otherwise, and named by the mail address.

    @raise Forbidden: the writer is no admin.
    @raise Invalid: the values are not acceptable.
    """
    if not tx.principal.is_admin:
        raise Forbidden("Only an admin can make users")
    given = {"is_active": tx.rules.new_users_are_active, **field_values.known_attributes(attributes)}
    problems = field_values.problems(USERS, given, is_admin=True, is_new=True)
    given.pop("owner_uuid", None)
    if problems:
        raise Invalid(*problems)
    if given.get("username") is None:
        given["username"] = name_from_address(tx, given.get("email"))
    else:
        problems.extend(username_problems(tx, given["username"]))
    if given.get("uuid") and tx.peek(USERS, given["uuid"]) is not None:
        problems.append("uuid is taken")
    if problems:
        raise Invalid(*problems)
    user = tx.insert(USERS, {**given, "owner_uuid": tx.rules.system_user})
    if tx.rules.auto_setup_new_users:
        set_up(tx, user)
    return user


def setup(tx: Transaction, uuid: str, arguments: Mapping[str, Any]) -> Record:
    """
    Invite a user, by an admin.

    @param uuid: empty: a new user with the attributes in C{arguments}.
    @raise NotFound: there is none.
    @raise Forbidden: the writer is no admin.
    @raise Invalid: the attributes are not acceptable.
    """
    if not tx.principal.is_admin:
        raise Forbidden("Only an admin can set users up")
    user = tx.read(USERS, uuid) if uuid else create(tx, arguments)
    set_up(tx, user)
    return user


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
    if not problems and "username" in values:
        problems.extend(username_problems(tx, values["username"]))
    if problems:
        raise Invalid(*problems)
    return tx.alter(USERS, before, values)


def delete(tx: Transaction, uuid: str) -> Record:
    """
    Delete a user with all tokens and permissions.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer is no admin.
    @raise Invalid: the system needs this user, or it still owns something.
    """
    record = tx.read(USERS, uuid)
    if not tx.principal.is_admin:
        raise Forbidden("Only an admin can delete users")
    if uuid in (tx.rules.system_user, anonymous_user_uuid(tx.rules.cluster)):
        raise Invalid("The system needs this user")
    belongings = [f"This user still owns {count} {path}" for path, count in _belongings(tx, uuid).items()]
    if belongings:
        raise Invalid(*belongings)
    tokens.end(tx, TOKEN_TABLE.c.owner_uuid == uuid)
    links = tx.select(
        LINKS,
        or_(
            LINK_TABLE.c.owner_uuid == uuid,
            (LINK_TABLE.c.link_class == "permission")
            & or_(LINK_TABLE.c.tail_uuid == uuid, LINK_TABLE.c.head_uuid == uuid),
        ),
    )
    for link in links:
        tx.remove(LINKS, link)
    tx.remove(USERS, record)
    return record


def _belongings(tx: Transaction, uuid: str) -> Mapping[str, int]:
    """How many records of each kind a user owns that do not go with it."""
    counts = {}
    for kind in KINDS.values():
        if kind not in _GOES_TOO:
            table = TABLES[kind.path]
            statement = select(func.count()).select_from(table).where(table.c.owner_uuid == uuid)
            counts[kind.path] = tx.connection.scalar(statement) or 0
    return {path: count for path, count in counts.items() if count}
