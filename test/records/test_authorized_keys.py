"""
SSH keys, as the contract has it, on SQLite.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_authorized_keys import AuthorizedKeysContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite


class AuthorizedKeysTests(OnSQLite, AuthorizedKeysContract, SynchronousTestCase):
    """SSH keys."""


class PostgreSQLAuthorizedKeysTests(OnPostgreSQL, AuthorizedKeysTests):
    """The same on PostgreSQL."""
