"""
Containers, as the contract has it, on SQLite.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_containers import ContainersContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class ContainersTests(OnSQLite, ContainersContract, SynchronousTestCase):
    """Containers."""


class PostgreSQLContainersTests(OnPostgreSQL, ContainersTests):
    """The same on PostgreSQL."""
