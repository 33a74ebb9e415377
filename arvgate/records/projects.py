"""
The projects that a record is in, directly or by way of other projects, and what that means for it (reference F.7).

Not here: making and changing projects, and lists (L{arvgate.records.visibility}).
"""

from __future__ import annotations

import attrs
from sqlalchemy import Connection, select

from arvgate.model.ids import is_uuid
from arvgate.model.kinds import GROUPS
from arvgate.model.records import Record
from arvgate.records.schema import GROUP_TABLE

__all__ = ["Surroundings", "surroundings"]


@attrs.frozen
class Surroundings:
    """
    What a record's projects, or the record itself if it is one, make of it.

    @ivar uuids: of the groups, from the record itself outwards.
    """

    uuids: frozenset[str] = frozenset()
    is_trashed: bool = False
    is_frozen: bool = False


_NONE = Surroundings()


def surroundings(connection: Connection, record: Record) -> Surroundings:
    """The groups that a record belongs to, itself included if it is a group."""
    first = [uuid for uuid in (record["uuid"], record["owner_uuid"]) if is_uuid(uuid, GROUPS.path)]
    if not first:
        return _NONE
    groups = GROUP_TABLE.c
    above = select(groups.uuid, groups.owner_uuid, groups.is_trashed, groups.frozen_by_uuid)
    begin = above.where(groups.uuid.in_(first)).cte("above", recursive=True)
    chain = begin.union(above.join(begin, groups.uuid == begin.c.owner_uuid))
    rows = connection.execute(select(chain)).all()
    return Surroundings(
        frozenset(row.uuid for row in rows),
        any(row.is_trashed for row in rows),
        any(row.frozen_by_uuid is not None for row in rows),
    )
