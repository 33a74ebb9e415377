"""
How many records match, remembered for as long as nothing has changed.

The state of the database is the number of its newest change, read in the same snapshot as the records: so what is
remembered is right to the last record, whoever writes.  Not here: counting (L{arvgate.records.lists.listing}) and the
changes (L{arvgate.records.transaction}).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Final

from sqlalchemy import Connection, func, select

from arvgate.records.schema import CHANGES

__all__ = ["Counts"]

_NEWEST: Final = select(func.max(CHANGES.c.id))


class Counts:
    """
    The counts of one database; may be asked by several threads.

    @param size: how many are remembered; the least recently used is given up first.
    """

    def __init__(self, size: int = 1000) -> None:
        self._size = size
        self._known: OrderedDict[Hashable, tuple[int | None, int]] = OrderedDict()
        self._lock = Lock()

    def of(self, question: Hashable, connection: Connection, count: Callable[[], int]) -> int:
        """
        The answer to C{question} in the state that C{connection} sees.

        @param count: finds it out.
        """
        state = connection.scalar(_NEWEST)
        with self._lock:
            known = self._known.get(question)
            if known is not None and known[0] == state:
                self._known.move_to_end(question)
                return known[1]
        answer = count()
        with self._lock:
            self._known[question] = (state, answer)
            self._known.move_to_end(question)
            while len(self._known) > self._size:
                self._known.popitem(last=False)
        return answer
