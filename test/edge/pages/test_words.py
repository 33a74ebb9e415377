"""Tests of L{arvgate.edge.pages.words}."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from twisted.trial.unittest import SynchronousTestCase

from arvgate.edge.pages.words import moment, span

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class WordsTests(SynchronousTestCase):
    """Words."""

    def test_span(self) -> None:
        """A length of time is told in its largest unit."""
        for seconds, text in (
            (-1, "0 seconds"), (1.9, "1 second"), (59, "59 seconds"), (60, "1 minute"), (7300, "2 hours"),
            (86400, "1 day"), (200000, "2 days"),
        ):  # fmt: skip
            self.assertEqual(text, span(seconds))

    def test_moment(self) -> None:
        """A moment is told in UTC and by how long ago it was."""
        shown = moment((NOW - timedelta(minutes=5)).astimezone(timezone(timedelta(hours=2))), NOW)
        self.assertEqual(
            ("2026-03-01T11:55:00+00:00", "2026-03-01 11:55 UTC", "5 minutes ago"), (shown.iso, shown.text, shown.ago)
        )
        self.assertEqual("just now", moment(NOW, NOW).ago)
