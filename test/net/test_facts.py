"""
Tests for L{arvgate.net.facts}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.net.facts import Facts


class FactsTests(SynchronousTestCase):
    """Facts of exchanges."""

    def test_apart(self) -> None:
        """What is found out about one exchange is not told of another."""
        one, other = Facts(), Facts()
        one.user_uuid, one.connect = "somebody", 0.5
        self.assertEqual(("", -1.0), (other.user_uuid, other.connect))
        self.assertEqual(("", -1.0), (Facts().user_uuid, Facts().connect))
