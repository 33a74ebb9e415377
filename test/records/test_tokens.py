"""
Tokens, as the contract has them, on SQLite.
"""

from __future__ import annotations

import attrs
from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_lifetime import LIFETIME, LifetimeContract
from test.contract.records_tokens import TokenRecordsContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import RULES, OnSQLite


class TokenRecordsTests(OnSQLite, TokenRecordsContract, SynchronousTestCase):
    """Tokens."""


class PostgreSQLTokenRecordsTests(OnPostgreSQL, TokenRecordsTests):
    """The same on PostgreSQL."""


class LifetimeTests(OnSQLite, LifetimeContract, SynchronousTestCase):
    """Tokens of limited lifetime."""

    rules = attrs.evolve(RULES, max_token_lifetime=LIFETIME)


class PostgreSQLLifetimeTests(OnPostgreSQL, LifetimeTests):
    """The same on PostgreSQL."""
