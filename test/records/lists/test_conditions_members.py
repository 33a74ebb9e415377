"""
Filters on what objects have under keys, as the contract has them, on both databases.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_filters_keys import FiltersOfKeysContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class FiltersOfKeysTests(OnSQLite, FiltersOfKeysContract, SynchronousTestCase):
    """Filters."""


class PostgreSQLFiltersOfKeysTests(OnPostgreSQL, FiltersOfKeysTests):
    """The same on PostgreSQL."""
