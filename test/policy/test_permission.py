"""
Tests for L{arvgate.policy.permission}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy.permission import Level, names_granting


class LevelTests(SynchronousTestCase):
    """The levels."""

    def test_names(self) -> None:
        """A higher level has fewer names that grant it."""
        self.assertEqual({"can_read", "can_login", "can_write", "can_manage"}, set(names_granting(Level.READ)))
        self.assertEqual({"can_write", "can_manage"}, set(names_granting(Level.WRITE)))
        self.assertEqual(("can_manage",), names_granting(Level.MANAGE))
