"""Tests of L{arvgate.policy.moments}."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy.moments import MAX_AHEAD, next_moment

NOON = datetime(2026, 1, 31, 12, 0, 0, 0, UTC)
STEP = timedelta(microseconds=1)


class NextMoment(SynchronousTestCase):
    """The time of a transaction."""

    def test_clock(self) -> None:
        """Usually it is what the clock says."""
        self.assertEqual(NOON, next_moment(NOON, None))
        self.assertEqual(NOON, next_moment(NOON, NOON - STEP))

    def test_later_than_the_last(self) -> None:
        """A clock that stands still or was set back a little makes it a little later than the last one."""
        self.assertEqual(NOON + STEP, next_moment(NOON, NOON))
        self.assertEqual(NOON + 6 * STEP, next_moment(NOON, NOON + 5 * STEP))
        self.assertEqual(NOON + MAX_AHEAD + STEP, next_moment(NOON, NOON + MAX_AHEAD))

    def test_wrong_clock(self) -> None:
        """A clock that was far ahead does not stay so for ever."""
        self.assertEqual(NOON, next_moment(NOON, NOON + MAX_AHEAD + STEP))
