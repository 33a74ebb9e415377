"""
Keeping the priorities of containers in step with those of their requests (reference D.4).

Not here: the arithmetic (L{arvgate.policy.priority}).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from arvgate.model.kinds import CONTAINER_REQUESTS, CONTAINERS
from arvgate.model.records import Record
from arvgate.policy.container_states import ENDED
from arvgate.policy.priority import Wish, container_priority
from arvgate.records.projects import surroundings
from arvgate.records.schema import REQUEST_TABLE
from arvgate.records.snapshot import Snapshot
from arvgate.records.transaction import Transaction

__all__ = ["kept", "recomputed", "update_priority", "wish_of"]


def update_priority(tx: Transaction, uuid: str | None, seen: AbstractSet[str] = frozenset()) -> None:
    """Compute the priority of a container anew, and of the containers that its requests want."""
    container = tx.container(uuid)
    if container is None or container["uuid"] in seen or container["state"] in ENDED:
        return
    requests = kept(tx, tx.select(CONTAINER_REQUESTS, REQUEST_TABLE.c.container_uuid == uuid))
    after = tx.alter(
        CONTAINERS, container, {"priority": container_priority(wish_of(tx, request) for request in requests)}
    )
    if after is container:
        return
    children = tx.select(
        CONTAINER_REQUESTS,
        REQUEST_TABLE.c.requesting_container_uuid == uuid,
        REQUEST_TABLE.c.state == "Committed",
    )
    for child in children:
        update_priority(tx, child["container_uuid"], seen | {container["uuid"]})


def recomputed(tx: Transaction, uuid: str, arguments: Mapping[str, Any]) -> Record:
    """
    A container whose priority has been computed anew, for any of its readers.

    @raise NotFound: there is none, or the principal cannot read it.
    """
    tx.read(CONTAINERS, uuid)
    update_priority(tx, uuid)
    return tx.read(CONTAINERS, uuid)


def kept(snapshot: Snapshot, requests: Iterable[Record]) -> list[Record]:
    """Those requests that are not in a trashed project."""
    return [one for one in requests if not surroundings(snapshot.connection, one).is_trashed]


def wish_of(snapshot: Snapshot, request: Record) -> Wish:
    """What a request asks of its container."""
    requesting = snapshot.container(request["requesting_container_uuid"])
    return Wish(
        state=request["state"],
        priority=request["priority"],
        created_at=request["created_at"],
        requesting_priority=None if requesting is None else requesting["priority"],
    )
