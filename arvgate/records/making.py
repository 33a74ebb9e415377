"""
A new container for one or more requests.

Not here: what it has of them (L{arvgate.policy.request_defaults}, L{arvgate.records.retrying}).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from arvgate.model.kinds import CONTAINERS
from arvgate.model.records import Record
from arvgate.policy.priority import container_priority
from arvgate.records.database.engine import canonical_json
from arvgate.records.priorities import wish_of
from arvgate.records.transaction import Transaction

__all__ = ["new_container"]


def new_container(tx: Transaction, values: Mapping[str, Any], requests: Sequence[Record]) -> Record:
    """
    A container in the queue, with the priority that its requests give it.

    @param values: its fields, secret ones included.
    @param requests: that want it.
    """
    digest = tx.sealer.fingerprint("secret_mounts", canonical_json(values["secret_mounts"] or {}))
    queued = {
        "owner_uuid": tx.rules.system_user,
        "state": "Queued",
        "priority": container_priority(wish_of(tx, request) for request in requests),
    }
    return tx.insert(CONTAINERS, {**values, **queued}, secret_mounts_hash=digest)
