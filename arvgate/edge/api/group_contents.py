"""
What the API tells of the contents of projects, of what was shared, and of who may do what with a record.

Not here: groups themselves (L{arvgate.edge.api.group_operations}).
"""

from __future__ import annotations

import attrs

from arvgate.edge.api.call import Answer, Call
from arvgate.model.contents import Contents, ContentsQuery
from arvgate.model.kinds import GROUPS, KINDS, LINKS, USERS
from arvgate.model.records import Filter
from arvgate.wire.contents_query import contents_query
from arvgate.wire.parameters_lists import list_query
from arvgate.wire.record_json import list_to_json, record_to_json

__all__ = ["contents_anywhere", "list_permissions", "project_contents", "shared_groups"]


async def project_contents(call: Call) -> Answer:
    """What is in a project, or in the home of a user."""
    return await _contents(call, call.uuid(GROUPS, USERS))


async def contents_anywhere(call: Call) -> Answer:
    """What is in a project if one is named, else everything that can be in projects."""
    return await _contents(call, str(call.parameters.get("uuid") or "") or None)


async def shared_groups(call: Call) -> Answer:
    """Projects that were shared with the caller by themselves, not with what they are in."""
    query = list_query(call.parameters, GROUPS, call.api.options.max_items)
    projects = Filter("group_class", "in", ("project", "filter"))
    asked = contents_query({"include": call.parameters.get("include")}, None, call.api.options.max_items)
    part = attrs.evolve(query, filters=(*query.filters, projects))
    asked = attrs.evolve(asked, parts=((GROUPS, part),), limit=query.limit, offset=query.offset, exclude_home=True)
    found = await call.api.records.contents(asked, call.principal)
    return Answer({**_envelope(found, asked, query.count), "kind": "arvados#groupList"})


async def list_permissions(call: Call) -> Answer:
    """The permission links on a record, for who manages it."""
    query = list_query(call.parameters, LINKS, call.api.options.max_items)
    page = await call.api.records.permissions(call.uuid(*KINDS.values()), query, call.principal)
    return Answer(list_to_json(LINKS, page, query.limit, query.offset, query.select))


async def _contents(call: Call, owner_uuid: str | None) -> Answer:
    asked = contents_query(call.parameters, owner_uuid, call.api.options.max_items)
    found = await call.api.records.contents(asked, call.principal)
    counted = call.parameters.get("count") != "none"
    return Answer(_envelope(found, asked, counted))


def _envelope(found: Contents, asked: ContentsQuery, counted: bool) -> dict[str, object]:
    selected = {kind.path: query.select for kind, query in asked.parts}
    answer: dict[str, object] = {
        "kind": "arvados#objectList",
        "etag": "",
        "self_link": "",
        "items": [record_to_json(kind, item, selected.get(kind.path)) for kind, item in found.items],
        "offset": asked.offset,
        "limit": asked.limit,
    }
    if counted:
        answer["items_available"] = found.items_available
    if asked.include:
        answer["included"] = [record_to_json(kind, record) for kind, record in found.included]
    return answer
