"""
Containers that are tried again, as the contract has it, on SQLite.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_retrying import RetryingContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class RetryingTests(OnSQLite, RetryingContract, SynchronousTestCase):
    """Containers that are tried again."""


class PostgreSQLRetryingTests(OnPostgreSQL, RetryingTests):
    """The same on PostgreSQL."""
