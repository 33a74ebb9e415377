"""
What the API does with users besides what it does with any record.

Not here: who may do it (L{arvgate.records.users}, L{arvgate.records.user_setup}).
"""

from __future__ import annotations

from typing import Final

from arvgate.edge.api.call import Answer, Call
from arvgate.edge.api.declared import Parameter, Parameters
from arvgate.errors import Invalid
from arvgate.model.ids import system_user_uuid
from arvgate.wire.parameters import attributes_of, selected_names
from arvgate.wire.record_json import attributes_from_json, record_to_json

__all__ = ["SETUP", "activate_user", "setup_user", "system_user", "unsetup_user"]

SETUP: Final[Parameters] = {
    "uuid": Parameter("string", "The user; a new one is made of the parameter user if it is absent."),
    "user": Parameter("object", "Attributes of a new user, its email among them."),
    "send_notification_email": Parameter("boolean", "Of no effect: no mail is sent."),
}


async def system_user(call: Call) -> Answer:
    """The user that the system itself acts as."""
    select = selected_names(call.parameters, call.kind)
    uuid = system_user_uuid(call.api.options.cluster_id)
    record = await call.api.records.get(call.kind, uuid, call.principal)
    return Answer(record_to_json(call.kind, record, select))


async def activate_user(call: Call) -> Answer:
    """A user made active."""
    return await _acted(call, "activate")


async def unsetup_user(call: Call) -> Answer:
    """A user shut out: no longer active, without tokens and permissions."""
    return await _acted(call, "unsetup")


async def setup_user(call: Call) -> Answer:
    """A user invited; a new one if none is named."""
    uuid = call.parameters.get("uuid") or ""
    given = {} if uuid else attributes_from_json(call.kind, attributes_of(call.parameters, {}, call.kind))
    if not isinstance(uuid, str) or not (uuid or given.get("email")):
        raise Invalid("Either the uuid of a user is required, or a user with an email")
    record = await call.api.records.act(call.kind, "setup", uuid, given, call.principal)
    return Answer({"kind": "arvados#HashList", "items": [record_to_json(call.kind, record)]})


async def _acted(call: Call, action: str) -> Answer:
    select = selected_names(call.parameters, call.kind)
    record = await call.api.records.act(call.kind, action, call.uuid(), {}, call.principal)
    return Answer(record_to_json(call.kind, record, select))
