"""
Filters, as the contract has them, on both databases.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_any_filters import AnyFiltersContract
from test.contract.records_filters import FiltersContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class FiltersTests(OnSQLite, FiltersContract, SynchronousTestCase):
    """Filters."""


class PostgreSQLFiltersTests(OnPostgreSQL, FiltersTests):
    """The same on PostgreSQL."""


class AnyFiltersTests(OnSQLite, AnyFiltersContract, SynchronousTestCase):
    """Any filters."""


class PostgreSQLAnyFiltersTests(OnPostgreSQL, AnyFiltersTests):
    """The same on PostgreSQL."""
