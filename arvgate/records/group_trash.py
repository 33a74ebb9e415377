"""
What follows when a project goes to the trash, comes out of it, or has been there long enough.

Not here: who may do that (L{arvgate.records.groups}), and when it is due (L{arvgate.policy.trash_times}).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import or_, select

from arvgate.model.kinds import COLLECTIONS, CONTAINER_REQUESTS, GROUPS, LINKS, WORKFLOWS
from arvgate.model.records import Kind, Record
from arvgate.policy.container_states import ENDED
from arvgate.records.priorities import update_priority
from arvgate.records.reach import descendants
from arvgate.records.schema import CONTAINER_TABLE, GROUP_TABLE, LINK_TABLE, REQUEST_TABLE, TABLES
from arvgate.records.transaction import Transaction

__all__ = ["erase", "follow", "sweep"]

#: What goes with the project that it is in.
_CONTENTS: Final = (CONTAINER_REQUESTS, COLLECTIONS, WORKFLOWS)

#: How many records one sweep deletes at most, so that no write waits long for it.
_BATCH: Final = 500


def follow(tx: Transaction, before: Record, after: Record) -> None:
    """Nothing runs for requests that are in the trash: see to the priorities of the containers that are concerned."""
    if before["is_trashed"] == after["is_trashed"]:
        return
    inside = descendants(GROUP_TABLE.c.uuid == after["uuid"])
    wanted = (
        select(REQUEST_TABLE.c.container_uuid)
        .join(CONTAINER_TABLE, CONTAINER_TABLE.c.uuid == REQUEST_TABLE.c.container_uuid)
        .where(
            REQUEST_TABLE.c.owner_uuid.in_(select(inside.c.uuid)),
            REQUEST_TABLE.c.state == "Committed",
            CONTAINER_TABLE.c.state.not_in(ENDED),
        )
        .distinct()
    )
    for uuid in tx.connection.scalars(wanted).all():
        update_priority(tx, uuid)


def sweep(tx: Transaction) -> None:
    """Put into the trash what is due, and delete what has been there long enough; some of it, if it is much."""
    groups = GROUP_TABLE.c
    for group in tx.select(GROUPS, groups.trash_at <= tx.now, ~groups.is_trashed):
        follow(tx, group, tx.alter(GROUPS, group, {"is_trashed": True}))
    left = _BATCH
    for group in tx.select(GROUPS, groups.delete_at <= tx.now, groups.is_trashed):
        left = _empty(tx, group, left)
        if left <= 0:
            return
        erase(tx, group)


def erase(tx: Transaction, group: Record) -> None:
    """Delete a group that owns nothing any more, with the permissions on it and those given to it."""
    ends = or_(LINK_TABLE.c.head_uuid == group["uuid"], LINK_TABLE.c.tail_uuid == group["uuid"])
    for link in tx.select(LINKS, ends):
        tx.remove(LINKS, link)
    tx.remove(GROUPS, group)


def _empty(tx: Transaction, group: Record, left: int) -> int:
    """Delete what is in a project, and below; how many more may be deleted, none if there is more to do."""
    for inner in tx.select(GROUPS, GROUP_TABLE.c.owner_uuid == group["uuid"]):
        left = _empty(tx, inner, left)
        if left <= 0:
            return 0
        erase(tx, inner)
        left -= 1
    for kind in _CONTENTS:
        for record in _some(tx, kind, group, left):
            _delete(tx, kind, record)
            left -= 1
        if left <= 0:
            return 0
    return left


def _some(tx: Transaction, kind: Kind, group: Record, number: int) -> list[Record]:
    table = TABLES[kind.path].c
    chosen = select(table.uuid).where(table.owner_uuid == group["uuid"]).limit(number)
    return tx.select(kind, table.uuid.in_(chosen))


def _delete(tx: Transaction, kind: Kind, record: Record) -> None:
    for link in tx.select(LINKS, LINK_TABLE.c.head_uuid == record["uuid"]):
        tx.remove(LINKS, link)
    tx.remove(kind, record)
    if kind is CONTAINER_REQUESTS:
        update_priority(tx, record["container_uuid"])
