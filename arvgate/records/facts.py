"""
What a listing is made of: a container and the requests that it runs for, as one user stands to them.

Not here: the listing itself (L{arvgate.directory}) and who may enter (L{arvgate.policy.authorizer}).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from arvgate.interfaces import ContainerFacts
from arvgate.model.ids import Uuid
from arvgate.model.kinds import CONTAINER_REQUESTS, LINKS, USERS
from arvgate.model.principals import Principal
from arvgate.model.records import Record
from arvgate.model.targets import ContainerTarget, NamedTarget, PortTarget, Target
from arvgate.policy.permission import Level
from arvgate.records import external_ports
from arvgate.records.projects import surroundings
from arvgate.records.schema import CONTAINER_TABLE, LINK_TABLE, REQUEST_TABLE
from arvgate.records.snapshot import Snapshot

__all__ = ["container_facts"]

#: Names in one listing at most.
_NAMES: Final = 64


def container_facts(snapshot: Snapshot, target: Target, user_uuid: str | None) -> ContainerFacts | None:
    """
    The facts of a target for one user.

    @param user_uuid: None for somebody who is not logged in.
    @return: None if there is no such container, request with a container, or published name, or if the external port
        is nobody's.
    """
    match target:
        case ContainerTarget():
            uuid, found, port = target.uuid, "", 0
        case NamedTarget():
            found, port = _published(snapshot, target)
            uuid = found
        case PortTarget():
            found, port = external_ports.holder(snapshot, target.external_port)
            uuid = found
    container = snapshot.container(uuid)
    if container is None:
        request = snapshot.peek(CONTAINER_REQUESTS, uuid)
        container = None if request is None else snapshot.container(request["container_uuid"])
    if container is None:
        return None
    requests = snapshot.select(
        CONTAINER_REQUESTS,
        REQUEST_TABLE.c.container_uuid == container["uuid"],
        REQUEST_TABLE.c.state.in_(("Committed", "Final")),
    )
    viewer = _viewer(snapshot, user_uuid)
    granted = [(request, _level(viewer, request)) for request in requests]
    return ContainerFacts(
        container=container,
        requests=tuple((request, has >= Level.READ, has >= Level.WRITE) for request, has in granted),
        target_uuid=found,
        port=port,
        names=_names(snapshot, [request["uuid"] for request in requests]),
        locked_under=_locked_under(snapshot, container["uuid"]),
    )


def _published(snapshot: Snapshot, target: NamedTarget) -> tuple[str, int]:
    found = snapshot.select(LINKS, LINK_TABLE.c.link_class == "published_port", LINK_TABLE.c.name == target.name)
    return (found[0]["head_uuid"], found[0]["properties"]["port"]) if found else ("", 0)


def _locked_under(snapshot: Snapshot, uuid: str) -> str:
    columns = CONTAINER_TABLE.c
    return snapshot.connection.scalar(select(columns.locked_under).where(columns.uuid == uuid)) or ""


def _names(snapshot: Snapshot, requests: Sequence[str]) -> Sequence[str]:
    """What ports of these requests are published under, as far as a listing has room for it."""
    links = LINK_TABLE.c
    statement = select(links.name).where(links.link_class == "published_port", links.head_uuid.in_(requests))
    return tuple(snapshot.connection.scalars(statement.order_by(links.name).limit(_NAMES)))


def _viewer(snapshot: Snapshot, user_uuid: str | None) -> Snapshot | None:
    """The snapshot as an active user sees it; None for anybody else."""
    user = None if user_uuid is None else snapshot.peek(USERS, user_uuid)
    if user is None or not user["is_active"]:
        return None
    return snapshot.seen_by(Principal(Uuid(user["uuid"]), token_uuid=None, is_admin=user["is_admin"]))


def _level(viewer: Snapshot | None, request: Record) -> Level:
    """How far somebody's rights on a request go; nobody has any on what is in the trash."""
    if viewer is None or surroundings(viewer.connection, request).is_trashed:
        return Level.NONE
    return viewer.level(request)
