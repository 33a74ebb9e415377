"""
Contents of projects, as the contract has them, on SQLite and on PostgreSQL.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_contents import ContentsContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class ContentsTests(OnSQLite, ContentsContract, SynchronousTestCase):
    """Contents."""


class PostgreSQLContentsTests(OnPostgreSQL, ContentsTests):
    """The same on PostgreSQL."""
