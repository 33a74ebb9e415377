"""Tests of L{arvgate.policy.runtime_status}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy.runtime_status import reason_of


class Reason(SynchronousTestCase):
    """What a container says of itself."""

    def test_gravest(self) -> None:
        """The gravest of it is the reason."""
        self.assertEqual("e", reason_of({"activity": "a", "warning": "w", "error": "e"}))
        self.assertEqual("w", reason_of({"activity": "a", "warning": "w", "error": ""}))
        self.assertEqual("a", reason_of({"activity": "a"}))

    def test_nothing(self) -> None:
        """Where nothing is said, or no text, there is no reason."""
        self.assertEqual("", reason_of({"error": 3}))
        self.assertEqual("", reason_of(None))
