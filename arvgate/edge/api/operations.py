"""
What the API does with records: each operation turns a call into use cases of the store.

Not here: who may do what, which the store decides inside its transaction, and what only some kinds have
(L{arvgate.edge.api.container_operations}, L{arvgate.edge.api.user_operations}).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import attrs

from arvgate.edge.api.call import Answer, Call, PlainAnswer
from arvgate.errors import Forbidden, NotFound
from arvgate.model.kinds import API_CLIENT_AUTHORIZATIONS
from arvgate.model.records import Kind, Record
from arvgate.wire.parameters import attributes_of, selected_names
from arvgate.wire.parameters_lists import list_query
from arvgate.wire.record_json import attributes_from_json, list_to_json, record_to_json

__all__ = [
    "check_cluster", "create_record", "current_user", "delete_record", "get_record", "given_attributes",
    "list_records", "sweep_trash", "update_record",
]  # fmt: skip

#: The secret that the answer to a new token has.
_SECRET: Final = ("api_token",)


async def list_records(call: Call) -> Answer:
    """The records that the caller can read and that match."""
    check_cluster(call)
    query = list_query(call.parameters, call.kind, call.api.options.max_items)
    page = await call.api.records.list(call.kind, attrs.evolve(query, written=True), call.principal)
    return Answer(list_to_json(call.kind, page, query.limit, query.offset, query.select))


async def get_record(call: Call) -> Answer:
    """One record."""
    select = selected_names(call.parameters, call.kind)
    include_trash = bool(call.parameters.get("include_trash"))
    record = await call.api.records.get(call.kind, call.uuid(), call.principal, include_trash)
    return Answer(record_to_json(call.kind, record, select))


async def create_record(call: Call) -> Answer:
    """A new record; a new token's answer is the only one with its secret."""
    check_cluster(call)
    select = selected_names(call.parameters, call.kind)
    unique = bool(call.parameters.get("ensure_unique_name"))
    record = await call.api.records.create(call.kind, given_attributes(call), call.principal, unique)
    return Answer(record_to_json(call.kind, record, select, _revealed(call.kind)))


async def update_record(call: Call) -> Answer:
    """Changed fields of a record."""
    uuid, select = call.uuid(), selected_names(call.parameters, call.kind)
    record = await call.api.records.update(call.kind, uuid, given_attributes(call), call.principal)
    return Answer(record_to_json(call.kind, record, select))


async def delete_record(call: Call) -> Answer:
    """A record's end; the answer is what it was."""
    record = await call.api.records.delete(call.kind, call.uuid(), call.principal)
    return Answer(record_to_json(call.kind, record))


async def current_user(call: Call) -> Answer:
    """The caller's own record."""
    select = selected_names(call.parameters, call.kind)
    record = await call.api.records.get(call.kind, str(call.principal.user_uuid), call.principal)
    return Answer(record_to_json(call.kind, record, select))


async def sweep_trash(call: Call) -> PlainAnswer:
    """What is due in the trash deleted at once, for an admin."""
    if not call.principal.is_admin:
        raise Forbidden("Only an admin can have the trash swept")
    await call.api.records.sweep()
    return PlainAnswer(204, (), b"")


def given_attributes(call: Call) -> Record:
    """The attributes that came with a call, typed."""
    attributes: Any = attributes_of(call.parameters, call.body, call.kind)
    return attributes_from_json(call.kind, attributes)


def _revealed(kind: Kind) -> Collection[str]:
    return _SECRET if kind is API_CLIENT_AUTHORIZATIONS else ()


def check_cluster(call: Call) -> None:
    """Refuse what is meant for another cluster: no request is passed on."""
    cluster = call.parameters.get("cluster_id")
    if cluster not in (None, "", call.api.options.cluster_id):
        raise NotFound(f"No proxy available for cluster {str(cluster)[:100]!r}")
    if call.parameters.get("bypass_federation") and not call.principal.is_admin:
        raise Forbidden("Only an admin may set bypass_federation")
