"""
Two ways of doing the same, measured in turn, and what is printed of it.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from statistics import median

import attrs

__all__ = ["Samples", "compared", "in_turn", "line"]


@attrs.frozen
class Samples:
    """
    The times of one way.

    @ivar name: of the way.
    @ivar seconds: of each run.
    """

    name: str
    seconds: Sequence[float]

    @property
    def median(self) -> float:
        """The time that half of the runs do not exceed."""
        return median(self.seconds)


async def in_turn(count: int, ways: Sequence[tuple[str, Callable[[], Awaitable[float]]]]) -> Sequence[Samples]:
    """
    Measure each way C{count} times: one run of each, then again, so that all meet the same machine.

    @param ways: names, and what does it once and answers with the seconds that it took.
    """
    seconds: dict[str, list[float]] = {name: [] for name, _ in ways}
    for _ in range(count):
        for name, run in ways:
            seconds[name].append(await run())
    return [Samples(name, seconds[name]) for name, _ in ways]


def line(samples: Samples) -> str:
    """One line on one way."""
    least, most = min(samples.seconds), max(samples.seconds)
    return (
        f"{samples.name:<28} median {samples.median:6.3f} s   min {least:6.3f} s   max {most:6.3f} s"
        f"   {len(samples.seconds)} runs"
    )


def compared(ours: Samples, theirs: Samples) -> str:
    """One line on both."""
    difference, ratio = ours.median - theirs.median, ours.median / theirs.median
    load = " ".join(f"{number:.1f}" for number in os.getloadavg())
    return f"{'difference':<28} {difference:+.3f} s   ratio {ratio:.2f}   load average {load}, {os.cpu_count()} CPUs"
