"""
Container requests, as the contract has it, on SQLite.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_requests import RequestsContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class RequestsTests(OnSQLite, RequestsContract, SynchronousTestCase):
    """Container requests."""


class PostgreSQLRequestsTests(OnPostgreSQL, RequestsTests):
    """The same on PostgreSQL."""
