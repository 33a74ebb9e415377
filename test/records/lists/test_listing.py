"""
Lists, as the contract has it, on SQLite.
"""

from __future__ import annotations

import attrs
from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_lists import ListsContract
from test.contract.records_long_lists import LIST_SIZE, LongListsContract
from test.contract.records_pages import PagesContract
from test.contract.records_paging import PagingContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import RULES, OnSQLite


class ListsTests(OnSQLite, ListsContract, SynchronousTestCase):
    """Lists."""


class PostgreSQLListsTests(OnPostgreSQL, ListsTests):
    """The same on PostgreSQL."""


class PagesTests(OnSQLite, PagesContract, SynchronousTestCase):
    """Pages of lists whose records belong to several owners."""


class PostgreSQLPagesTests(OnPostgreSQL, PagesTests):
    """The same on PostgreSQL."""


class LongListsTests(OnSQLite, LongListsContract, SynchronousTestCase):
    """Lists of large records."""

    rules = attrs.evolve(RULES, max_list_size=LIST_SIZE)


class PostgreSQLLongListsTests(OnPostgreSQL, LongListsTests):
    """The same on PostgreSQL."""


class PagingTests(OnSQLite, PagingContract, SynchronousTestCase):
    """All records, page after page."""


class PostgreSQLPagingTests(OnPostgreSQL, PagingTests):
    """The same on PostgreSQL."""
