"""
The log entries of clients and how long entries are kept, as the contracts have it, on SQLite and PostgreSQL.
"""

from __future__ import annotations

import attrs
from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_log_settings import MAX_LOG_AGE, LogSettingsContract, NoAuditContract
from test.contract.records_logs import LogsContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite
from test.records.worlds import RULES


class LogsTests(OnSQLite, LogsContract, SynchronousTestCase):
    """The log entries of clients."""


class PostgreSQLLogsTests(OnPostgreSQL, LogsTests):
    """The same on PostgreSQL."""


class LogSettingsTests(OnSQLite, LogSettingsContract, SynchronousTestCase):
    """Entries that are not kept for ever."""

    rules = attrs.evolve(
        RULES, max_log_age=MAX_LOG_AGE, max_log_delete_batch=2, unlogged_attributes=frozenset({"description"})
    )


class PostgreSQLLogSettingsTests(OnPostgreSQL, LogSettingsTests):
    """The same on PostgreSQL."""


class NoAuditTests(OnSQLite, NoAuditContract, SynchronousTestCase):
    """No audit log."""

    rules = attrs.evolve(RULES, max_log_age=0.0, max_log_delete_batch=2)


class PostgreSQLNoAuditTests(OnPostgreSQL, NoAuditTests):
    """The same on PostgreSQL."""
