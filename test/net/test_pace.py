"""Tests of L{arvgate.net.pace}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.net.pace import Pace


class PaceTests(SynchronousTestCase):
    """A direction that is looked at once in a second."""

    def setUp(self) -> None:
        """At least 10 octets per second over 20 seconds, and no pause of 15."""
        self.pace = Pace(15.0, 10, 20.0)

    def lasts(self, moving, owed=lambda second: True, rated: bool = True, seconds: int = 100) -> int:
        """After how many seconds it is too slow, if it moves so many octets in each; -1 for never."""
        moved = 0
        for second in range(seconds):
            moved += moving(second)
            if self.pace.too_slow(float(second), moved, owed(second), rated):
                return second
        return -1

    def test_fast_enough(self) -> None:
        """Who keeps the pace, evenly or in gusts, is never too slow."""
        self.assertEqual(-1, self.lasts(lambda second: 10))
        self.assertEqual(-1, self.lasts(lambda second: 100 if second % 10 == 0 else 0))

    def test_trickle(self) -> None:
        """A trickle is found out when the first window is over."""
        self.assertEqual(20, self.lasts(lambda second: 9))

    def test_becomes_slow(self) -> None:
        """What came before does not count for ever."""
        self.assertEqual(40, self.lasts(lambda second: 1000 if second < 10 else 1))

    def test_stall(self) -> None:
        """Nothing at all is found out earlier, also after much."""
        self.assertEqual(18, self.lasts(lambda second: 1000 if second <= 3 else 0))

    def test_nothing_owed(self) -> None:
        """While nothing is owed time does not count, and afterwards it begins anew."""
        self.assertEqual(-1, self.lasts(lambda second: 0, lambda second: False))
        self.assertEqual(65, self.lasts(lambda second: 0, lambda second: second >= 50))

    def test_not_rated(self) -> None:
        """Where a trickle is enough only a stall counts."""
        self.assertEqual(-1, self.lasts(lambda second: 1, rated=False))
        self.pace = Pace(15.0, 10, 20.0)
        self.assertEqual(15, self.lasts(lambda second: 0, rated=False))

    def test_off(self) -> None:
        """Zeros switch both off."""
        self.pace = Pace(0.0, 0, 20.0)
        self.assertEqual(-1, self.lasts(lambda second: 0))
