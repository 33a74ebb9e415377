"""
Permissions, as the contract has them, on SQLite.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_permissions import PermissionsContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class PermissionsTests(OnSQLite, PermissionsContract, SynchronousTestCase):
    """Permissions."""


class PostgreSQLPermissionsTests(OnPostgreSQL, PermissionsTests):
    """The same on PostgreSQL."""
