"""
The first of a list by time, if all of them are near its beginning.

What is seen for something else, as containers are for their requests, no index has in order for one who reads.  But
who reads many of them finds those of a page soon, going through all in order; who does not reads few.  Not here: the
list itself (L{arvgate.records.lists.listing}).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, select

from arvgate.model.kinds import CONTAINERS, LOGS
from arvgate.model.records import Kind
from arvgate.records.schema import TABLES

__all__ = ["LISTED", "TIMES", "newest"]

#: What is listed so: kinds that are not seen for their owner alone, and of which there are many.
LISTED: Final = (CONTAINERS, LOGS)

#: The times by which an index has all records in order.
TIMES: Final = frozenset({"modified_at", "created_at"})

#: So many records are looked at for each that is wanted.
_NEAR: Final = 30


def newest(
    connection: Connection,
    kind: Kind,
    by: tuple[str, str],
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement[Any]],
    count: int,
) -> list[str] | None:
    """
    The UUIDs of the first C{count} records that fulfil the conditions; None if there are not so many near the first.

    @param by: the name of the time that the order begins with, and its direction.
    @param conditions: such as are best for few records.
    """
    name, direction = by
    table = TABLES[kind.path]
    time = table.c[name]
    times = select(time).order_by(time.desc() if direction == "desc" else time.asc())
    last = times.limit(1).offset(_NEAR * count).correlate(None).scalar_subquery()
    near = time >= last if direction == "desc" else time <= last
    found = select(table.c.uuid).where(near, *conditions).order_by(*order).limit(count)
    uuids = list(connection.scalars(found))
    return uuids if len(uuids) == count else None
