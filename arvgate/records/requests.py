"""
Container requests: making, changing, committing and deleting them (reference D.3 to D.5).

Not here: reuse of containers, and what follows when one ends (L{arvgate.records.ending}).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import or_

from arvgate.errors import Invalid
from arvgate.model.kinds import CONTAINER_REQUESTS, CONTAINERS
from arvgate.model.records import Record
from arvgate.policy import field_values, request_states, request_values, terms
from arvgate.policy.container_states import ENDED, IN_CYCLE
from arvgate.policy.priority import request_priority
from arvgate.policy.request_defaults import container_attributes, filled, with_defaults
from arvgate.records import tokens
from arvgate.records.ending import scrubbed
from arvgate.records.making import new_container
from arvgate.records.owners import check_giving_away, check_owner
from arvgate.records.priorities import update_priority
from arvgate.records.schema import CONTAINER_TABLE, REQUEST_TABLE
from arvgate.records.transaction import Transaction

__all__ = ["create", "delete", "update"]

_KIND: Final = CONTAINER_REQUESTS

#: What says nothing of what is run.  Who changes more than this while committing is the one as whom it runs.
_NOT_SHAPING: Final = frozenset({"state", "priority", "name", "description", "properties", "owner_uuid"})

_SECRETS: Final = tuple(field.name for field in _KIND.fields if field.secret)


def create(tx: Transaction, attributes: Mapping[str, Any]) -> Record:
    """
    A new request; if it is Committed, with its container.

    @raise Forbidden: the writer may not write to its owner.
    @raise Invalid: the values are not acceptable.
    """
    given = field_values.known_attributes(attributes)
    is_admin = tx.principal.is_admin
    _refuse(field_values.problems(_KIND, given, is_admin, is_new=True))
    retry = tx.rules.max_retry_attempts
    request = with_defaults(given, retry)
    request["owner_uuid"] = given.get("owner_uuid") or tx.principal.user_uuid
    request["created_at"] = tx.now
    request["container_count"] = 0
    request["requesting_container_uuid"] = None
    changed = request_states.changed_fields(with_defaults({}, retry), given) - {"uuid", "owner_uuid"}
    _refuse(request_states.problems(None, request["state"], changed, is_admin))
    _refuse(request_values.problems(request, committed=request["state"] == "Committed"))
    _refuse(terms.property_problems(request["properties"]))
    check_owner(tx, request["owner_uuid"])
    _check_references(tx, request, changed)
    _inherit(tx, request)
    if request["state"] == "Committed" and request["container_uuid"] is None:
        _assign(tx, request, tx.principal.user_uuid)
    record = tx.insert(_KIND, request)
    if record["container_count"] == 0:
        update_priority(tx, record["container_uuid"])
    return record


def update(tx: Transaction, uuid: str, attributes: Mapping[str, Any]) -> Record:
    """
    Change a request; it may become Committed, or cancelled by priority 0.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer can only read it, or may not give it to that owner.
    @raise Invalid: this cannot be changed now, or not to this.
    """
    before = tx.write(_KIND, uuid)
    whole = {**before, **{name: tx.secret(_KIND, uuid, name) for name in _SECRETS}}
    given = field_values.known_attributes(attributes)
    changed = request_states.changed_fields(whole, given)
    if not changed:
        return before
    is_admin = tx.principal.is_admin
    _refuse(field_values.problems(_KIND, {name: given[name] for name in changed}, is_admin, is_new=False))
    after = filled({**whole, **{name: given[name] for name in changed}})
    state = after["state"]
    _refuse(request_states.problems(before["state"], state, changed, is_admin))
    committed = state == "Committed"
    _refuse(request_values.problems(after, committed=True) if committed else request_values.priority_problems(after))
    if "properties" in changed:
        _refuse(terms.property_problems(after["properties"]))
    if "owner_uuid" in changed:
        check_giving_away(tx, before)
        check_owner(tx, after["owner_uuid"])
    _check_references(tx, after, changed)
    if state == "Committed" and after["container_uuid"] is None:
        shaped_now = not changed <= _NOT_SHAPING
        _assign(tx, after, tx.principal.user_uuid if shaped_now else before["modified_by_user_uuid"])
    elif after["container_uuid"] != before["container_uuid"]:
        after["container_count"] = before["container_count"] + 1
    if state == "Final" and before["state"] != "Final":
        after = scrubbed(after)
    names = {name for name in after if name in changed or after[name] != whole[name]}
    record = tx.alter(_KIND, before, {name: after[name] for name in names})
    for container_uuid in {before["container_uuid"], record["container_uuid"]}:
        update_priority(tx, container_uuid)
    return record


def delete(tx: Transaction, uuid: str) -> Record:
    """
    Delete a request; its container loses its priority if nobody else wants it.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer can only read it.
    """
    record = tx.write(_KIND, uuid)
    tx.remove(_KIND, record)
    update_priority(tx, record["container_uuid"])
    return record


def _assign(tx: Transaction, request: Record, user_uuid: str | None) -> None:
    scopes: list[str] = ["all"]
    if request["runtime_token"] is not None:
        authorization = tokens.runtime_token_owner(tx, request["runtime_token"])
        if authorization is None:
            raise Invalid("Invalid runtime token")
        user_uuid, scopes = authorization.user_uuid, sorted(authorization.scopes)
    values = container_attributes(request, tx.rules.default_keep_cache_ram)
    values |= {"runtime_user_uuid": user_uuid, "runtime_auth_scopes": scopes}
    container = new_container(tx, values, [request])
    request["container_uuid"] = container["uuid"]
    request["container_count"] += 1


def _inherit(tx: Transaction, request: Record) -> None:
    principal = tx.principal
    if principal.token_uuid is None:
        return
    conditions = [CONTAINER_TABLE.c.auth_uuid == principal.token_uuid]
    if principal.container_uuid is not None:
        conditions.append(CONTAINER_TABLE.c.uuid == principal.container_uuid)
    found = tx.select(CONTAINERS, or_(*conditions), CONTAINER_TABLE.c.state.in_(IN_CYCLE))
    if not found:
        return
    request["requesting_container_uuid"] = found[0]["uuid"]
    siblings = tx.select(_KIND, REQUEST_TABLE.c.container_uuid == found[0]["uuid"])
    request["priority"] = request_priority(sibling["priority"] for sibling in siblings)


def _check_references(tx: Transaction, request: Record, changed: frozenset[str]) -> None:
    if "container_uuid" in changed and request["container_uuid"] is not None:
        if not tx.principal.is_admin:
            raise Invalid("container_uuid is set by the system")
        container = tx.container(request["container_uuid"])
        if container is None or container["state"] in ENDED:
            raise Invalid("container_uuid is no container that still runs")
    text = request["runtime_token"] if "runtime_token" in changed else None
    if text is not None and tokens.runtime_token_owner(tx, text) is None:
        raise Invalid("runtime_token failed validation")


def _refuse(problems: list[str]) -> None:
    if problems:
        raise Invalid(*problems)
