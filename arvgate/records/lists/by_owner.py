"""
Lists and counts owner by owner, so that a database need not look at all there is, nor sort all that somebody can read.

What belongs to one owner is found by an index, in order: the first of a list are among the first of each owner.  Not
here: the list itself (L{arvgate.records.lists.listing}).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, select, union

from arvgate.model.records import Kind
from arvgate.policy.permission import Level
from arvgate.records.lists.predicates import Predicates
from arvgate.records.reach import Reach
from arvgate.records.rules import Rules
from arvgate.records.schema import TABLES
from arvgate.records.visibility import OWNED, Viewer

__all__ = ["counting", "leading", "reach_of_owners"]


def reach_of_owners(kind: Kind, viewers: Sequence[Viewer], rules: Rules) -> Reach | None:
    """Whose records of a kind the viewers see; None where all is seen anyway, or not for its owner."""
    active = [viewer for viewer in viewers if viewer.user_uuid is not None and viewer.is_active]
    if kind not in OWNED or not active or any(viewer.is_admin for viewer in active):
        return None
    return Reach([str(viewer.user_uuid) for viewer in active], rules.cluster)


def leading(
    kind: Kind,
    reach: Reach,
    predicates: Predicates,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement[Any]],
    count: int,
) -> ColumnElement[bool]:
    """
    The condition that only records fulfil which can be among the first C{count} of those that fulfil C{conditions}.

    @param conditions: on the kind's table; among them that it can be read.
    @param order: of the same table.
    """
    owners = reach.passing(Level.READ).subquery()
    table = TABLES[kind.path]
    first = select(table.c.uuid).where(table.c.owner_uuid == owners.c.uuid, *conditions).order_by(*order).limit(count)
    firsts = predicates.of_each(owners, first, _own(kind.path))
    return predicates.among(table.c.uuid, union(firsts, reach.heads(Level.READ)))


def counting(kind: Kind, reach: Reach, conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """
    The number of the records that fulfil C{conditions}.

    @param conditions: on the kind's table; among them that it can be read.
    """
    owners = reach.passing(Level.READ).distinct().subquery()
    table = TABLES[kind.path]
    matching = select(func.count()).select_from(table).where(*conditions)
    own = matching.where(table.c.owner_uuid == owners.c.uuid).correlate(owners).scalar_subquery()
    owned = select(func.coalesce(func.sum(own), 0)).select_from(owners).scalar_subquery()
    others = table.c.owner_uuid.not_in(reach.passing(Level.READ))
    shared = matching.where(table.c.uuid.in_(reach.heads(Level.READ)), others).scalar_subquery()
    return select(owned + shared)


@cache
def _own(kind: str) -> FromClause:
    return TABLES[kind].alias()
