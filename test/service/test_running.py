"""
Tests for L{arvgate.service.running}.
"""

from __future__ import annotations

from datetime import UTC, datetime

from twisted.application.service import IService
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from arvgate.errors import ConfigInvalid
from arvgate.service.running import Parts, PartService, wall_clock


class Noted:
    """A part that notes what happens to it, and does as it is told."""

    def __init__(self, name: str, notes: list[str]) -> None:
        self.name = name
        self.notes = notes
        self.starting: Deferred[None] | None = None
        self.error: Exception | None = None
        self.stop_error: Exception | None = None

    async def start(self) -> None:
        """Start."""
        self.notes.append(f"start {self.name}")
        if self.starting is not None:
            await self.starting
        if self.error is not None:
            raise self.error

    async def stop(self) -> None:
        """Stop."""
        self.notes.append(f"stop {self.name}")
        if self.stop_error is not None:
            raise self.stop_error


class PartsTests(SynchronousTestCase):
    """Several parts as one."""

    def setUp(self) -> None:
        """Two parts."""
        self.notes: list[str] = []
        self.one, self.two = Noted("one", self.notes), Noted("two", self.notes)
        self.parts = Parts((self.one, self.two))

    def test_order(self) -> None:
        """They are started in order and stopped in reverse order."""
        self.successResultOf(self.parts.start())
        self.successResultOf(self.parts.stop())
        self.assertEqual(["start one", "start two", "stop two", "stop one"], self.notes)

    def test_failing_start(self) -> None:
        """After one that cannot start the next is not started; all are stopped."""
        self.one.error = ConfigInvalid(["no"])
        self.failureResultOf(self.parts.start(), ConfigInvalid)
        self.successResultOf(self.parts.stop())
        self.assertEqual(["start one", "stop two", "stop one"], self.notes)

    def test_failing_stop(self) -> None:
        """One that cannot be stopped keeps no other from it, and is logged."""
        self.two.stop_error = ZeroDivisionError()
        self.successResultOf(self.parts.stop())
        self.assertEqual(["stop two", "stop one"], self.notes)
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))


class PartServiceTests(SynchronousTestCase):
    """A part as a service."""

    def setUp(self) -> None:
        """One part."""
        self.notes: list[str] = []
        self.part = Noted("part", self.notes)
        self.service = PartService(self.part, lambda: self.notes.append("open"))

    def test_life(self) -> None:
        """It is opened before it starts, and stops."""
        verifyObject(IService, self.service)
        self.service.privilegedStartService()
        self.successResultOf(self.service.startService())
        self.assertTrue(self.service.running)
        self.successResultOf(self.service.stopService())
        self.assertFalse(self.service.running)
        self.assertEqual(["open", "open", "start part", "stop part"], self.notes)

    def test_cannot_start(self) -> None:
        """Its error comes out of the start; it is stopped all the same."""
        self.part.error = ConfigInvalid(["no"])
        self.failureResultOf(self.service.startService(), ConfigInvalid)
        self.successResultOf(self.service.stopService())
        self.assertEqual("stop part", self.notes[-1])

    def test_stopped_while_it_starts(self) -> None:
        """A start that is not over is given up, which is no error."""
        cancelled: list[Deferred[None]] = []
        self.part.starting = Deferred(cancelled.append)
        starting = self.service.startService()
        self.assertNoResult(starting)
        self.successResultOf(self.service.stopService())
        self.assertEqual([self.part.starting], cancelled)
        self.successResultOf(starting)

    def test_never_started(self) -> None:
        """What was only opened is stopped."""
        self.service.privilegedStartService()
        self.successResultOf(self.service.stopService())
        self.assertEqual(["open", "stop part"], self.notes)


class ClockTests(SynchronousTestCase):
    """The time."""

    def test_now(self) -> None:
        """It is the reactor's, in UTC."""
        clock = Clock()
        now = wall_clock(clock)
        clock.advance(86400.5)
        self.assertEqual(datetime(1970, 1, 2, 0, 0, 0, 500000, tzinfo=UTC), now())
