"""
What a listing is made of: a container and the requests that it runs for, as one user stands to them.

Not here: the listing itself (L{arvgate.directory}) and who may enter (L{arvgate.policy.authorizer}).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from arvgate.interfaces import ContainerFacts
from arvgate.model.kinds import CONTAINER_REQUESTS, LINKS, USERS
from arvgate.model.records import Record
from arvgate.model.targets import ContainerTarget, NamedTarget, PortTarget, Target
from arvgate.policy.permission import Level, level
from arvgate.records import external_ports
from arvgate.records.schema import LINK_TABLE, REQUEST_TABLE
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
    granted = [(request, _level(snapshot, request, user_uuid)) for request in requests]
    return ContainerFacts(
        container=container,
        requests=tuple((request, has >= Level.READ, has >= Level.WRITE) for request, has in granted),
        target_uuid=found,
        port=port,
        names=_names(snapshot, [request["uuid"] for request in requests]),
    )


def _published(snapshot: Snapshot, target: NamedTarget) -> tuple[str, int]:
    found = snapshot.select(LINKS, LINK_TABLE.c.link_class == "published_port", LINK_TABLE.c.name == target.name)
    return (found[0]["head_uuid"], found[0]["properties"]["port"]) if found else ("", 0)


def _names(snapshot: Snapshot, requests: Sequence[str]) -> Sequence[str]:
    """What ports of these requests are published under, as far as a listing has room for it."""
    links = LINK_TABLE.c
    statement = select(links.name).where(links.link_class == "published_port", links.head_uuid.in_(requests))
    return tuple(snapshot.connection.scalars(statement.order_by(links.name).limit(_NAMES)))


def _level(snapshot: Snapshot, request: Record, user_uuid: str | None) -> Level:
    user = None if user_uuid is None else snapshot.peek(USERS, user_uuid)
    if user is None or not user["is_active"]:
        return Level.NONE
    names = [
        link["name"] for link in snapshot.links_to(request["uuid"], "permission") if link["tail_uuid"] == user_uuid
    ]
    return level(user["is_admin"], request["owner_uuid"] == user_uuid, names)
