"""
The log entries of clients, as the contract has it, on SQLite.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_logs import LogsContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class LogsTests(OnSQLite, LogsContract, SynchronousTestCase):
    """The log entries of clients."""


class PostgreSQLLogsTests(OnPostgreSQL, LogsTests):
    """The same on PostgreSQL."""
