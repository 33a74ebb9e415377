"""
Tokens, as the contract has them, on SQLite.
"""

from __future__ import annotations

import attrs
from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_lifetime import LIFETIME, LifetimeContract
from test.contract.records_tokens import TokenRecordsContract
from test.records.sqlite import RULES, OnSQLite


class TokenRecordsTests(OnSQLite, TokenRecordsContract, SynchronousTestCase):
    """Tokens."""


class LifetimeTests(OnSQLite, LifetimeContract, SynchronousTestCase):
    """Tokens of limited lifetime."""

    rules = attrs.evolve(RULES, max_token_lifetime=LIFETIME)
