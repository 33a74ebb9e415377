"""
Who can read which records, as conditions of a query (reference D.7, F.6, F.7).

Not here: how far rights reach (L{arvgate.records.reach}) and what a level allows to do (L{arvgate.policy.permission}).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import attrs
from sqlalchemy import ColumnElement, FromClause, and_, false, or_, select, true

from arvgate.model.ids import anonymous_user_uuid, system_root_token_uuid
from arvgate.model.kinds import (
    API_CLIENT_AUTHORIZATIONS,
    COLLECTIONS,
    CONTAINER_REQUESTS,
    CONTAINERS,
    GROUPS,
    KINDS,
    LINKS,
    LOGS,
    USERS,
    WORKFLOWS,
)  # fmt: skip
from arvgate.model.principals import Principal
from arvgate.model.records import Kind
from arvgate.policy.permission import Level
from arvgate.records.reach import FROZEN, TRASHED, Reach
from arvgate.records.rules import Rules
from arvgate.records.schema import (
    CONTAINER_TABLE,
    GROUP_TABLE,
    LINK_TABLE,
    LOG_TABLE,
    REQUEST_TABLE,
    TABLES,
    USER_TABLE,
)  # fmt: skip

__all__ = ["OWNED", "Viewer", "readable", "readable_by", "viewers_of", "writable_requests"]

#: What belongs to somebody and is seen for it, besides groups.
OWNED: Final = (CONTAINER_REQUESTS, COLLECTIONS, WORKFLOWS)

#: How many conditions are remembered.  Making one takes longer than asking it for one record; it takes 100 KiB.
_REMEMBERED: Final = 128


def readable(
    kind: Kind, reader: Principal, rules: Rules, include_trash: bool = False, one: bool = False
) -> ColumnElement[bool]:
    """
    The condition on C{kind}'s table under which C{reader}, or somebody as whom it reads also, can read a record.

    @param include_trash: also what is in the trash, or in a project that is.
    @param one: few records come so far, so that each is better looked at by itself.
    """
    return readable_by(kind.path, viewers_of(reader, rules), rules, include_trash, one)


@attrs.frozen
class Viewer:
    """
    What of a principal decides on what it can read.

    @ivar is_system: whether it is the system itself.
    """

    user_uuid: str | None
    is_admin: bool
    is_active: bool
    is_system: bool


def viewers_of(reader: Principal, rules: Rules) -> tuple[Viewer, ...]:
    """A principal, and then as whom it reads besides."""
    system = system_root_token_uuid(rules.cluster)
    return tuple(
        Viewer(one.user_uuid, one.is_admin, one.is_active, one.token_uuid == system) for one in (reader, *reader.also)
    )


@lru_cache(_REMEMBERED)
def readable_by(
    path: str, viewers: tuple[Viewer, ...], rules: Rules, include_trash: bool, one: bool
) -> ColumnElement[bool]:
    """See L{readable}; C{path} is the kind's.  It is the same object for the same question, if it is not long ago."""
    kind = KINDS[path]
    if kind is API_CLIENT_AUTHORIZATIONS:
        return _own_tokens(viewers[0])
    seen = _seen(kind, viewers, rules, one)
    return seen if include_trash else and_(seen, _kept(kind))


def writable_requests(user: str, rules: Rules) -> ColumnElement[bool]:
    """
    The condition under which C{user} can write a request as its owner or by what was shared, being an admin apart.
    """
    sight = _Sight(Reach([user], rules.cluster), [user], rules, one=False)
    outside = REQUEST_TABLE.c.owner_uuid.not_in(select(FROZEN.c.uuid))
    return and_(sight.of(REQUEST_TABLE, Level.WRITE), outside, _kept(CONTAINER_REQUESTS))


def _own_tokens(reader: Viewer) -> ColumnElement[bool]:
    table = TABLES[API_CLIENT_AUTHORIZATIONS.path]
    if reader.user_uuid is None or not reader.is_active:
        return false()
    return true() if reader.is_system else table.c.owner_uuid == reader.user_uuid


def _kept(kind: Kind) -> ColumnElement[bool]:
    """That a record is not in the trash."""
    table = TABLES[kind.path]
    trashed = select(TRASHED.c.uuid)
    outside = table.c.owner_uuid.not_in(trashed)
    match kind.path:
        case GROUPS.path:
            return GROUP_TABLE.c.uuid.not_in(trashed)
        case COLLECTIONS.path:
            return and_(outside, ~table.c.is_trashed)
        case USERS.path | LINKS.path | LOGS.path | CONTAINERS.path:
            return true()
        case _:
            return outside


