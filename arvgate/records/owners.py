"""
Who may be made the owner of a record (reference F.7).

Not here: how far somebody's rights go (L{arvgate.records.snapshot}).
"""

from __future__ import annotations

from arvgate.errors import Forbidden, Invalid
from arvgate.model.ids import is_uuid
from arvgate.model.kinds import GROUPS, USERS
from arvgate.model.records import Record
from arvgate.policy.permission import Level
from arvgate.records.transaction import Transaction

__all__ = ["check_giving_away", "check_owner"]


def check_owner(tx: Transaction, owner_uuid: str) -> None:
    """
    Refuse an owner that is neither a user nor a project in which the principal may write.

    @raise Invalid: it is neither, it is in the trash, or the principal cannot see it.
    @raise Forbidden: the principal cannot write there.
    """
    if owner_uuid == tx.principal.user_uuid:
        return
    owner = _owner(tx, owner_uuid)
    kind = USERS if is_uuid(owner_uuid, USERS.path) else GROUPS
    if owner is None or not tx.can_read(kind, owner_uuid):
        raise Invalid("owner_uuid is not found")
    granted = tx.level(owner)
    if granted < Level.WRITE:
        raise Forbidden("You may see what shall be the owner, but not write there")


def check_giving_away(tx: Transaction, record: Record) -> None:
    """
    Refuse that somebody moves a record who may only change it.

    @raise Forbidden: the principal can neither manage it nor write to its owner.
    """
    owner = _owner(tx, record["owner_uuid"])
    if tx.level(record) < Level.MANAGE and (owner is None or tx.level(owner) < Level.WRITE):
        raise Forbidden("You may change this, but not give it to another owner")


def _owner(tx: Transaction, uuid: str) -> Record | None:
    if is_uuid(uuid, USERS.path):
        return tx.peek(USERS, uuid)
    group = tx.peek(GROUPS, uuid)
    return group if group is not None and group["group_class"] == "project" else None
