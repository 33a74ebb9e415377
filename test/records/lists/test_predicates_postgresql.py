"""
Tests of L{arvgate.records.lists.predicates_postgresql}; what the conditions mean is in the contract of the filters.
"""

from __future__ import annotations

from sqlalchemy.dialects import postgresql
from twisted.trial.unittest import SynchronousTestCase

from arvgate.records.lists.predicates_postgresql import PostgreSQLPredicates
from test.records.lists.test_predicates import words_of


class PostgreSQLPredicatesTests(SynchronousTestCase):
    """The words."""

    def test_operators(self) -> None:
        """Keys and equal values are asked for by the operators that a GIN index serves."""
        words = list(words_of(PostgreSQLPredicates(), postgresql.dialect()))
        self.assertTrue(any("?&" in each for each in words))
        self.assertTrue(any("@>" in each for each in words))

    def test_order_of_text(self) -> None:
        """Text is put into the order of the C locale."""
        words = next(words_of(PostgreSQLPredicates(), postgresql.dialect()))
        self.assertIn('COLLATE "C"', words)
