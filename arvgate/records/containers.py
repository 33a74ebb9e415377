"""
Changing a container while it is run (reference D.7).

Not here: lock and unlock (L{arvgate.records.cycles}), and making one, which is a request's commit
(L{arvgate.records.requests}).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arvgate.errors import Forbidden, Invalid
from arvgate.model.kinds import CONTAINERS
from arvgate.model.records import Record
from arvgate.policy import container_states, container_values, field_values
from arvgate.policy.container_states import ENDED, Role
from arvgate.policy.request_states import changed_fields
from arvgate.records import cycles, ending
from arvgate.records.roles import role
from arvgate.records.transaction import Transaction

__all__ = ["update"]


def update(tx: Transaction, uuid: str, attributes: Mapping[str, Any]) -> Record:
    """
    Change a container, with all that follows from another state.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer neither holds its lock, nor is its own token or the system itself.
    @raise Invalid: this cannot be changed now, or not to this.
    """
    before = tx.read(CONTAINERS, uuid)
    writer = role(tx, before)
    if writer is Role.NONE:
        raise Forbidden("Only the token that locked a container can change it")
    given = field_values.known_attributes(attributes)
    names = changed_fields(before, given)
    values = {name: given[name] for name in names}
    problems = field_values.problems(CONTAINERS, values, is_admin=False, is_new=False)
    if problems:
        raise Invalid(*problems)
    state: str = values["state"] if "state" in values else before["state"]
    problems = container_states.problems(writer, before["state"], state, names)
    problems.extend(container_values.problems(values))
    if problems:
        raise Invalid(*problems)
    if state == before["state"]:
        return tx.alter(CONTAINERS, before, values)
    if state == "Queued" and "runtime_status" in given:
        return cycles.given_back(tx, before, given["runtime_status"] or {})
    if state == "Queued":
        return cycles.unlocked(tx, before)
    if state in ENDED:
        return ending.ended(tx, before, values)
    return tx.alter(CONTAINERS, before, {"started_at": tx.now, **values})
