"""
Links for clients alone, as the contract has it, on SQLite and on PostgreSQL.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_marks import MarksContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class MarksTests(OnSQLite, MarksContract, SynchronousTestCase):
    """Links for clients alone."""


class PostgreSQLMarksTests(OnPostgreSQL, MarksTests):
    """The same on PostgreSQL."""
