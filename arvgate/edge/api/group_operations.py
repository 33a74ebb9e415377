"""
What the API does with groups besides what it does with all records.

Not here: who may do what, which the store decides.
"""

from __future__ import annotations

from arvgate.edge.api.call import Answer, Call
from arvgate.wire.parameters import selected_names
from arvgate.wire.record_json import record_to_json

__all__ = ["trash_group", "untrash_group"]


async def trash_group(call: Call) -> Answer:
    """A project put into the trash."""
    return await _acted(call, "trash")


async def untrash_group(call: Call) -> Answer:
    """A project taken out of the trash."""
    return await _acted(call, "untrash")


async def _acted(call: Call, action: str) -> Answer:
    select = selected_names(call.parameters, call.kind)
    arguments = {"ensure_unique_name": bool(call.parameters.get("ensure_unique_name"))}
    record = await call.api.records.act(call.kind, action, call.uuid(), arguments, call.principal)
    return Answer(record_to_json(call.kind, record, select))
