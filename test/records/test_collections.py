"""
Collections, as the contract has it, on SQLite.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_collections import CollectionsContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class CollectionsTests(OnSQLite, CollectionsContract, SynchronousTestCase):
    """Collections."""


class PostgreSQLCollectionsTests(OnPostgreSQL, CollectionsTests):
    """The same on PostgreSQL."""
