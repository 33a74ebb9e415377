"""
How far users reach: through which users and groups their rights go, and how strongly (reference F.7).

One recursive query begins at the users themselves and goes on along ownership of groups and along permission links to
groups and users.  Only what passes rights on is followed: groups at any level, users where they are managed.  What
lies at the end (requests, collections, ...) is compared with it by owner and by links, so its number does not matter
here.  Not here: which kinds are seen by which rule (L{arvgate.records.visibility}).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)  # fmt: skip

from arvgate.model.ids import all_users_group_uuid, anonymous_group_uuid, anonymous_user_uuid
from arvgate.model.kinds import GROUPS, USERS
from arvgate.policy.permission import LEVEL_OF_LINK, Level, names_granting
from arvgate.records.schema import GROUP_TABLE, LINK_TABLE, STRING

__all__ = ["FROZEN", "TRASHED", "Reach", "descendants"]

_Seed = tuple[str, Level]

#: What a path goes on through.
_PASSING: Final = (GROUPS.name, USERS.name)


class Reach:
    """
    What some users reach together, as parts of a query.

    @param users: their UUIDs; none reach nothing.
    @param cluster: the cluster's id.
    """

    def __init__(self, users: Iterable[str], cluster: str) -> None:
        seeds = dict.fromkeys(seed for user in users for seed in _seeds(user, cluster))
        self._reach = None if not seeds else _reach(tuple(seeds))

    def passing(self, needed: Level) -> Select[Any]:
        """The users and groups whose belongings are reached at least at C{needed}."""
        if self._reach is None:
            return select(literal(None, String)).where(literal(False))
        return select(self._reach.c.uuid).where(self._reach.c.level >= int(needed))

    def levels(self, uuids: Sequence[str]) -> Select[str, int]:
        """Those of some groups that are reached, each with the number of its strongest level."""
        if self._reach is None:
            return select(literal(None, String), literal(None, Integer)).where(literal(False))
        reach = self._reach.c
        return select(reach.uuid, func.max(reach.level)).where(reach.uuid.in_(uuids)).group_by(reach.uuid)

    def heads(self, needed: Level) -> Select[Any]:
        """What permission links of who is reached point to, where they give at least C{needed}."""
        links = LINK_TABLE.alias().c
        return select(links.head_uuid).where(
            links.link_class == "permission",
            links.name.in_(names_granting(needed)),
            links.tail_uuid.in_(self.passing(needed)),
        )

    def strongest(self, uuid: str, owner_uuid: str) -> Select[Any]:
        """The number of the strongest level at which one record is reached; null or no row: it is not."""
        if self._reach is None:
            return select(literal(None, Integer))
        reach, links = self._reach.c, LINK_TABLE.c
        granted = _level_of_link()
        by_link = (
            select(_weaker(reach.level, granted).label("level"))
            .select_from(LINK_TABLE.join(self._reach, reach.uuid == links.tail_uuid))
            .where(links.head_uuid == uuid, links.link_class == "permission")
        )
        by_owner = select(reach.level.label("level")).where(reach.uuid.in_((uuid, owner_uuid)))
        ways = union_all(by_owner, by_link).subquery("ways")
        return select(func.max(ways.c.level))


def descendants(condition: ColumnElement[bool]) -> CTE:
    """The groups that fulfil a condition, and those that belong to them, theirs and so on."""
    groups = GROUP_TABLE.c
    found = select(groups.uuid.label("uuid")).where(condition).cte(recursive=True)
    return found.union(select(groups.uuid).join(found, groups.owner_uuid == found.c.uuid))


#: The groups in the trash, by themselves or by what they are in.
TRASHED: Final = descendants(GROUP_TABLE.c.is_trashed)

#: The groups in which nothing can be changed.
FROZEN: Final = descendants(GROUP_TABLE.c.frozen_by_uuid.is_not(None))


def _seeds(user: str, cluster: str) -> Iterable[_Seed]:
    """Where the rights of an active user begin: everybody is in the role of all users, and reads what is public."""
    yield user, Level.MANAGE
    yield anonymous_group_uuid(cluster), Level.READ
    if user != anonymous_user_uuid(cluster):
        yield all_users_group_uuid(cluster), Level.WRITE


@functools.lru_cache(maxsize=1000)
def _reach(seeds: tuple[_Seed, ...]) -> CTE:
    """One and the same part for the same users, so that it is computed once in a query that asks for it twice."""
    begin = union_all(
        *(
            select(literal(uuid, STRING).label("uuid"), literal(int(level), Integer).label("level"))
            for uuid, level in seeds
        ),
    ).subquery("seeds")
    reach = select(begin.c.uuid, begin.c.level).cte(recursive=True)
    links, groups = LINK_TABLE.c, GROUP_TABLE.c
    ways = union_all(select(literal(0, Integer).label("owned")), select(literal(1, Integer))).subquery("ways")
    both = (
        reach.join(ways, true())
        .outerjoin(
            LINK_TABLE,
            and_(
                ways.c.owned == 0,
                links.tail_uuid == reach.c.uuid,
                links.link_class == "permission",
                links.head_kind.in_(_PASSING),
            ),
        )
        .outerjoin(GROUP_TABLE, and_(ways.c.owned == 1, groups.owner_uuid == reach.c.uuid))
    )
    head = func.coalesce(links.head_uuid, groups.uuid)
    granted = case((ways.c.owned == 1, int(Level.MANAGE)), else_=_level_of_link())
    level = _weaker(reach.c.level, granted)
    passes = or_(ways.c.owned == 1, links.head_kind == GROUPS.name, level == int(Level.MANAGE))
    step = select(head, level).select_from(both).where(head.is_not(None), passes)
    return reach.union(step)


def _level_of_link() -> ColumnElement[int]:
    return case(
        *((LINK_TABLE.c.name == name, int(level)) for name, level in LEVEL_OF_LINK.items()), else_=int(Level.NONE)
    )


def _weaker(one: ColumnElement[int], other: ColumnElement[int]) -> ColumnElement[int]:
    return case((one < other, one), else_=other)
