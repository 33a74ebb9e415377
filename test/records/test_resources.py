"""
Tests for L{arvgate.records.resources}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import MethodNotAllowed
from arvgate.model.kinds import CONTAINERS, USERS
from arvgate.records.resources import resource_of
from test.records.sqlite import OnSQLite


class ResourceTests(OnSQLite, SynchronousTestCase):
    """What can be done with a kind."""

    def test_of_users(self) -> None:
        """Users are made, changed and deleted."""
        resource = resource_of(USERS)
        self.assertTrue(all([resource.create, resource.update, resource.delete]))

    def test_what_cannot_be_done(self) -> None:
        """What a kind cannot do is refused by name."""
        world = self.make_records()
        error = self.assertRaises(
            MethodNotAllowed, world.run, world.store.act(CONTAINERS, "dance", "", {}, world.system)
        )
        self.assertIn("dance", str(error))
