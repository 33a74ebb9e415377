"""
Tests for L{arvgate.records.database.numbering}.
"""

from __future__ import annotations

from hypothesis import given, strategies
from twisted.trial.unittest import SynchronousTestCase

from arvgate.records.database.numbering import PATIENCE, Gap, Numbering


class NumberingTests(SynchronousTestCase):
    """L{Numbering}."""

    def setUp(self) -> None:
        """All up to 10 were seen."""
        self.numbering = Numbering()
        self.numbering.begin(10)

    def test_in_order(self) -> None:
        """The next is new, once; what was there at the beginning is not."""
        self.assertEqual([False, True, False], [self.numbering.take(number, 0.0) for number in (10, 11, 11)])
        self.assertEqual((11, ()), (self.numbering.last, self.numbering.gaps))

    def test_late(self) -> None:
        """What comes after a greater one is new too, once."""
        self.assertTrue(self.numbering.take(15, 1.0))
        self.assertEqual((Gap(11, 14, 1.0),), self.numbering.gaps)
        self.assertEqual([True, True, False], [self.numbering.take(number, 2.0) for number in (12, 11, 12)])
        self.assertEqual((Gap(13, 14, 1.0),), self.numbering.gaps)

    def test_never(self) -> None:
        """What does not come in time is waited for no more."""
        self.numbering.take(12, 1.0)
        self.numbering.forget(1.0 + PATIENCE)
        self.assertEqual(1, len(self.numbering.gaps))
        self.numbering.forget(1.1 + PATIENCE)
        self.assertEqual((), self.numbering.gaps)
        self.assertFalse(self.numbering.take(11, 12.0))

    @given(strategies.permutations(range(11, 26)))
    def test_any_order(self, numbers: list[int]) -> None:
        """In whatever order numbers come, each is new exactly once, and no gap is left."""
        self.numbering.begin(10)
        self.assertTrue(all(self.numbering.take(number, 0.0) for number in numbers))
        self.assertFalse(any(self.numbering.take(number, 0.0) for number in numbers))
        self.assertEqual((25, ()), (self.numbering.last, self.numbering.gaps))
