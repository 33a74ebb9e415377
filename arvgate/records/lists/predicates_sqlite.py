"""
Conditions in SQLite's words.

JSON is looked into by C{json_each}, whose keys are plain values; a JSON path cannot quote every key.  Not here: what
they are for (L{arvgate.records.lists.predicates}).
"""

from __future__ import annotations

import json
import operator as operators
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    TableValuedAlias,
    and_,
    case,
    exists,
    false,
    func,
    or_,
    select,
    true,
)  # fmt: skip

__all__ = ["LOWER", "SQLitePredicates"]

#: The function that makes all letters small, which every connection is given; SQLite's own knows those of ASCII alone.
LOWER: Final = "arvgate_lower"

_RANGES: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}
_NUMBERS: Final = ("integer", "real")


class SQLitePredicates:
    """Of SQLite 3.40 and newer."""

    def bytewise(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """The column: this is its usual order."""
        return column

    def ilike(self, column: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
        """Both in small letters; by the slower function only where the pattern needs it."""
        lower = func.lower if pattern.isascii() else getattr(func, LOWER)
        matches: ColumnElement[bool] = lower(column).like(pattern.lower(), escape="\\")
        return matches

    def has_keys(self, column: ColumnElement[Any], keys: Sequence[str]) -> ColumnElement[bool]:
        """Each is among the keys."""
        return and_(true(), *(_some(each := _each(column), each.c.key == key) for key in keys))

    def has_elements(self, column: ColumnElement[Any], texts: Sequence[str]) -> ColumnElement[bool]:
        """Each is among the elements."""
        return and_(true(), *(_some(each := _each(column), _among(each, (text,))) for text in texts))

    def member_within(self, column: ColumnElement[Any], key: str, values: Sequence[Any]) -> ColumnElement[bool]:
        """The member has the type of one of the values and equals it."""
        each = _each(column)
        return _some(each, each.c.key == key, _among(each, values))

    def member_compared(self, column: ColumnElement[Any], key: str, operator: str, value: Any) -> ColumnElement[bool]:
        """The member's type is the value's."""
        each = _each(column)
        of_type = each.c.type == "text" if isinstance(value, str) else each.c.type.in_(_NUMBERS)
        return _some(each, each.c.key == key, of_type, _RANGES[operator](each.c.value, value))

    def member_like(self, column: ColumnElement[Any], key: str, pattern: str, any_case: bool) -> ColumnElement[bool]:
        """The member is a text."""
        each = _each(column)
        matches = self.ilike(each.c.value, pattern) if any_case else each.c.value.like(pattern, escape="\\")
        return _some(each, each.c.key == key, each.c.type == "text", matches)

    def member_contains(self, column: ColumnElement[Any], key: str, value: Any) -> ColumnElement[bool]:
        """The member is equal, or one of its elements is."""
        each = _each(column)
        element = _each(case((each.c.type == "array", each.c.value)))
        inside = _some(element, _among(element, (value,)))
        return _some(each, each.c.key == key, or_(_among(each, (value,)), inside))

    def among(self, uuid: ColumnElement[Any], found: CompoundSelect[Any]) -> ColumnElement[bool]:
        """As it is."""
        return uuid.in_(found)

    def of_each(self, rows: FromClause, found: Select[Any], table: FromClause) -> Select[Any]:
        """It has no lateral joins, but an operand may refer to the row before it."""
        return select(table.c.uuid).select_from(rows).join(table, table.c.uuid.in_(found.correlate(rows)))


def _each(column: ColumnElement[Any]) -> TableValuedAlias:
    return func.json_each(column).table_valued("key", "value", "type")


def _some(each: TableValuedAlias, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Some row of C{each} fulfils the conditions."""
    return exists().select_from(each).where(*conditions)


def _among(each: TableValuedAlias, values: Sequence[Any]) -> ColumnElement[bool]:
    """A row's value is one of C{values}, which are scalars of JSON; SQLite itself takes truth values for numbers."""
    texts = [value for value in values if isinstance(value, str)]
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    types = [json.dumps(value) for value in values if value is None or isinstance(value, bool)]
    return or_(
        false(),
        *((and_(each.c.type == "text", each.c.value.in_(texts)),) if texts else ()),
        *((and_(each.c.type.in_(_NUMBERS), each.c.value.in_(numbers)),) if numbers else ()),
        *((each.c.type.in_(types),) if types else ()),
    )
