"""
Tests for L{arvgate.policy.permission}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy.permission import Level, level, names_granting


class LevelTests(SynchronousTestCase):
    """L{level}."""

    def test_owner_and_admin(self) -> None:
        """Owners and admins manage."""
        self.assertEqual([Level.MANAGE, Level.MANAGE], [level(True, False, ()), level(False, True, ())])

    def test_links(self) -> None:
        """The strongest link counts; an unknown name grants nothing."""
        self.assertEqual(Level.WRITE, level(False, False, ["can_read", "can_write", "can_fly"]))
        self.assertEqual(Level.READ, level(False, False, ["can_login"]))
        self.assertEqual(Level.NONE, level(False, False, ["can_fly"]))
        self.assertEqual(Level.NONE, level(False, False, []))

    def test_names(self) -> None:
        """A higher level has fewer names that grant it."""
        self.assertEqual({"can_read", "can_login", "can_write", "can_manage"}, set(names_granting(Level.READ)))
        self.assertEqual({"can_write", "can_manage"}, set(names_granting(Level.WRITE)))
        self.assertEqual(("can_manage",), names_granting(Level.MANAGE))
