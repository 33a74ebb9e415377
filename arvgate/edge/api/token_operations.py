"""
What the API does with tokens beyond what it does with every record (reference C.2).

Not here: whose tokens are seen, what they may become, and their secrets, which is all decided in the store.
"""

from __future__ import annotations

from typing import Any, Final

import attrs

from arvgate.edge.api import operations
from arvgate.edge.api.call import Answer, Call
from arvgate.errors import Forbidden
from arvgate.model.ids import system_root_token_uuid, system_user_uuid
from arvgate.model.records import Query
from arvgate.model.tokens import Token
from arvgate.wire.parameters import selected_names
from arvgate.wire.record_json import record_to_json

__all__ = [
    "create_system_token", "create_token", "current_token", "delete_token", "get_token", "list_tokens", "update_token",
]  # fmt: skip

#: The secret that an answer has which gives it out.
_SECRET: Final = ("api_token",)


async def current_token(call: Call) -> Answer:
    """The token that the request came with, and its secret, which the caller has, unless for another cluster."""
    select = selected_names(call.parameters, call.kind)
    record = await call.api.records.get(call.kind, str(call.principal.token_uuid), call.principal)
    secret = call.token.secret if call.token and not call.parameters.get("remote") else None
    return Answer(record_to_json(call.kind, {**record, "api_token": secret}, select, _SECRET))


async def list_tokens(call: Call) -> Answer:
    """The caller's tokens without their secrets; a secret that is known may be looked for."""
    _check_issuing(call)
    filters = call.parameters.get("filters")
    if isinstance(filters, list):
        replaced = [await _replaced(call, one) for one in filters]
        call = attrs.evolve(call, parameters={**call.parameters, "filters": replaced})
    return await operations.list_records(call)


async def create_token(call: Call) -> Answer:
    """A new token; the answer is the only one with its secret."""
    _check_issuing(call)
    return await operations.create_record(call)


async def create_system_token(call: Call) -> Answer:
    """A new token of the system user, for admins."""
    _check_issuing(call)
    attributes: dict[str, Any] = {"owner_uuid": system_user_uuid(call.api.options.cluster_id)}
    scopes = call.parameters.get("scopes")
    if scopes is not None:
        attributes["scopes"] = scopes
    select = selected_names(call.parameters, call.kind)
    record = await call.api.records.create(call.kind, attributes, call.principal)
    return Answer(record_to_json(call.kind, record, select, _SECRET))


async def get_token(call: Call) -> Answer:
    """One of the caller's tokens, without its secret."""
    _check_issuing(call)
    return await operations.get_record(call)


async def update_token(call: Call) -> Answer:
    """Another end, or other scopes, of one of the caller's tokens."""
    _check_issuing(call)
    return await operations.update_record(call)


async def delete_token(call: Call) -> Answer:
    """The end of one of the caller's tokens, and of all that came of it."""
    _check_issuing(call)
    return await operations.delete_record(call)


def _check_issuing(call: Call) -> None:
    options = call.api.options
    if not options.issue_tokens and call.principal.token_uuid != system_root_token_uuid(options.cluster_id):
        raise Forbidden("This cluster gives out no tokens (Login.IssueTrustedTokens is off)")


async def _replaced(call: Call, one: Any) -> Any:
    """A filter by a secret, or by scopes in whatever order, as one by UUID; any other as it is."""
    match one:
        case ["api_token", "=", str(secret)]:
            found = await call.api.tokens.find(Token(secret)) if secret else None
            return ["uuid", "in", [] if found is None else [found.uuid]]
        case ["scopes", "=", list(scopes)]:
            return ["uuid", "in", await _with_scopes(call, scopes)]
    return one


async def _with_scopes(call: Call, scopes: list[Any]) -> list[str]:
    wanted = sorted(map(str, scopes))
    query = Query(select=("uuid", "scopes"), limit=call.api.options.max_items, count=False)
    page = await call.api.records.list(call.kind, query, call.principal)
    return [str(one["uuid"]) for one in page.items if sorted(one["scopes"]) == wanted]
