"""
The facts of a target, as the contract has it, on SQLite.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_facts import FactsContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class FactsTests(OnSQLite, FactsContract, SynchronousTestCase):
    """The facts of a target."""


class PostgreSQLFactsTests(OnPostgreSQL, FactsTests):
    """The same on PostgreSQL."""
