"""
Links, as the contract has it, on SQLite.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_links import LinksContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class LinksTests(OnSQLite, LinksContract, SynchronousTestCase):
    """Links."""


class PostgreSQLLinksTests(OnPostgreSQL, LinksTests):
    """The same on PostgreSQL."""
