"""
The priorities of containers, as the contract has it, on SQLite.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_priorities import PrioritiesContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class PrioritiesTests(OnSQLite, PrioritiesContract, SynchronousTestCase):
    """The priorities of containers."""


class PostgreSQLPrioritiesTests(OnPostgreSQL, PrioritiesTests):
    """The same on PostgreSQL."""
