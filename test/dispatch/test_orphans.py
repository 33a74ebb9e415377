"""Tests of L{arvgate.dispatch.orphans}."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.dispatch.orphans import Orphans
from arvgate.errors import EngineFailed
from arvgate.interfaces import Left
from arvgate.testing.node import FakeNode

ONE = Left("zzzzz-dz642-000000000000001", 1, "one")
TWO = Left("zzzzz-dz642-000000000000002", 1, "two")


class OrphansTests(SynchronousTestCase):
    """What is ended, and when."""

    def setUp(self) -> None:
        """A node with something of two containers, one of which has a runner."""
        self.clock, self.node = Clock(), FakeNode(ONE, TWO)
        self.living = {TWO.uuid}
        self.given_up = 0
        self.orphans = Orphans(self.clock, self.node, self.living.__contains__)

    def sweep(self, wanted: bool = False) -> None:
        """Look."""
        call = self.orphans.sweep(wanted)
        with self.assertRaises(StopIteration):
            call.send(None)

    def gone(self) -> list[bool]:
        """Of which of the two nothing is left."""
        return [self.orphans.is_gone(left.uuid) for left in (ONE, TWO)]

    def test_ended(self) -> None:
        """What has no runner is ended; what has one is left alone and known to be there."""
        self.sweep()
        self.assertEqual(([ONE], [TWO], [True, False]), (self.node.ended, self.node.there, self.gone()))

    def test_all_of_it(self) -> None:
        """Everything of a container is ended, also of earlier cycles."""
        more = Left(ONE.uuid, 2, "more")
        self.node.there.append(more)
        self.sweep()
        self.assertEqual([ONE, more], self.node.ended)

    def test_one_of_several_stays(self) -> None:
        """A container of which one thing could not be ended is not gone, whatever else was."""
        self.node.there.append(Left(ONE.uuid, 2, "more"))
        self.node.stuck = {ONE.uuid}
        self.sweep()
        self.assertEqual([False, False], self.gone())
        self.node.stuck = set()
        self.sweep()
        self.assertEqual([True, False], self.gone())

    def test_rarely(self) -> None:
        """It looks at the beginning, when it is wanted, and every ten seconds."""
        for wanted, seconds, looks in ((False, 0, 1), (False, 9, 1), (True, 0, 2), (False, 9, 2), (False, 1, 3)):
            self.clock.advance(seconds)
            self.sweep(wanted)
            self.assertEqual(looks, self.node.looks)

    def test_silent(self) -> None:
        """While the engine does not answer nothing is gone, and it is asked each time."""
        self.sweep()
        self.node.silent = True
        for _ in range(2):
            self.sweep(wanted=True)
            self.assertEqual((False, [False, False]), (self.orphans.answers, self.gone()))
        self.assertEqual(3, self.node.looks)
        self.node.silent = False
        self.sweep()
        self.assertEqual((True, [True, False]), (self.orphans.answers, self.gone()))

    def test_falls_silent(self) -> None:
        """An engine that answers and then fails leaves what it did not end, and others are tried."""
        self.living.clear()
        found = self.node.found

        async def found_then_failing() -> list[Left]:
            answer = list(await found())
            self.node.fail_next(EngineFailed())
            return answer

        self.patch(self.node, "found", found_then_failing)
        self.sweep()
        self.assertEqual(([TWO], [False, True]), (self.node.ended, self.gone()))

    def test_slow(self) -> None:
        """An engine that takes too long to answer does not answer, and holds up nobody for longer."""
        self.node.found = self.never
        looking = Deferred.fromCoroutine(self.orphans.sweep(True))
        self.assertNoResult(looking)
        self.clock.advance(20)
        self.successResultOf(looking)
        self.assertEqual((False, [], 1), (self.orphans.answers, self.clock.getDelayedCalls(), self.given_up))

    def test_slow_to_end(self) -> None:
        """What is not ended in time counts as not ended, and is tried again."""
        end, self.node.end = self.node.end, self.never
        looking = Deferred.fromCoroutine(self.orphans.sweep(True))
        self.clock.advance(20)
        self.successResultOf(looking)
        self.assertEqual([False, False], self.gone())
        self.node.end = end
        self.sweep()
        self.assertEqual([True, False], self.gone())

    def test_abandoned(self) -> None:
        """Whoever stops does not wait for the engine; when it is not asked there is nothing to abandon."""
        self.orphans.abandon()
        self.node.found = self.never
        looking = Deferred.fromCoroutine(self.orphans.sweep(True))
        self.orphans.abandon()
        self.failureResultOf(looking, CancelledError)
        self.assertEqual([], self.clock.getDelayedCalls())

    async def never(self, *_: Any) -> Any:
        """What an engine that hangs answers."""

        def give_up(_: Any) -> None:
            self.given_up += 1

        return await Deferred(give_up)

    def test_no_node(self) -> None:
        """Without a node nothing is ever left."""
        self.orphans = Orphans(self.clock, None, self.living.__contains__)
        self.sweep(wanted=True)
        self.assertEqual((True, [True, True]), (self.orphans.answers, self.gone()))
