"""
Tests for L{arvgate.policy.why}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.model.checks import Check, Result
from arvgate.policy.why import complete, failure

OK = Check("token", Result.OK, "Fine.")
OPEN = Check("container", Result.UNKNOWN, "Who knows.")
BAD = Check("scope", Result.FAILED, "Not fine.")


class CompleteTests(SynchronousTestCase):
    """All checks of a question."""

    def test_complete(self) -> None:
        """What was not made stands behind what was, in order; the app's only where a port was asked for."""
        checks = complete([OK, BAD], with_port=True)
        self.assertEqual([OK, BAD], list(checks[:2]))
        self.assertEqual({Result.SKIPPED}, {check.result for check in checks[2:]})
        self.assertEqual(
            ["scope", "access", "state", "runner", "proof", "clock", "port", "app"], [one.name for one in checks[2:]]
        )
        self.assertEqual("clock", complete([OK], with_port=False)[-1].name)

    def test_failure(self) -> None:
        """The first that failed counts, not what is open or was not made."""
        self.assertIs(BAD, failure([OK, OPEN, BAD, Check("access", Result.FAILED, "")]))
        self.assertIsNone(failure(complete([OK, OPEN], with_port=True)))
