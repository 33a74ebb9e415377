"""
The names and labels by which everything of a container is found again on a daemon, and which names images have.

Not here: looking for it (L{arvgate.runner.docker.node}).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

__all__ = ["CLUSTER", "CONTAINER", "LOCK_COUNT", "RUNNERS", "is_image_name", "labels_of", "name_of"]

CLUSTER: Final = "arvgate.cluster"
CONTAINER: Final = "arvgate.container"
LOCK_COUNT: Final = "arvgate.lock_count"
#: The directory of the lock files: two gateways that share a daemon leave each other's containers alone.
RUNNERS: Final = "arvgate.runners"

#: The grammar of references to images (distribution/reference), in short.
_IMAGE: Final = re.compile(
    r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]+)?/)?"
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*:[0-9a-fA-F]{32,128})?"
)
_LONGEST_IMAGE: Final = 512


def is_image_name(text: str) -> bool:
    """Whether an image can have that name; in a request's path it is nothing but one."""
    return len(text) <= _LONGEST_IMAGE and _IMAGE.fullmatch(text) is not None


def name_of(uuid: str) -> str:
    """Of the container and of its network; there is only one of that name, so that nothing runs twice."""
    return f"arvgate-{uuid}"


def labels_of(uuid: str, lock_count: int, runners: str) -> Mapping[str, str]:
    """The labels of what belongs to one lock cycle of a container."""
    return {CLUSTER: uuid[:5], CONTAINER: uuid, LOCK_COUNT: str(lock_count), RUNNERS: runners}
