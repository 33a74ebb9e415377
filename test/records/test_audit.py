"""
The audit log and the change feed, as the contract has it, on SQLite.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_journal import JournalContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class JournalTests(OnSQLite, JournalContract, SynchronousTestCase):
    """The audit log and the change feed."""


class PostgreSQLJournalTests(OnPostgreSQL, JournalTests):
    """The same on PostgreSQL."""
