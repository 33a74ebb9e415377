"""
The overview of what a user may work with, as the contract has it, on SQLite.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_overview import OverviewContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class OverviewTests(OnSQLite, OverviewContract, SynchronousTestCase):
    """The overview."""


class PostgreSQLOverviewTests(OnPostgreSQL, OverviewTests):
    """The same on PostgreSQL."""
