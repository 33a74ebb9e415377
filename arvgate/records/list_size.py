"""
Lists that end early, so that an answer to a list does not grow with what clients put into their records.

Not here: how many records a list has otherwise (L{arvgate.records.listing}).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

__all__ = ["size_of", "up_to"]

T = TypeVar("T", bound=Mapping[Any, Any])

#: Of a number, a time and the like, and of what is around every value.
_SMALL = 8


def up_to(size: int, rows: Iterable[T]) -> Iterator[T]:
    """
    The rows from the first on that have no more than C{size} bytes together; one at least, if there is one.

    What comes after is not asked for.
    """
    total = 0
    for row in rows:
        before, total = total, total + size_of(row)
        if before and total > size:
            return
        yield row
        if total >= size:
            return


def size_of(value: Any) -> int:
    """Roughly how many bytes a value takes as JSON."""
    if isinstance(value, str):
        return len(value) + _SMALL
    if not value:
        return _SMALL
    if isinstance(value, Mapping):
        return _SMALL + sum(len(str(name)) + size_of(inner) for name, inner in value.items())
    if isinstance(value, list | tuple):
        return _SMALL + sum(map(size_of, value))
    return _SMALL
