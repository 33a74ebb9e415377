"""
Tests for L{arvgate.policy.trash_times}.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy.trash_times import problems, settle

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
KEPT = 5 * DAY


class SettleTests(SynchronousTestCase):
    """L{settle}."""

    def settled(self, trash_at: Any, delete_at: Any, *changed: str) -> tuple[Any, Any, bool]:
        """What becomes of two times of which some have just been changed."""
        record = {"trash_at": trash_at, "delete_at": delete_at, "is_trashed": None}
        settle(record, "trash_at" in changed, "delete_at" in changed, NOW, KEPT.total_seconds())
        return record["trash_at"], record["delete_at"], record["is_trashed"]

    def test_never(self) -> None:
        """What is not to go to the trash has no end either."""
        self.assertEqual((None, None, False), self.settled(None, None))
        self.assertEqual((None, None, False), self.settled(None, NOW + DAY, "trash_at"))

    def test_now(self) -> None:
        """A time that has passed is now, and the end is as late as the cluster says."""
        for time in (NOW, NOW - DAY):
            self.assertEqual((NOW, NOW + KEPT, True), self.settled(time, None, "trash_at"))

    def test_later(self) -> None:
        """A time to come stays, with the end that was given with it, and not one of before."""
        self.assertEqual((NOW + DAY, NOW + DAY + KEPT, False), self.settled(NOW + DAY, NOW + DAY, "trash_at"))
        both = (NOW + DAY, NOW + 2 * DAY, False)
        self.assertEqual(both, self.settled(NOW + DAY, NOW + 2 * DAY, "trash_at", "delete_at"))

    def test_end_taken_away(self) -> None:
        """What goes to the trash has an end."""
        self.assertEqual((NOW - DAY, NOW - DAY + KEPT, True), self.settled(NOW - DAY, None, "delete_at"))

    def test_problems(self) -> None:
        """An end without or before the trash is refused."""
        self.assertEqual([], problems({"trash_at": NOW, "delete_at": NOW}))
        self.assertEqual([], problems({"trash_at": None, "delete_at": None}))
        for trash_at, delete_at in ((None, NOW), (NOW, NOW - DAY)):
            self.assertEqual(1, len(problems({"trash_at": trash_at, "delete_at": delete_at})))
