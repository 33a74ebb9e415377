"""
Lists, as the contract has it, on SQLite.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_lists import ListsContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class ListsTests(OnSQLite, ListsContract, SynchronousTestCase):
    """Lists."""


class PostgreSQLListsTests(OnPostgreSQL, ListsTests):
    """The same on PostgreSQL."""
