"""
Tests for L{arvgate.net.tally}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.net.tally import BOUNDS, Tally


class TallyTests(SynchronousTestCase):
    """Counting and collecting."""

    def setUp(self) -> None:
        """Nothing is counted yet."""
        self.tally = Tally()

    def test_taken_once(self) -> None:
        """Who collects gets what was added since the last time, and nothing of what was not."""
        self.tally.count(("a", "x"))
        self.tally.count(("a", "x"), 2)
        self.tally.count(("b",))
        self.assertEqual({("a", "x"): 3, ("b",): 1}, self.tally.take())
        self.tally.count(("b",))
        self.assertEqual({("b",): 1}, self.tally.take())
        self.assertEqual({}, self.tally.take())

    def test_kept_by_others(self) -> None:
        """A counter that somebody else keeps is collected in the same way."""
        kept = [5]
        self.tally.counter(("kept",), lambda: kept[0])
        self.assertEqual({("kept",): 5}, self.tally.take())
        kept[0] = 7
        self.assertEqual({("kept",): 2}, self.tally.take())

    def test_gauges(self) -> None:
        """Gauges are as they are when they are looked at."""
        open_files = [1, 2]
        self.tally.gauge(("open",), lambda: len(open_files))
        self.assertEqual({("open",): 2}, self.tally.present())
        open_files.clear()
        self.assertEqual({("open",): 0}, self.tally.present())

    def test_durations(self) -> None:
        """A duration belongs to the first bucket whose bound it does not exceed."""
        for duration in (0.0, BOUNDS[0], BOUNDS[0] + 1e-6, BOUNDS[-1], 1000.0):
            self.tally.time(("t", "x"), duration)
        taken = self.tally.take()
        last = len(BOUNDS) - 1
        buckets = {("t", "x", "0"): 2, ("t", "x", "1"): 1, ("t", "x", str(last)): 1, ("t", "x", str(last + 1)): 1}
        self.assertEqual(buckets, {key: count for key, count in taken.items() if key[-1] != "sum"})
        self.assertAlmostEqual(1000.0 + BOUNDS[-1] + 2 * BOUNDS[0], taken["t", "x", "sum"], 3)
