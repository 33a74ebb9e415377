"""Tests of L{arvgate.records.lists.predicates}."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from twisted.trial.unittest import SynchronousTestCase

from arvgate.records.lists.predicates import Predicates, predicates_of
from arvgate.records.lists.predicates_postgresql import PostgreSQLPredicates
from arvgate.records.lists.predicates_sqlite import SQLitePredicates
from arvgate.records.schema import REQUEST_TABLE

__all__ = ["HOSTILE", "words_of"]

#: A text that would end a quotation of any sort.
HOSTILE = "x'\"`;--\\'}$%s:y"


def words_of(predicates: Predicates, dialect: Dialect) -> Iterator[str]:
    """The statements' texts of all conditions, made with a hostile text wherever one can stand."""
    text, column = REQUEST_TABLE.c.name, REQUEST_TABLE.c.properties
    conditions: list[ColumnElement[bool]] = [
        predicates.bytewise(text) < HOSTILE,
        predicates.ilike(text, HOSTILE),
        predicates.has_keys(column, [HOSTILE]),
        predicates.has_elements(column, [HOSTILE]),
        predicates.member_within(column, HOSTILE, [HOSTILE]),
        predicates.member_within(column, HOSTILE, [HOSTILE, 1, True, None]),
        predicates.member_compared(column, HOSTILE, "<", HOSTILE),
        predicates.member_compared(column, HOSTILE, "<", 1),
        predicates.member_like(column, HOSTILE, HOSTILE, False),
        predicates.member_like(column, HOSTILE, HOSTILE, True),
        predicates.member_contains(column, HOSTILE, HOSTILE),
    ]
    for condition in conditions:
        yield str(condition.compile(dialect=dialect))


class PredicatesOf(SynchronousTestCase):
    """The choice."""

    def test_by_name(self) -> None:
        """Each database has its own."""
        self.assertIsInstance(predicates_of("postgresql"), PostgreSQLPredicates)
        self.assertIsInstance(predicates_of("sqlite"), SQLitePredicates)

    def test_nothing_is_quoted(self) -> None:
        """No key, text or pattern gets into the words of a statement."""
        for dialect in (postgresql.dialect(), sqlite.dialect()):
            for words in words_of(predicates_of(dialect.name), dialect):
                self.assertNotIn("x'", words)
                self.assertNotIn(";--", words)
