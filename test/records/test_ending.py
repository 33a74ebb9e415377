"""
Containers that end, as the contract has it, on SQLite.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_ending import EndingContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class EndingTests(OnSQLite, EndingContract, SynchronousTestCase):
    """Containers that end."""


class PostgreSQLEndingTests(OnPostgreSQL, EndingTests):
    """The same on PostgreSQL."""
