"""
What follows when a container becomes Complete or Cancelled, in the same transaction (reference D.10).

Not here: who may end one (L{arvgate.policy.container_states}), retrying, and collections of logs and output.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arvgate.model.kinds import CONTAINER_REQUESTS, CONTAINERS
from arvgate.model.records import Record
from arvgate.records.cycle_tokens import end_cycle
from arvgate.records.priorities import update_priority
from arvgate.records.schema import REQUEST_TABLE
from arvgate.records.transaction import Transaction

__all__ = ["ended", "scrubbed"]


def scrubbed(values: Mapping[str, Any]) -> Record:
    """C{values}, with the secrets that a record does not need once it has ended taken away."""
    return {**values, "runtime_token": None, "secret_mounts": {}}


def ended(tx: Transaction, container: Record, values: Mapping[str, Any]) -> Record:
    """
    End a container: its cycle's tokens die, its requests become Final, what it requested itself is cancelled.

    @param values: the final state and whatever else changes with it.
    """
    end_cycle(tx, container)
    finished_at = values.get("finished_at") or container["finished_at"] or tx.now
    released = {"finished_at": finished_at, "auth_uuid": None, "locked_by_uuid": None}
    after = tx.alter(CONTAINERS, container, scrubbed({**values, **released}))
    _finish_requests(tx, after)
    _cancel_children(tx, after)
    return after


def _finish_requests(tx: Transaction, container: Record) -> None:
    requests = tx.select(
        CONTAINER_REQUESTS,
        REQUEST_TABLE.c.container_uuid == container["uuid"],
        REQUEST_TABLE.c.state == "Committed",
    )
    for request in requests:
        _charge(tx, request["requesting_container_uuid"], container["cost"])
        final = {"state": "Final", "cumulative_cost": request["cumulative_cost"] + container["cost"]}
        tx.alter(CONTAINER_REQUESTS, request, scrubbed(final))


def _charge(tx: Transaction, requesting_uuid: str | None, cost: float) -> None:
    requesting = tx.container(requesting_uuid)
    if requesting is not None and cost:
        tx.alter(CONTAINERS, requesting, {"subrequests_cost": requesting["subrequests_cost"] + cost})


def _cancel_children(tx: Transaction, container: Record) -> None:
    children = tx.select(
        CONTAINER_REQUESTS,
        REQUEST_TABLE.c.requesting_container_uuid == container["uuid"],
        REQUEST_TABLE.c.state == "Committed",
    )
    for child in children:
        own = tx.container(child["container_uuid"])
        values: Record = {"priority": 0}
        if own is None or own["state"] in ("Queued", "Locked"):
            values = scrubbed({"priority": 0, "state": "Final"})
        tx.alter(CONTAINER_REQUESTS, child, values)
        update_priority(tx, child["container_uuid"])
