"""
What one user may work with: the requests that are theirs to change, newest first, each with its container.

Not here: lists by filters (L{arvgate.records.lists.listing}), and what a page makes of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from arvgate.model.kinds import CONTAINER_REQUESTS, CONTAINERS
from arvgate.model.records import Record
from arvgate.records.schema import CONTAINER_TABLE, REQUEST_TABLE
from arvgate.records.snapshot import Snapshot, public_columns, rows_as_records
from arvgate.records.visibility import writable_requests as writable_requests_of

__all__ = ["writable_requests"]


def writable_requests(snapshot: Snapshot, limit: int, offset: int) -> Sequence[tuple[Record, Record | None]]:
    """
    The requests that the snapshot's principal can write as their owner or by a link, whether an admin or not.
    """
    user = snapshot.principal.user_uuid
    if user is None:
        return ()
    statement = (
        select(*public_columns(CONTAINER_REQUESTS))
        .where(writable_requests_of(user, snapshot.rules))
        .order_by(REQUEST_TABLE.c.created_at.desc(), REQUEST_TABLE.c.uuid.desc())
        .limit(limit)
        .offset(offset)
    )
    requests = list(rows_as_records(snapshot.connection.execute(statement)))
    wanted = {request["container_uuid"] for request in requests if request["container_uuid"]}
    found = snapshot.select(CONTAINERS, CONTAINER_TABLE.c.uuid.in_(wanted)) if wanted else []
    containers = {container["uuid"]: container for container in found}
    return [(request, containers.get(request["container_uuid"])) for request in requests]
