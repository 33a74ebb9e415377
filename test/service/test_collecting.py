"""
Tests for L{arvgate.service.collecting}.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import StoreUnavailable
from arvgate.model.kinds import CONTAINERS
from arvgate.model.principals import ANYBODY
from arvgate.model.records import Page, Query
from arvgate.net.tally import Tally
from arvgate.records.database.threads import InlineCalls
from arvgate.service.collecting import Collected, TimedCalls
from arvgate.wire.internal_json import Numbers


class Doors:
    """Doors that count."""

    def __init__(self) -> None:
        self.tallies: list[Tally] = []

    @property
    def doors(self) -> int:
        """How many there are."""
        return len(self.tallies)

    async def collect(self, clock: IReactorTime) -> Sequence[tuple[Numbers, Numbers]]:
        """What they counted."""
        return [(tally.take(), tally.present()) for tally in self.tallies]


class Records:
    """Containers in every state, or a database that is away."""

    away = False

    async def list(self, kind: object, query: Query, reader: object) -> Page:
        """As many as the filters have letters."""
        if self.away:
            raise StoreUnavailable
        assert kind is CONTAINERS
        assert query.limit == 0
        return Page([], sum(len(str(one.operand)) for one in query.filters))


class CollectedTests(SynchronousTestCase):
    """Numbers of several processes."""

    def setUp(self) -> None:
        """A control and two doors."""
        self.own, self.doors, self.records = Tally(), Doors(), Records()
        self.doors.tallies = [Tally(), Tally()]
        doors: Any = self.doors
        records: Any = self.records
        self.clock = Clock()
        self.collected = Collected(self.own, doors, records, ANYBODY, self.clock)

    def lines(self) -> list[str]:
        """The metrics' lines."""
        text = self.successResultOf(Deferred.fromCoroutine(self.collected.text()))
        return [line for line in text.decode().splitlines() if not line.startswith("#")]

    def test_summed(self) -> None:
        """Counters and gauges of all doors are summed, and what control counts itself is there."""
        for number, tally in enumerate(self.doors.tallies, 1):
            tally.count(("requests", "api", "2xx"), number)
            tally.gauge(("connections",), lambda number=number: 10 * number)
        self.own.time(("database", "read"), 0.5)
        lines = self.lines()
        for line in (
            'arvgate_http_requests_total{code="2xx",kind="api"} 3.0',
            "arvgate_connections 30.0",
            "arvgate_doors 2.0",
            'arvgate_database_duration_seconds_count{access="read"} 1.0',
            'arvgate_containers{state="Running"} 7.0',
        ):
            self.assertIn(line, lines)

    def test_door_killed(self) -> None:
        """Of a door that is gone the counts stay and the gauges go; its successor's are added."""
        tally = self.doors.tallies.pop()
        self.doors.tallies = [tally]
        tally.count(("requests", "api", "2xx"), 5)
        tally.gauge(("connections",), lambda: 9)
        started = Deferred.fromCoroutine(self.collected.start())
        self.successResultOf(started)
        self.clock.advance(5.0)
        successor = Tally()
        successor.count(("requests", "api", "2xx"))
        self.doors.tallies = [successor]
        for _ in range(2):
            lines = self.lines()
            self.assertIn('arvgate_http_requests_total{code="2xx",kind="api"} 6.0', lines)
            self.assertIn("arvgate_connections 0.0", lines)
        self.successResultOf(Deferred.fromCoroutine(self.collected.stop()))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_records_away(self) -> None:
        """While the records cannot be asked all else is told."""
        self.records.away = True
        self.own.count(("refusals", "connections"))
        lines = self.lines()
        self.assertIn('arvgate_connections_refused_total{reason="connections"} 1.0', lines)
        self.assertEqual([], [line for line in lines if line.startswith("arvgate_containers{")])


class TimedCallsTests(SynchronousTestCase):
    """Calls to the database."""

    def test_timed(self) -> None:
        """Reads and writes are counted apart, also those that fail; answers are as without."""
        clock, tally = Clock(), Tally()
        calls = TimedCalls(InlineCalls(), tally, clock)
        calls.start()

        def late() -> int:
            clock.advance(0.3)
            return 7

        self.assertEqual(7, self.successResultOf(Deferred.fromCoroutine(calls.read(late))))
        self.failureResultOf(Deferred.fromCoroutine(calls.write(lambda: 1 // 0)), ZeroDivisionError)
        calls.stop()
        taken = tally.take()
        self.assertAlmostEqual(0.3, taken["database", "read", "sum"])
        self.assertEqual(1, taken["database", "write", "0"])
