"""
What follows when a container becomes Complete or Cancelled, in the same transaction (reference D.10).

Not here: who may end one (L{arvgate.policy.container_states}), the new container of those requests that are tried again
(L{arvgate.records.retrying}), and collections of logs and output.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from arvgate.model.kinds import CONTAINER_REQUESTS, CONTAINERS
from arvgate.model.records import Record
from arvgate.records.costs import charged
from arvgate.records.cycle_tokens import end_cycle
from arvgate.records.priorities import update_priority
from arvgate.records.retrying import retry
from arvgate.records.schema import REQUEST_TABLE
from arvgate.records.transaction import Transaction

__all__ = ["ended", "scrubbed"]

_SECRETS: Final = tuple(field.name for field in CONTAINERS.fields if field.secret)


def scrubbed(values: Mapping[str, Any]) -> Record:
    """C{values}, with the secrets that a record does not need once it has ended taken away."""
    return {**values, "runtime_token": None, "secret_mounts": {}}


def ended(tx: Transaction, container: Record, values: Mapping[str, Any]) -> Record:
    """
    End a container: its cycle's tokens die, its requests get another or become Final, what it requested is cancelled.

    @param values: the final state and whatever else changes with it.
    """
    end_cycle(tx, container)
    secrets = {name: tx.secret(CONTAINERS, container["uuid"], name) for name in _SECRETS}
    finished_at = values.get("finished_at") or container["finished_at"] or tx.now
    released = {"finished_at": finished_at, "auth_uuid": None, "locked_by_uuid": None}
    after = tx.alter(CONTAINERS, container, scrubbed({**values, **released}))
    if after["state"] == "Cancelled":
        retry(tx, after, secrets)
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
        tx.alter(CONTAINER_REQUESTS, request, scrubbed({"state": "Final", **charged(tx, request, container)}))


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
