"""Tests of L{arvgate.net.wheel}."""

from __future__ import annotations

import functools
import weakref

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.net.wheel import Timed, Wheel


class Item(Timed):
    """Counts its time-outs."""

    def __init__(self) -> None:
        self.fired = 0

    def timed_out(self) -> None:
        """Count."""
        self.fired += 1


class WheelTests(SynchronousTestCase):
    """A wheel on a stopped clock."""

    def setUp(self) -> None:
        """A turning wheel."""
        self.clock = Clock()
        self.clock.advance(1000.3)
        self.wheel = Wheel(self.clock)
        self.wheel.start()
        self.item = Item()

    def turn(self, seconds: int) -> None:
        """Let so many seconds pass."""
        self.clock.pump([1.0] * seconds)

    def test_never_early(self) -> None:
        """A time-out fires after its delay and at most one tick later."""
        self.wheel.arm(self.item, 5.0)
        self.turn(5)
        self.assertEqual(0, self.item.fired)
        self.turn(1)
        self.assertEqual(1, self.item.fired)
        self.turn(20)
        self.assertEqual(1, self.item.fired)

    def test_moved_away(self) -> None:
        """A deadline that was moved further away fires only then."""
        self.wheel.arm(self.item, 3.0)
        self.turn(2)
        self.wheel.arm(self.item, 10.0)
        self.turn(9)
        self.assertEqual(0, self.item.fired)
        self.turn(3)
        self.assertEqual(1, self.item.fired)

    def test_moved_nearer(self) -> None:
        """A deadline that was moved nearer fires then, and once."""
        self.wheel.arm(self.item, 30.0)
        self.wheel.arm(self.item, 2.0)
        self.turn(4)
        self.assertEqual(1, self.item.fired)
        self.turn(40)
        self.assertEqual(1, self.item.fired)

    def test_taken_back(self) -> None:
        """An item whose deadline was set to 0 does not fire."""
        self.wheel.arm(self.item, 2.0)
        self.item.deadline = 0.0
        self.turn(5)
        self.assertEqual(0, self.item.fired)

    def test_dropped(self) -> None:
        """What was dropped does not fire, is kept alive no longer, and can be armed again."""
        self.wheel.arm(self.item, 60.0)
        self.wheel.arm(self.item, 2.0)
        self.wheel.drop(self.item)
        self.turn(3)
        self.assertEqual(0, self.item.fired)
        gone = weakref.ref(self.item)
        self.item = Item()
        self.assertIsNone(gone())
        self.wheel.drop(self.item)
        self.wheel.arm(self.item, 2.0)
        self.turn(3)
        self.assertEqual(1, self.item.fired)

    def test_dropped_by_another(self) -> None:
        """Of two that are due at the same time, one may drop the other."""
        other = Item()
        for one, two in ((self.item, other), (other, self.item)):
            one.timed_out = functools.partial(self.wheel.drop, two)
            self.wheel.arm(one, 2.0)
        self.turn(3)
        self.assertEqual({0}, {self.item.slot, other.slot})

    def test_one_delayed_call(self) -> None:
        """However many items there are, the reactor has one delayed call, and none after stop."""
        for _ in range(100):
            self.wheel.arm(Item(), 3.0)
        self.assertEqual(1, len(self.clock.getDelayedCalls()))
        self.wheel.stop()
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_failing_item(self) -> None:
        """An item that fails does not keep others from their time-outs."""

        class Failing(Timed):
            def timed_out(self) -> None:
                raise ValueError("on purpose")

        self.wheel.arm(Failing(), 2.0)
        self.wheel.arm(self.item, 2.0)
        self.turn(4)
        self.assertEqual(1, self.item.fired)
        self.assertEqual(1, len(self.flushLoggedErrors(ValueError)))
