"""
On what terms a container runs, as its requests have it in their properties.

Not here: what a runner makes of them (L{arvgate.runner}).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from arvgate.model.records import Record

__all__ = ["IDLE_TIMEOUT", "LONGEST", "idle_timeout", "property_problems"]

#: The property with the seconds without any connection after which the container is ended.
IDLE_TIMEOUT: Final = "arvgate:idle_timeout"

#: More seconds than these (a year) are for ever.
LONGEST: Final = 366 * 86400


def property_problems(properties: Record) -> list[str]:
    """What is wrong with those properties of a request that mean something to us."""
    if IDLE_TIMEOUT in properties and not _is_timeout(properties[IDLE_TIMEOUT]):
        return [f"properties: {IDLE_TIMEOUT} must be a number of seconds, at least 1"]
    return []


def idle_timeout(requests: Iterable[Record]) -> float:
    """
    The seconds without any connection after which a container is ended; 0: never.

    That is the longest time that any of its Committed requests gives it; who gives none wants it to stay.
    """
    given = [request["properties"].get(IDLE_TIMEOUT) for request in requests if request["state"] == "Committed"]
    if not given or not all(_is_timeout(value) for value in given):
        return 0.0
    longest = max(given)
    return float(longest) if longest <= LONGEST else 0.0


def _is_timeout(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 1
