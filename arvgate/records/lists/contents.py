"""
What is in a project, in a user's home, or anywhere: records of several kinds in one list (reference F.2, F.7).

Not here: lists of one kind (L{arvgate.records.lists.listing}).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from sqlalchemy import ColumnElement, and_, func, literal, or_, select

from arvgate.errors import NotFound
from arvgate.model.contents import Contents, ContentsQuery
from arvgate.model.ids import INFIXES, is_uuid
from arvgate.model.kinds import CONTAINERS, GROUPS, USERS
from arvgate.model.records import Kind
from arvgate.policy.permission import Level
from arvgate.records.lists import listing
from arvgate.records.reach import Reach, descendants
from arvgate.records.schema import GROUP_TABLE, TABLES
from arvgate.records.snapshot import Snapshot
from arvgate.records.visibility import readable

__all__ = ["contents"]


def contents(snapshot: Snapshot, query: ContentsQuery) -> Contents:
    """
    The records that the snapshot's principal reads there.

    @raise NotFound: there is no such user or project, or the principal cannot read it.
    """
    include_trash = any(part.include_trash for _, part in query.parts)
    if query.owner_uuid is not None:
        snapshot.read(_kind_of_owner(query.owner_uuid), query.owner_uuid, include_trash)
    items: list[tuple[Kind, Mapping[str, Any]]] = []
    available, whole = 0, True
    for kind, part in query.parts:
        wanted = query.limit - len(items) if whole else 0
        offset = max(query.offset - available, 0)
        part = attrs.evolve(part, limit=wanted, offset=offset, count=True)
        page = listing.page(snapshot, kind, part, more=_places(snapshot, kind, query))
        count = page.items_available or 0
        items.extend((kind, item) for item in page.items)
        whole = whole and len(page.items) == min(wanted, max(count - offset, 0))
        available += count
    return Contents(items, available, _included(snapshot, query, [item for _, item in items]))


def _kind_of_owner(uuid: str) -> Kind:
    for kind in (GROUPS, USERS):
        if is_uuid(uuid, kind.path):
            return kind
    raise NotFound(f"There is no project or user {uuid!r}")


def _places(snapshot: Snapshot, kind: Kind, query: ContentsQuery) -> list[ColumnElement[bool]]:
    owner = TABLES[kind.path].c.owner_uuid
    conditions = [GROUP_TABLE.c.group_class != "role"] if kind is GROUPS else []
    if query.owner_uuid is not None:
        here = owner == query.owner_uuid
        if query.recursive:
            start = or_(GROUP_TABLE.c.uuid == query.owner_uuid, GROUP_TABLE.c.owner_uuid == query.owner_uuid)
            here = or_(here, owner.in_(select(descendants(start).c.uuid)))
        conditions.append(here)
    if query.exclude_home:
        conditions.append(_from_others(snapshot, owner))
    return conditions


def _from_others(snapshot: Snapshot, owner: ColumnElement[Any]) -> ColumnElement[bool]:
    """That a record is neither one's own nor in a project that one reads: it was shared by itself."""
    principal = snapshot.principal
    foreign = owner != literal(principal.user_uuid)
    if principal.is_admin:
        return and_(foreign, func.substr(owner, 7, 5) == INFIXES[USERS.path])
    reach = Reach([str(principal.user_uuid)], snapshot.rules.cluster)
    return and_(foreign, owner.not_in(reach.passing(Level.READ)))


def _included(
    snapshot: Snapshot, query: ContentsQuery, items: Sequence[Mapping[str, Any]]
) -> Sequence[tuple[Kind, Mapping[str, Any]]]:
    found: list[tuple[Kind, Mapping[str, Any]]] = []
    for name in sorted(query.include):
        uuids = {item[name] for item in items if item.get(name)}
        for kind in (CONTAINERS,) if name == "container_uuid" else (USERS, GROUPS):
            table = TABLES[kind.path].c
            seen = readable(kind, snapshot.principal, snapshot.rules)
            found.extend((kind, record) for record in snapshot.select(kind, table.uuid.in_(uuids), seen))
    return found
