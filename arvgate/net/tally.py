"""
What one process counts: plain numbers in memory, made into metrics elsewhere.

Counting is one addition in a dictionary.  Who collects the numbers takes what was added since the last time, so that
nothing is counted twice and a process that is replaced takes nothing back.  Not here: what the names mean
(L{arvgate.edge.metrics}).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping

__all__ = ["BOUNDS", "Key", "Tally"]

#: A name and the values of its labels.
Key = tuple[str, ...]

#: Upper bounds of the buckets in which durations are counted, in seconds; beyond the last there is one more.
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Tally:
    """Counters and gauges of one process."""

    def __init__(self) -> None:
        self._totals: dict[Key, float] = {}
        self._taken: dict[Key, float] = {}
        self._counters: dict[Key, Callable[[], float]] = {}
        self._gauges: dict[Key, Callable[[], float]] = {}

    def count(self, key: Key, amount: float = 1) -> None:
        """Add to a counter."""
        totals = self._totals
        totals[key] = totals.get(key, 0) + amount

    def time(self, key: Key, seconds: float) -> None:
        """Add one duration: to the bucket that it falls into, which is named by its position, and to the sum."""
        self.count((*key, str(bisect_left(BOUNDS, seconds))))
        self.count((*key, "sum"), seconds)

    def counter(self, key: Key, read: Callable[[], float]) -> None:
        """A counter that somebody else keeps; it never decreases."""
        self._counters[key] = read

    def gauge(self, key: Key, read: Callable[[], float]) -> None:
        """A number that goes up and down."""
        self._gauges[key] = read

    def take(self) -> Mapping[Key, float]:
        """What was added to the counters since the last time."""
        totals = {**self._totals, **{key: read() for key, read in self._counters.items()}}
        taken, self._taken = self._taken, totals
        return {key: total - taken.get(key, 0) for key, total in totals.items() if total != taken.get(key, 0)}

    def present(self) -> Mapping[Key, float]:
        """The gauges as they are now."""
        return {key: read() for key, read in self._gauges.items()}
