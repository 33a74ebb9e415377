"""
Users, as the contract has it, on SQLite.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_users import UsersContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class UsersTests(OnSQLite, UsersContract, SynchronousTestCase):
    """Users."""


class PostgreSQLUsersTests(OnPostgreSQL, UsersTests):
    """The same on PostgreSQL."""
