"""
What is said differently to SQLite and to PostgreSQL, and means the same rows in both.

Not here: which filter means what (L{arvgate.records.lists.conditions}).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import ColumnElement, CompoundSelect, FromClause, Select

from arvgate.records.lists.predicates_postgresql import PostgreSQLPredicates
from arvgate.records.lists.predicates_sqlite import SQLitePredicates

__all__ = ["Predicates", "predicates_of"]


class Predicates(Protocol):
    """
    Conditions on columns with text and with JSON; those on JSON are false where the column is null, or null.

    And what belongs to what, said so that it is found by an index.
    """

    def bytewise(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Text that is ordered by its UTF-8 bytes."""

    def ilike(self, column: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
        """Text matches a pattern, in whatever case its letters are; a backslash escapes."""

    def has_keys(self, column: ColumnElement[Any], keys: Sequence[str]) -> ColumnElement[bool]:
        """An object has all the keys."""

    def has_elements(self, column: ColumnElement[Any], texts: Sequence[str]) -> ColumnElement[bool]:
        """An array has all the texts."""

    def member_within(self, column: ColumnElement[Any], key: str, values: Sequence[Any]) -> ColumnElement[bool]:
        """The value of a key is one of these strings, numbers, truth values or null."""

    def member_compared(self, column: ColumnElement[Any], key: str, operator: str, value: Any) -> ColumnElement[bool]:
        """The value of a key is of the same type as this string or number, and before or after it."""

    def member_like(self, column: ColumnElement[Any], key: str, pattern: str, any_case: bool) -> ColumnElement[bool]:
        """The value of a key is a string that matches a pattern."""

    def member_contains(self, column: ColumnElement[Any], key: str, value: Any) -> ColumnElement[bool]:
        """The value of a key is this one, or an array that has it."""

    def among(self, uuid: ColumnElement[Any], found: CompoundSelect[Any]) -> ColumnElement[bool]:
        """A UUID is among a few, each of which is looked up by itself."""

    def of_each(self, rows: FromClause, found: Select[Any], table: FromClause) -> Select[Any]:
        """
        The UUIDs that a query finds for each of some rows.

        @param found: the query, which refers to C{rows}.
        @param table: where such UUIDs are.
        """


def predicates_of(dialect: str) -> Predicates:
    """Those of a database, by SQLAlchemy's name for it."""
    return PostgreSQLPredicates() if dialect == "postgresql" else SQLitePredicates()
