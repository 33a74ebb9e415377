"""
What is seen of users, as the contract has it, on SQLite.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_user_view import UserViewContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class UserViewTests(OnSQLite, UserViewContract, SynchronousTestCase):
    """Users seen by others."""


class PostgreSQLUserViewTests(OnPostgreSQL, UserViewTests):
    """The same on PostgreSQL."""
