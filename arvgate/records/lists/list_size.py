"""
Lists that end early, so that an answer to a list does not grow with what clients put into their records.

Not here: how many records a list has otherwise (L{arvgate.records.lists.listing}).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

import orjson

__all__ = ["size_of", "up_to"]

T = TypeVar("T", bound=Mapping[Any, Any])


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
    """How many bytes a value takes as JSON."""
    try:
        return len(orjson.dumps(value))
    except TypeError:  # whole numbers of more than 64 bits
        return len(json.dumps(value, ensure_ascii=False, default=str).encode())
