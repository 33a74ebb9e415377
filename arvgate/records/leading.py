"""
Which records can be among the first of a list, so that a database need not sort all that somebody can read.

What belongs to one owner is found in order by an index: the first of a list are among the first of each owner.  Not
here: the list itself (L{arvgate.records.listing}).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, select, union

from arvgate.model.records import Kind
from arvgate.policy.permission import Level
from arvgate.records.reach import Reach
from arvgate.records.rules import Rules
from arvgate.records.schema import TABLES
from arvgate.records.visibility import OWNED, Viewer

__all__ = ["leading"]


def leading(
    kind: Kind,
    viewers: Sequence[Viewer],
    rules: Rules,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement[Any]],
    count: int,
) -> ColumnElement[bool] | None:
    """
    The condition that only records fulfil which can be among the first C{count} of those that fulfil C{conditions}.

    @param conditions: on the kind's table; among them that the viewers can read it.
    @param order: of the same table.
    @return: None where it would be of no use: all is read anyway, or not for its owner.
    """
    active = [viewer for viewer in viewers if viewer.user_uuid is not None and viewer.is_active]
    if kind not in OWNED or not active or any(viewer.is_admin for viewer in active):
        return None
    reach = Reach([str(viewer.user_uuid) for viewer in active], rules.cluster)
    owners = reach.passing(Level.READ).subquery()
    table = TABLES[kind.path]
    own = _own(kind.path)
    first = select(table.c.uuid).where(table.c.owner_uuid == owners.c.uuid, *conditions).order_by(*order).limit(count)
    firsts = select(own.c.uuid).select_from(owners).join(own, own.c.uuid.in_(first.correlate(owners)))
    return table.c.uuid.in_(union(firsts, reach.heads(Level.READ)))


@cache
def _own(kind: str) -> FromClause:
    return TABLES[kind].alias()
