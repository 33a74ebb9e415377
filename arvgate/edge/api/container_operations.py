"""
What the API does with containers and their requests besides what it does with any record.

Not here: their logs, outputs and links (the modules named after them).
"""

from __future__ import annotations

from typing import Final

from arvgate.edge.api.call import Answer, Call
from arvgate.errors import NotFound
from arvgate.model.kinds import API_CLIENT_AUTHORIZATIONS, CONTAINERS
from arvgate.model.records import Filter, Query
from arvgate.wire.parameters import selected_names
from arvgate.wire.record_json import record_to_json

__all__ = [
    "container_auth", "container_status", "current_container", "lock_container", "secret_mounts", "unlock_container",
    "update_priority",
]  # fmt: skip

#: What the answer to a lock shows unless something else is selected.
_LOCK_FIELDS: Final = ("uuid", "state", "priority", "auth_uuid", "locked_by_uuid")

_ATTEMPTS: Final = 3


async def lock_container(call: Call) -> Answer:
    """A queued container locked by the caller's token."""
    select = selected_names(call.parameters, call.kind) or _LOCK_FIELDS
    record = await call.api.records.lock(call.uuid(), call.principal)
    return Answer(record_to_json(call.kind, record, select))


async def unlock_container(call: Call) -> Answer:
    """A locked container given back."""
    select = selected_names(call.parameters, call.kind)
    record = await call.api.records.unlock(call.uuid(), call.principal)
    return Answer(record_to_json(call.kind, record, select))


async def update_priority(call: Call) -> Answer:
    """A container whose priority has been computed anew."""
    select = selected_names(call.parameters, call.kind)
    record = await call.api.records.act(call.kind, "update_priority", call.uuid(), {}, call.principal)
    return Answer(record_to_json(call.kind, record, select))


async def current_container(call: Call) -> Answer:
    """The container whose own token the request came with."""
    select, own = selected_names(call.parameters, call.kind), call.principal.container_uuid
    condition = Filter("uuid", "=", own) if own else Filter("auth_uuid", "=", str(call.principal.token_uuid))
    page = await call.api.records.list(call.kind, Query((condition,), limit=1, count=False), call.principal)
    if not page.items:
        raise NotFound("The token is of no container")
    return Answer(record_to_json(call.kind, page.items[0], select))


async def container_auth(call: Call) -> Answer:
    """The container's own token, with its secret, for whoever holds the lock."""
    record = await call.api.records.container_auth(call.uuid(), call.principal)
    return Answer(record_to_json(API_CLIENT_AUTHORIZATIONS, record, None, ("api_token",)))


async def secret_mounts(call: Call) -> Answer:
    """The secret mounts of a container, for itself and whoever holds its lock."""
    return Answer({"secret_mounts": await call.api.records.secret_mounts(call.uuid(), call.principal)})


async def container_status(call: Call) -> Answer:
    """How far a request's container is, and what it waits for."""
    for attempt in range(_ATTEMPTS):
        request = await call.api.records.get(call.kind, call.uuid(), call.principal)
        uuid = request["container_uuid"]
        if uuid is None:
            return Answer(_status("", "", "No container is assigned."))
        try:
            container = await call.api.records.get(CONTAINERS, uuid, call.principal)
        except NotFound:  # another one was assigned in between
            if attempt == _ATTEMPTS - 1:
                raise
            continue
        waits = container["state"] in ("Queued", "Locked") and container["priority"] > 0
        return Answer(_status(uuid, container["state"], "Waiting in queue." if waits else ""))
    raise AssertionError


def _status(uuid: str, state: str, scheduling: str) -> dict[str, str]:
    return {"uuid": uuid, "container_state": state, "scheduling_status": scheduling}
