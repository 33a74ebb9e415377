"""
Which rows of the change feed were seen: all up to a number, but for gaps that may still be filled.

A gap is what a transaction took that was rolled back, or that commits later than those after it.  Not here: reading the
rows (L{arvgate.records.database.feed}).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

__all__ = ["PATIENCE", "Gap", "Numbering"]

#: Seconds in which a gap is filled, or never.
PATIENCE: Final = 10.0


@attrs.frozen
class Gap:
    """
    Numbers that were not seen, though greater ones were.

    @ivar first: the least; C{last}: the greatest.
    @ivar since: when it appeared.
    """

    first: int
    last: int
    since: float


class Numbering:
    """
    The numbers that were seen.

    @ivar last: the greatest.
    @ivar gaps: those below it that were not.
    """

    def __init__(self) -> None:
        self.last = 0
        self.gaps: Sequence[Gap] = ()

    def begin(self, last: int) -> None:
        """All up to C{last} have been seen."""
        self.last = last
        self.gaps = ()

    def take(self, number: int, now: float) -> bool:
        """See a number; whether it is a new one."""
        if number > self.last:
            if number > self.last + 1:
                self.gaps = (*self.gaps, Gap(self.last + 1, number - 1, now))
            self.last = number
            return True
        filled = [gap for gap in self.gaps if gap.first <= number <= gap.last]
        for gap in filled:
            parts = (Gap(gap.first, number - 1, gap.since), Gap(number + 1, gap.last, gap.since))
            others = (other for other in self.gaps if other is not gap)
            self.gaps = (*others, *(part for part in parts if part.first <= part.last))
        return bool(filled)

    def forget(self, now: float) -> None:
        """Wait no more for gaps that are older than L{PATIENCE}."""
        self.gaps = tuple(gap for gap in self.gaps if now - gap.since <= PATIENCE)
