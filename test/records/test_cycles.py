"""
Lock cycles and their tokens, as the contract has it, on SQLite.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_cycles import CyclesContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class CyclesTests(OnSQLite, CyclesContract, SynchronousTestCase):
    """Lock cycles and their tokens."""


class PostgreSQLCyclesTests(OnPostgreSQL, CyclesTests):
    """The same on PostgreSQL."""
