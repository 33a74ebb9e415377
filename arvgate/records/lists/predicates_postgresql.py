"""
Conditions in PostgreSQL's words.

Not here: what they are for (L{arvgate.records.lists.predicates}).
"""

from __future__ import annotations

import operator as operators
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    String,
    Text,
    and_,
    any_,
    cast,
    collate,
    func,
    literal,
    or_,
    select,
    true,
    type_coerce,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from arvgate.records.database.canonical import canonical_json

__all__ = ["PostgreSQLPredicates"]

_RANGES: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}


#: A collation that every server has which was built with ICU, as all of the usual packages are.
_LETTERS: Final = "und-x-icu"


class PostgreSQLPredicates:
    """Of PostgreSQL 15 and newer."""

    def bytewise(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """The column in the order of the C locale, whatever the database's is."""
        return collate(column, "C")

    def ilike(self, column: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
        """By the letters of ASCII, or where the pattern needs it of all languages, which the order of bytes lacks."""
        return collate(column, "C" if pattern.isascii() else _LETTERS).ilike(pattern, escape="\\")

    def has_keys(self, column: ColumnElement[Any], keys: Sequence[str]) -> ColumnElement[bool]:
        """All at once."""
        return _jsonb(column).has_all(literal(list(keys), ARRAY(Text)))  # type: ignore[no-any-return]

    def has_elements(self, column: ColumnElement[Any], texts: Sequence[str]) -> ColumnElement[bool]:
        """The operator for keys looks at the strings of an array too."""
        return self.has_keys(column, texts)

    def member_within(self, column: ColumnElement[Any], key: str, values: Sequence[Any]) -> ColumnElement[bool]:
        """One value by containment, which an index can serve."""
        if len(values) == 1:
            return _holds(column, {key: values[0]})
        return _member(column, key).in_([_json(value) for value in values])  # type: ignore[no-any-return]

    def member_compared(self, column: ColumnElement[Any], key: str, operator: str, value: Any) -> ColumnElement[bool]:
        """Strings are compared as text; the database would order them with their language."""
        compare = _RANGES[operator]
        if isinstance(value, str):
            return and_(_is_string(column, key), compare(self.bytewise(_text(column, key)), value))
        member = _member(column, key)
        return and_(func.jsonb_typeof(member) == "number", compare(member, _json(value)))

    def member_like(self, column: ColumnElement[Any], key: str, pattern: str, any_case: bool) -> ColumnElement[bool]:
        """The member is a string."""
        text = _text(column, key)
        matches = self.ilike(text, pattern) if any_case else text.like(pattern, escape="\\")
        return and_(_is_string(column, key), matches)

    def member_contains(self, column: ColumnElement[Any], key: str, value: Any) -> ColumnElement[bool]:
        """By containment, of the value and of an array with it."""
        return or_(_holds(column, {key: value}), _holds(column, {key: [value]}))

    def among(self, uuid: ColumnElement[Any], found: CompoundSelect[Any]) -> ColumnElement[bool]:
        """An array is looked up; of rows the planner believes that there are so many that it scans the table."""
        return uuid == any_(func.array(found.scalar_subquery(), type_=ARRAY(String)))

    def of_each(self, rows: FromClause, found: Select[Any], table: FromClause) -> Select[Any]:
        """A lateral join."""
        each = found.correlate(rows).lateral()
        return select(each.c.uuid).select_from(rows.join(each, true()))


def _jsonb(column: ColumnElement[Any]) -> Any:
    return type_coerce(column, JSONB)


def _json(value: Any) -> ColumnElement[Any]:
    return cast(literal(canonical_json(value), Text), JSONB)


def _holds(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    return _jsonb(column).contains(_json(value))  # type: ignore[no-any-return]


def _member(column: ColumnElement[Any], key: str) -> Any:
    return _jsonb(column)[literal(key, Text)]


def _text(column: ColumnElement[Any], key: str) -> Any:
    return _jsonb(column)[literal(key, Text)].astext


def _is_string(column: ColumnElement[Any], key: str) -> ColumnElement[bool]:
    return func.jsonb_typeof(_member(column, key)) == "string"
