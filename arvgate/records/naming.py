"""
Names of which an owner has each only once among the records of a kind, and what is done where one is taken
(reference F.1, F.6).

Not here: names of users and of published ports, which are anybody's only once (L{arvgate.records.users},
L{arvgate.records.links}).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from arvgate.model.ids import new_uuid
from arvgate.model.kinds import COLLECTIONS, GROUPS
from arvgate.model.records import Kind, Record
from arvgate.records.schema import TABLES
from arvgate.records.transaction import Transaction

__all__ = ["name_problems"]

#: Those whose names are unique among what an owner has outside the trash.
_KINDS: Final = (GROUPS, COLLECTIONS)

#: So much of a name is left where the end of the UUID is put behind it.
_KEPT: Final = 237


def name_problems(tx: Transaction, kind: Kind, record: Record) -> list[str]:
    """
    Look whether the owner has another record of this name; where the transaction may, give it another name instead.

    @param record: about to be written; it is given a UUID if its name is changed and it has none.
    """
    if kind not in _KINDS or not record["name"] or record["is_trashed"] or not _taken(tx, kind, record):
        return []
    if tx.renames:
        record["uuid"] = record.get("uuid") or new_uuid(tx.rules.cluster, kind.path, tx.randbelow)
        record["name"] = f"{record['name'][:_KEPT]} ({record['uuid'][-15:]})"
        if not _taken(tx, kind, record):
            return []
    return [f"name {record['name']!r} is taken: the owner has a {kind.singular} with it already"]


def _taken(tx: Transaction, kind: Kind, record: Record) -> bool:
    table = TABLES[kind.path].c
    statement = select(table.uuid).where(
        table.owner_uuid == record["owner_uuid"], table.name == record["name"], ~table.is_trashed
    )
    if record.get("uuid"):
        statement = statement.where(table.uuid != record["uuid"])
    if kind is COLLECTIONS:
        statement = statement.where(table.current_version_uuid.is_(None) | (table.current_version_uuid == table.uuid))
    return tx.connection.execute(statement.limit(1)).first() is not None
