"""
Which requests of a Cancelled container get another one, and what that has of their scheduling parameters (reference
D.10).

Not here: making it (L{arvgate.records.retrying}).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from arvgate.model.records import Record

__all__ = ["is_retried", "merged_scheduling_parameters"]


def is_retried(request: Record, requesting: Record | None) -> bool:
    """
    Whether a request whose container became Cancelled is tried again with another.

    @param requesting: the container that made the request; None if none did, or it is gone.
    """
    if request["state"] != "Committed" or not request["priority"]:
        return False
    if request["container_count"] >= (request["container_count_max"] or 0):
        return False
    if request["requesting_container_uuid"] is None:
        return True
    return requesting is not None and requesting["state"] == "Running" and requesting["priority"] > 0


def merged_scheduling_parameters(given: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """
    The scheduling parameters of a container that several requests share: what suits each of them.

    @param given: those of at least one request, complete.
    """
    partitions = [one["partitions"] or [] for one in given]
    run_times = [one["max_run_time"] or 0 for one in given]
    return {
        **given[0],
        "partitions": sorted({name for names in partitions for name in names}) if all(partitions) else [],
        "preemptible": all(one["preemptible"] for one in given),
        "supervisor": any(one["supervisor"] for one in given),
        "max_run_time": max(run_times) if all(run_times) else 0,
    }