def _seen(kind: Kind, readers: tuple[Viewer, ...], rules: Rules, one: bool) -> ColumnElement[bool]:
    active = [reader for reader in readers if reader.user_uuid is not None and reader.is_active]
    if any(reader.is_admin for reader in active):
        return true()
    users = [str(reader.user_uuid) for reader in active]
    sight = _Sight(Reach(users, rules.cluster), users, rules, one)
    if kind is USERS:
        idle = [str(reader.user_uuid) for reader in readers if reader.user_uuid is not None]
        return or_(USER_TABLE.c.uuid.in_(idle), sight.users())
    special: dict[str, Callable[[], ColumnElement[bool]]] = {
        GROUPS.path: sight.groups,
        CONTAINERS.path: sight.containers,
        LINKS.path: sight.links,
        LOGS.path: sight.logs,
    }
    return special.get(kind.path, lambda: sight.of(TABLES[kind.path], Level.READ))() if users else false()


@attrs.frozen
class _Sight:
    """
    What active users see who are no admins.

    @ivar one: conditions for few records.
    """

    reach: Reach
    who: list[str]
    rules: Rules
    one: bool

    def of(self, table: FromClause, needed: Level) -> ColumnElement[bool]:
        """By owner and by links."""
        return or_(table.c.owner_uuid.in_(self.reach.passing(needed)), self._shared(table.c.uuid, needed))

    def users(self) -> ColumnElement[bool]:
        """Active ones: all of them where the cluster says so, else who was shared."""
        anonymous = anonymous_user_uuid(self.rules.cluster)
        if self.rules.users_are_visible and any(user != anonymous for user in self.who):
            return USER_TABLE.c.is_active
        return and_(USER_TABLE.c.is_active, self._reached(USER_TABLE.c.uuid, Level.READ))

    def groups(self) -> ColumnElement[bool]:
        """Projects and roles that are reached; every role where the cluster says so."""
        groups = GROUP_TABLE.c
        seen = self._reached(groups.uuid, Level.READ)
        return or_(seen, groups.group_class == "role") if self.rules.roles_are_visible else seen

    def containers(self) -> ColumnElement[bool]:
        """Those with a request that is seen."""
        return self._container_of_seen(CONTAINER_TABLE.c.uuid)

    def links(self) -> ColumnElement[bool]:
        """One's own; permissions on what one manages; names of ports that one reads; other links by their owner."""
        link = LINK_TABLE.c
        permission, published = link.link_class == "permission", link.link_class == "published_port"
        return or_(
            link.owner_uuid.in_(self.who),
            link.tail_uuid.in_(self.who),
            and_(permission, self._reached_record(link.head_uuid, Level.MANAGE)),
            and_(published, self._reached_record(link.head_uuid, Level.READ)),
            and_(~permission, ~published, link.owner_uuid.in_(self.reach.passing(Level.READ))),
        )

    def logs(self) -> ColumnElement[bool]:
        """
        Those of what one reads, of what belongs to who is reached, of one's containers, and of one's own doings.

        What others' user records were is not for everybody who may read them in part.
        """
        log = LOG_TABLE.c
        passing = self.reach.passing(Level.READ)
        return or_(
            log.owner_uuid.in_(passing),
            log.object_owner_uuid.in_(passing),
            and_(log.object_kind != USERS.name, self._reached_record(log.object_uuid, Level.READ)),
            log.object_uuid.in_(self.who),
            self._container_of_seen(log.object_uuid),
        )

    def _shared(self, uuid: ColumnElement[Any], needed: Level) -> ColumnElement[bool]:
        """That a permission link that counts points to it."""
        heads = self.reach.heads(needed)
        return heads.where(heads.selected_columns.head_uuid == uuid).exists() if self.one else uuid.in_(heads)

    def _reached(self, uuid: ColumnElement[Any], needed: Level) -> ColumnElement[bool]:
        """That it is a user or a group that is reached."""
        return or_(uuid.in_(self.reach.passing(needed)), self._shared(uuid, needed))

    def _reached_record(self, uuid: ColumnElement[Any], needed: Level) -> ColumnElement[bool]:
        """That it is any record that is reached: by itself, by a link or by its owner."""
        return or_(self._reached(uuid, needed), *(self._belongs(uuid, kind, needed) for kind in OWNED))

    def _belongs(self, uuid: ColumnElement[Any], kind: Kind, needed: Level) -> ColumnElement[bool]:
        table = TABLES[kind.path].alias().c
        return self._among(uuid, table.uuid, table.owner_uuid.in_(self.reach.passing(needed)))

    def _container_of_seen(self, uuid: ColumnElement[Any]) -> ColumnElement[bool]:
        requests = REQUEST_TABLE.alias()
        return self._among(uuid, requests.c.container_uuid, self.of(requests, Level.READ))

    def _among(
        self, uuid: ColumnElement[Any], column: ColumnElement[Any], condition: ColumnElement[bool]
    ) -> ColumnElement[bool]:
        if self.one:
            # The offset keeps PostgreSQL from finding all that fulfil the condition, whatever the UUID.
            return select(column).where(column == uuid, condition).offset(0).exists()
        return uuid.in_(select(column).where(column.is_not(None), condition))
