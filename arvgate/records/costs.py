"""
What a container cost, on the accounts of those who asked for it.

Not here: when (L{arvgate.records.ending}, L{arvgate.records.retrying}).
"""

from __future__ import annotations

from arvgate.model.kinds import CONTAINERS
from arvgate.model.records import Record
from arvgate.records.transaction import Transaction

__all__ = ["charged"]


def charged(tx: Transaction, request: Record, container: Record) -> Record:
    """
    The C{cumulative_cost} that a request has with its ended container.

    The container that made the request, if one did, is charged in passing.
    """
    cost = container["cost"]
    requesting = tx.container(request["requesting_container_uuid"])
    if requesting is not None and cost:
        tx.alter(CONTAINERS, requesting, {"subrequests_cost": requesting["subrequests_cost"] + cost})
    return {"cumulative_cost": request["cumulative_cost"] + cost}
