"""
The names and labels by which everything of a container is found again on a daemon.

Not here: looking for it (L{arvgate.runner.docker.node}).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["CLUSTER", "CONTAINER", "LOCK_COUNT", "RUNNERS", "labels_of", "name_of"]

CLUSTER: Final = "arvgate.cluster"
CONTAINER: Final = "arvgate.container"
LOCK_COUNT: Final = "arvgate.lock_count"
#: The directory of the lock files: two gateways that share a daemon leave each other's containers alone.
RUNNERS: Final = "arvgate.runners"


def name_of(uuid: str) -> str:
    """Of the container and of its network; there is only one of that name, so that nothing runs twice."""
    return f"arvgate-{uuid}"


def labels_of(uuid: str, lock_count: int, runners: str) -> Mapping[str, str]:
    """The labels of what belongs to one lock cycle of a container."""
    return {CLUSTER: uuid[:5], CONTAINER: uuid, LOCK_COUNT: str(lock_count), RUNNERS: runners}
