"""
The priority of a container from the requests that want it (reference D.4).

Not here: when it is computed anew (L{arvgate.records}) and what a dispatcher makes of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

__all__ = ["HIGHEST", "Wish", "container_priority", "request_priority"]

#: Requests have priorities from 0 (do not run; cancel) to this.
HIGHEST: Final = 1000

_STEP: Final = 1 << 50
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@attrs.frozen
class Wish:
    """
    One request, as far as the priority of its container depends on it.

    @ivar priority: 0 to L{HIGHEST}, or None.
    @ivar requesting_priority: of the container that made the request; None if none did.
    """

    state: str
    priority: int | None
    created_at: datetime
    requesting_priority: int | None = None


def container_priority(wishes: Iterable[Wish]) -> int:
    """
    The largest that any Committed request with a priority above 0 gives; 0 if there is none.

    A request of a person weighs its own priority first and its age second; one that a container made weighs
    what that container weighs.  The result needs 64 bits.
    """
    return max((_weight(wish) for wish in wishes if wish.state == "Committed" and wish.priority), default=0)


def _weight(wish: Wish) -> int:
    if wish.requesting_priority is not None:
        return wish.requesting_priority
    age = (wish.created_at - _EPOCH) // timedelta(milliseconds=1)
    return (wish.priority or 0) * _STEP - age


def request_priority(requests_of_parent: Iterable[int | None]) -> int:
    """The priority of a request that a container makes: the highest among the requests for that container."""
    return max((priority or 0 for priority in requests_of_parent), default=0)
