"""
The numbers of all processes of the gateway, collected in control.

Doors are asked every few seconds, so that of one that is killed little is lost, and once more when somebody wants to
see.  Not here: counting (L{arvgate.net.tally}), and how numbers are written (L{arvgate.edge.metrics}).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from arvgate.directory.server import DirectoryFactory
from arvgate.edge.metrics import metrics_text
from arvgate.errors import ArvgateError
from arvgate.interfaces import IRecords
from arvgate.model.kinds import CONTAINERS
from arvgate.model.principals import Principal
from arvgate.model.records import Filter, Query
from arvgate.net.tally import Key, Tally
from arvgate.records.database.threads import Worker

__all__ = ["Collected", "TimedCalls"]

_log = Logger()

T = TypeVar("T")

#: Seconds between two collections.
_INTERVAL: Final = 5.0
_STATES: Final = ("Queued", "Locked", "Running")


class Collected:
    """
    The numbers of all processes, as they are kept in control.

    @param own: what this process counts.
    @param doors: None if they are this very process.
    """

    def __init__(
        self, own: Tally, doors: DirectoryFactory | None, records: IRecords, system: Principal, clock: IReactorTime
    ) -> None:
        self._own = own
        self._doors = doors
        self._records = records
        self._system = system
        self._clock = clock
        self._totals: dict[Key, float] = {}
        self._collecting = LoopingCall(self._collect)
        self._collecting.clock = clock

    async def start(self) -> None:
        """Begin to collect."""
        self._collecting.start(_INTERVAL, now=False)

    async def stop(self) -> None:
        """Collect no more."""
        if self._collecting.running:
            self._collecting.stop()

    async def text(self) -> bytes:
        """All metrics, in Prometheus' text format."""
        gauges = await self._collect()
        return metrics_text({**self._totals, **gauges, **await self._containers()})

    async def _collect(self) -> Mapping[Key, float]:
        """Add what was counted since the last time; the gauges of all processes."""
        answers = [(self._own.take(), self._own.present())]
        if self._doors is not None:
            answers += await self._doors.collect(self._clock)
        gauges: dict[Key, float] = {("doors",): 1 if self._doors is None else self._doors.doors}
        for counted, present in answers:
            for numbers, sums in ((counted, self._totals), (present, gauges)):
                for key, number in numbers.items():
                    sums[key] = sums.get(key, 0) + number
        return gauges

    async def _containers(self) -> Mapping[Key, float]:
        """How many containers are in which state; nothing while the records cannot be asked."""
        found: dict[Key, float] = {}
        try:
            for state in _STATES:
                found["containers", state] = await self._number(Filter("state", "=", state))
            found[("queue",)] = await self._number(Filter("state", "=", "Queued"), Filter("priority", ">", 0))
        except ArvgateError as error:
            _log.warn("containers cannot be counted: {detail}", detail=error.detail)
        return found

    async def _number(self, *filters: Filter) -> int:
        page = await self._records.list(CONTAINERS, Query(filters=filters, limit=0), self._system)
        return page.items_available or 0


class TimedCalls:
    """Calls to the database whose durations are counted, with the time that they wait for their turn."""

    def __init__(self, calls: Worker, tally: Tally, clock: IReactorTime) -> None:
        self._calls = calls
        self._tally = tally
        self._clock = clock

    def start(self) -> None:
        """Get ready."""
        self._calls.start()

    def stop(self) -> None:
        """Let the calls that were begun come to their end."""
        self._calls.stop()

    async def read(self, call: Callable[[], T]) -> T:
        """See L{Worker.read}."""
        return await self._timed("read", self._calls.read(call))

    async def write(self, call: Callable[[], T]) -> T:
        """See L{Worker.write}."""
        return await self._timed("write", self._calls.write(call))

    async def _timed(self, access: str, answer: Awaitable[T]) -> T:
        begun = self._clock.seconds()
        try:
            return await answer
        finally:
            self._tally.time(("database", access), max(0.0, self._clock.seconds() - begun))
