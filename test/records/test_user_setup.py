"""
Letting users in, as the contract has it, on SQLite.
"""

from __future__ import annotations

import attrs
from twisted.trial.unittest import SynchronousTestCase

from arvgate.model.kinds import USERS
from test.contract.records_user_setup import UserSetupContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import RULES, OnSQLite


class UserSetupTests(OnSQLite, UserSetupContract, SynchronousTestCase):
    """Being set up, activated and shut out."""


class OpenClusterTests(OnSQLite, SynchronousTestCase):
    """Clusters that let users in by themselves."""

    def made(self, **rules: bool) -> tuple[bool, bool]:
        """Whether a new user is active and invited."""
        self.rules = attrs.evolve(RULES, **rules)
        world = self.make_records()
        user = world.run(world.store.create(USERS, {"email": "a@example.com"}, world.system))
        return user["is_active"], user["is_invited"]

    def test_active(self) -> None:
        """New users are active where the cluster says so."""
        self.assertEqual((True, True), self.made(new_users_are_active=True))

    def test_set_up(self) -> None:
        """New users are set up where the cluster says so."""
        self.assertEqual((False, True), self.made(auto_setup_new_users=True))

    def test_neither(self) -> None:
        """Else they are neither."""
        self.assertEqual((False, False), self.made())


class PostgreSQLUserSetupTests(OnPostgreSQL, UserSetupTests):
    """The same on PostgreSQL."""


class PostgreSQLOpenClusterTests(OnPostgreSQL, OpenClusterTests):
    """The same on PostgreSQL."""
