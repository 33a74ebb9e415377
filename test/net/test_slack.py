"""Tests of L{arvgate.net.slack}."""

from __future__ import annotations

import os

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.net.slack import Slack, trim
from arvgate.net.wheel import Wheel
from test.acceptance.processes import private_memory


class SlackTests(SynchronousTestCase):
    """L{Slack}."""

    def setUp(self) -> None:
        """Count how often memory is given back."""
        self.given = 0
        self.clock = Clock()
        wheel = Wheel(self.clock)
        wheel.start()
        self.slack = Slack(wheel, self.give)

    def give(self) -> None:
        """Count."""
        self.given += 1

    def counts(self, *numbers: int) -> int:
        """How often it is given back while there are these numbers of connections, one after another."""
        self.given = 0
        for number in numbers:
            self.slack.now(number)
        self.clock.pump([1.0] * 10)
        return self.given

    def test_crowd_leaves(self) -> None:
        """After a crowd has left it is given back, once, however many go on leaving."""
        self.assertEqual(1, self.counts(*range(1000), *range(1000, 200, -1)))
        self.assertEqual(0, self.counts(240, 250, 245))

    def test_once_more(self) -> None:
        """It is given back once more when what was kept for the next ones is closed, and then no more."""
        self.assertEqual(1, self.counts(100, 0))
        self.clock.pump([1.0] * 200)
        self.assertEqual(2, self.given)

    def test_few(self) -> None:
        """Coming and going of few costs nothing, nor does a crowd that stays."""
        self.assertEqual(0, self.counts(*[10, 0] * 50))
        self.assertEqual(0, self.counts(*[1000, 500] * 50))


class TrimTests(SynchronousTestCase):
    """L{trim}."""

    def test_returns(self) -> None:
        """What is free between things that live on is returned."""
        pieces = [bytes(4000) for _ in range(10000)]
        kept = pieces[::50]
        full = private_memory(os.getpid())
        del pieces
        trim()
        self.assertLess(private_memory(os.getpid()), full - 20_000_000)
        self.assertEqual(200, len(kept))
