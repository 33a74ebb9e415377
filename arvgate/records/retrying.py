"""
Another container for the requests of one that was Cancelled, in the same transaction (reference D.10).

Not here: which requests these are (L{arvgate.policy.retry}) and what becomes of the others
(L{arvgate.records.ending}).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

from arvgate.model.kinds import CONTAINER_REQUESTS
from arvgate.model.records import Record
from arvgate.policy.port_addresses import without_addresses
from arvgate.policy.request_defaults import COPIED
from arvgate.policy.retry import is_retried, merged_scheduling_parameters
from arvgate.records.costs import charged
from arvgate.records.making import new_container
from arvgate.records.priorities import kept
from arvgate.records.schema import REQUEST_TABLE
from arvgate.records.transaction import Transaction

__all__ = ["retry"]

_KEPT: Final = (*COPIED, "runtime_constraints", "runtime_user_uuid", "runtime_auth_scopes")


def retry(tx: Transaction, container: Record, secrets: Mapping[str, Any]) -> None:
    """
    Give those requests of a Cancelled container that are to be tried again a new one.

    @param secrets: the secret fields that the container had.
    """
    committed = tx.select(
        CONTAINER_REQUESTS,
        REQUEST_TABLE.c.container_uuid == container["uuid"],
        REQUEST_TABLE.c.state == "Committed",
    )
    requests = [
        request
        for request in kept(tx, committed)
        if is_retried(request, tx.container(request["requesting_container_uuid"]))
    ]
    if not requests:
        return
    whole = {**container, **secrets}
    values = {name: copy.deepcopy(whole[name]) for name in _KEPT}
    values["published_ports"] = without_addresses(values["published_ports"])
    values["scheduling_parameters"] = merged_scheduling_parameters([one["scheduling_parameters"] for one in requests])
    successor = new_container(tx, values, requests)
    for request in requests:
        moved = {"container_uuid": successor["uuid"], "container_count": request["container_count"] + 1}
        tx.alter(CONTAINER_REQUESTS, request, {**moved, **charged(tx, request, container)})
