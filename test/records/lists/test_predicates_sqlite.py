"""Tests of L{arvgate.records.lists.predicates_sqlite}; what the conditions mean is in the contract of the filters."""

from __future__ import annotations

from sqlalchemy.dialects import sqlite
from twisted.trial.unittest import SynchronousTestCase

from arvgate.records.lists.predicates_sqlite import LOWER, SQLitePredicates
from arvgate.records.schema import REQUEST_TABLE
from test.records.lists.test_predicates import words_of


class SQLitePredicatesTests(SynchronousTestCase):
    """The words."""

    def test_json_is_looked_into_by_each(self) -> None:
        """No condition needs a JSON path, which cannot quote every key."""
        words = list(words_of(SQLitePredicates(), sqlite.dialect()))
        self.assertTrue(any("json_each" in each for each in words))
        self.assertFalse(any("json_extract" in each or "->" in each for each in words))

    def test_slow_function(self) -> None:
        """The function for all letters is called only where a pattern has some that SQLite does not know."""
        predicates, column = SQLitePredicates(), REQUEST_TABLE.c.name
        self.assertNotIn(LOWER, str(predicates.ilike(column, "%ABC%").compile(dialect=sqlite.dialect())))
        self.assertIn(LOWER, str(predicates.ilike(column, "%ÄBC%").compile(dialect=sqlite.dialect())))
