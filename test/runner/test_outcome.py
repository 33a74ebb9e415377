"""Tests of L{arvgate.runner.outcome}."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import Ended
from arvgate.interfaces import ExitStatus
from arvgate.runner.outcome import Outcome, outcome_of, verdict_of
from test.runner.documents import DOCUMENT


class OutcomeTests(SynchronousTestCase):
    """What a run comes to."""

    def test_attributes(self) -> None:
        """What is reported is what there is to say; what the record says already stays."""
        self.assertEqual({"state": "Cancelled"}, Outcome("Cancelled").attributes({"activity": "x"}))
        self.assertEqual({"state": "Complete", "exit_code": 0}, Outcome("Complete", 0).attributes({}))
        said = Outcome("Complete", 3, "bad", "odd").attributes({"activity": "x", "error": "old"})
        self.assertEqual({"activity": "x", "error": "bad", "warning": "odd"}, said["runtime_status"])

    def test_ended(self) -> None:
        """A job that has ended by itself is complete with its code, and what was unusual is said."""
        self.assertEqual(Outcome("Complete", 3), outcome_of(ExitStatus(3)))
        self.assertEqual(
            Outcome("Complete", 137, "no memory", "idle"), outcome_of(ExitStatus(137, "no memory"), "idle")
        )

    def test_lost(self) -> None:
        """A job that was lost is cancelled and has no code."""
        self.assertEqual(Outcome("Cancelled", error="gone"), outcome_of(ExitStatus(137, "gone", lost=True), "idle"))


class VerdictTests(SynchronousTestCase):
    """What a record says of a running job."""

    def record(self, **more: Any) -> dict[str, Any]:
        """A record of this cycle."""
        return {
            "locked_by_uuid": DOCUMENT.api_token.uuid,
            "lock_count": DOCUMENT.lock_count,
            "state": "Running",
            "priority": 1,
            **more,
        }

    def test_goes_on(self) -> None:
        """It may go on, before it is Running too."""
        for state in ("Locked", "Running"):
            self.assertIsNone(verdict_of(self.record(state=state), DOCUMENT))

    def test_not_wanted(self) -> None:
        """Without priority it is cancelled."""
        for priority in (0, None):
            self.assertEqual(Outcome("Cancelled"), verdict_of(self.record(priority=priority), DOCUMENT))

    def test_over(self) -> None:
        """A record of another cycle, or one that has ended, is no business of this runner's, whatever its priority."""
        for change in (
            {"locked_by_uuid": None}, {"locked_by_uuid": "zzzzz-gj3su-000000000000099"}, {"lock_count": 99},
            {"state": "Queued"}, {"state": "Complete"}, {"state": "Cancelled"}, {"state": "Cancelled", "priority": 0},
        ):  # fmt: skip
            with self.assertRaises(Ended):
                verdict_of(self.record(**change), DOCUMENT)
