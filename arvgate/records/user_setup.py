"""
Users being invited, becoming active, and being shut out again.

A user who is set up has a permission link to the role of all users: the sign of being invited.  Tokens of users who are
not active are valid nowhere, so it takes an admin to make them active.  Not here: what an active user may do
(L{arvgate.records.visibility}).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arvgate.errors import Forbidden, Invalid
from arvgate.model.ids import all_users_group_uuid, anonymous_user_uuid
from arvgate.model.kinds import GROUPS, LINKS, USERS
from arvgate.model.records import Record
from arvgate.records import tokens
from arvgate.records.schema import LINK_TABLE, TOKEN_TABLE
from arvgate.records.transaction import Transaction

__all__ = ["activate", "set_up", "unsetup"]


def set_up(tx: Transaction, user: Record) -> None:
    """Invite a user, who may be invited already."""
    if _invitations(tx, user["uuid"]):
        return
    tx.insert(
        LINKS,
        {
            "owner_uuid": tx.rules.system_user,
            "link_class": "permission",
            "name": "can_write",
            "tail_uuid": user["uuid"],
            "tail_kind": USERS.name,
            "head_uuid": all_users_group_uuid(tx.rules.cluster),
            "head_kind": GROUPS.name,
        },
    )


def activate(tx: Transaction, uuid: str, arguments: Mapping[str, Any]) -> Record:
    """
    Make a user active, by an admin; who is active already may ask for it too.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer is no admin.
    """
    user = tx.read(USERS, uuid)
    if not tx.principal.is_admin and uuid != tx.principal.user_uuid:
        raise Forbidden("Only an admin can activate users")
    return tx.alter(USERS, user, {"is_active": True})


def unsetup(tx: Transaction, uuid: str, arguments: Mapping[str, Any]) -> Record:
    """
    Shut a user out: no longer active nor an admin, without tokens, permissions and preferences.

    @raise NotFound: there is none.
    @raise Forbidden: the writer is no admin.
    @raise Invalid: the system needs this user.
    """
    if not tx.principal.is_admin:
        raise Forbidden("Only an admin can shut users out")
    user = tx.read(USERS, uuid)
    if uuid in (tx.rules.system_user, anonymous_user_uuid(tx.rules.cluster)):
        raise Invalid("The system needs this user")
    tokens.end(tx, TOKEN_TABLE.c.owner_uuid == uuid)
    for link in tx.select(LINKS, LINK_TABLE.c.link_class == "permission", LINK_TABLE.c.tail_uuid == uuid):
        tx.remove(LINKS, link)
    return tx.alter(USERS, user, {"is_active": False, "is_admin": False, "prefs": {}})


def _invitations(tx: Transaction, uuid: str) -> list[Record]:
    group = all_users_group_uuid(tx.rules.cluster)
    ends = (LINK_TABLE.c.tail_uuid == uuid, LINK_TABLE.c.head_uuid == group)
    return tx.select(LINKS, LINK_TABLE.c.link_class == "permission", *ends)
