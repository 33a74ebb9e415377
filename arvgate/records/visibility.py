"""
Who can read which records, as conditions of a query (reference D.7, F.7): by owner and by direct permission links.

Not here: what a level allows to do (L{arvgate.policy.permission}).
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true

from arvgate.model.ids import system_root_token_uuid
from arvgate.model.kinds import API_CLIENT_AUTHORIZATIONS, CONTAINERS, LINKS, LOGS, USERS
from arvgate.model.principals import Principal
from arvgate.model.records import Kind
from arvgate.policy.permission import Level, names_granting
from arvgate.records.rules import Rules
from arvgate.records.schema import CONTAINER_TABLE, LINK_TABLE, LOG_TABLE, REQUEST_TABLE, TABLES

__all__ = ["linked_requests", "readable"]


def readable(kind: Kind, reader: Principal, rules: Rules, include_trash: bool = False) -> ColumnElement[bool]:
    """
    The condition on C{kind}'s table under which C{reader}, or somebody as whom it reads also, can read a record.

    @param include_trash: also what is in the trash.
    """
    return or_(*(_readable(kind, one, rules) for one in (reader, *reader.also)))


def _readable(kind: Kind, reader: Principal, rules: Rules) -> ColumnElement[bool]:
    table = TABLES[kind.path]
    user = reader.user_uuid
    if user is None or not reader.is_active:
        return table.c.uuid == user if kind is USERS and user is not None else false()
    if kind is API_CLIENT_AUTHORIZATIONS:
        is_system = reader.token_uuid == system_root_token_uuid(rules.cluster)
        return true() if is_system else table.c.owner_uuid == user
    if reader.is_admin:
        return true()
    if kind is USERS:
        return table.c.uuid == user
    if kind is CONTAINERS:
        return table.c.uuid.in_(_readable_containers(user))
    if kind is LINKS:
        return _links(user)
    if kind is LOGS:
        return _logs(user)
    return or_(table.c.owner_uuid == user, table.c.uuid.in_(_linked(user, Level.READ)))


def linked_requests(user: str) -> ColumnElement[bool]:
    """The condition under which C{user} can write a request as its owner or by a link, being an admin apart."""
    return _requests(user, Level.WRITE)


def _linked(user: str, needed: Level) -> Select[str]:
    return select(LINK_TABLE.c.head_uuid).where(
        LINK_TABLE.c.link_class == "permission",
        LINK_TABLE.c.tail_uuid == user,
        LINK_TABLE.c.name.in_(names_granting(needed)),
    )


def _requests(user: str, needed: Level) -> ColumnElement[bool]:
    return or_(REQUEST_TABLE.c.owner_uuid == user, REQUEST_TABLE.c.uuid.in_(_linked(user, needed)))


def _readable_containers(user: str) -> Select[str]:
    return select(REQUEST_TABLE.c.container_uuid).where(
        REQUEST_TABLE.c.container_uuid.is_not(None), _requests(user, Level.READ)
    )


def _links(user: str) -> ColumnElement[bool]:
    def heads(needed: Level) -> ColumnElement[bool]:
        return or_(
            LINK_TABLE.c.head_uuid.in_(select(REQUEST_TABLE.c.uuid).where(_requests(user, needed))),
            LINK_TABLE.c.head_uuid.in_(_linked(user, needed).correlate(None)),
        )

    return or_(
        LINK_TABLE.c.owner_uuid == user,
        LINK_TABLE.c.tail_uuid == user,
        and_(LINK_TABLE.c.link_class == "permission", heads(Level.MANAGE)),
        and_(LINK_TABLE.c.link_class != "permission", heads(Level.READ)),
    )


def _logs(user: str) -> ColumnElement[bool]:
    return or_(
        LOG_TABLE.c.owner_uuid == user,
        LOG_TABLE.c.object_owner_uuid == user,
        LOG_TABLE.c.object_uuid == user,
        LOG_TABLE.c.object_uuid.in_(select(REQUEST_TABLE.c.uuid).where(_requests(user, Level.READ))),
        LOG_TABLE.c.object_uuid.in_(
            select(CONTAINER_TABLE.c.uuid).where(CONTAINER_TABLE.c.uuid.in_(_readable_containers(user)))
        ),
    )
