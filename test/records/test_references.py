"""
References to other records, as the contract has it, on SQLite and PostgreSQL.
"""

from __future__ import annotations

import attrs
from twisted.trial.unittest import SynchronousTestCase

from test.contract.records_references import ReferencesContract
from test.records.postgresql import OnPostgreSQL
from test.records.sqlite import OnSQLite
from test.records.worlds import RULES


class ReferencesTests(OnSQLite, ReferencesContract, SynchronousTestCase):
    """References to other records."""

    rules = attrs.evolve(RULES, users_are_visible=False)


class PostgreSQLReferencesTests(OnPostgreSQL, ReferencesTests):
    """The same on PostgreSQL."""
