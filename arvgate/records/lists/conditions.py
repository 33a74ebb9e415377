"""
The conditions of a list as expressions of SQLAlchemy (reference F.3).

Where a record has no value, C{!=} and C{not in} hold, and everything else but C{= null} does not.  Columns stand bare
in comparisons, so that indexes serve.  Not here: reading the filter language (L{arvgate.wire.filters}) and what
is said differently to each database (L{arvgate.records.lists.predicates}).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs
from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true

from arvgate.errors import Invalid
from arvgate.model.kinds import CONTAINERS, RELATED
from arvgate.model.records import TEXTS, AnyOf, Condition, Field, FieldName, Filter, Kind
from arvgate.records.lists.conditions_members import member_condition
from arvgate.records.lists.predicates import Predicates
from arvgate.records.schema import TABLES

__all__ = ["Scope", "condition", "searchable"]

_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_RANGES: Final = frozenset({"<", "<=", ">", ">="})


@attrs.frozen
class Scope:
    """
    What conditions are made in.

    @ivar predicates: of the database.
    @ivar readable: the condition under which a record of another kind can be read by whoever asks.
    """

    predicates: Predicates
    readable: Callable[[Kind], ColumnElement[bool]]


def searchable(kind: Kind, name: str) -> Field | None:
    """The field of that name, if it may stand in filters and order."""
    field = kind.field(name)
    return field if field is not None and field.searchable and field.stored and not field.secret else None


def condition(kind: Kind, one: Condition, scope: Scope) -> ColumnElement[bool]:
    """
    One condition of a list.

    @raise Invalid: an attribute is unknown or cannot be searched, or an operator is unknown.
    """
    if isinstance(one, AnyOf):
        return or_(false(), *(_filter(kind, each, scope) for each in one.filters))
    return _filter(kind, one, scope)


def _filter(kind: Kind, one: Filter, scope: Scope) -> ColumnElement[bool]:
    if one.related is not None:
        return _related(kind, one, scope)
    field = searchable(kind, one.attribute)
    if field is None:
        raise Invalid(f"{kind.singular} cannot be filtered by {one.attribute!r}")
    column: ColumnElement[Any] = TABLES[kind.path].c[one.attribute]
    if one.key is not None:
        return member_condition(column, one, scope.predicates)
    if isinstance(one.operand, FieldName):
        other = TABLES[kind.path].c[one.operand.name]
        return _COMPARISONS[one.operator](column, other)  # type: ignore[no-any-return]
    return _column_condition(field, column, one.operator, one.operand, scope.predicates)


def _related(kind: Kind, one: Filter, scope: Scope) -> ColumnElement[bool]:
    """
    A condition on another record, of which nothing may be learned that cannot be read.

    Who reads a request reads its container.
    """
    name, other = RELATED[kind.path, str(one.related)]
    column, table = TABLES[kind.path].c[name], TABLES[other.path]
    readable = true() if other is CONTAINERS else scope.readable(other)
    holds = _filter(other, attrs.evolve(one, related=None), scope)
    found = column.in_(select(table.c.uuid).where(readable, holds))
    if not _holds_for_nothing(one):
        return found
    return or_(found, ~exists().where(table.c.uuid == column, readable))


def _holds_for_nothing(one: Filter) -> bool:
    """Whether a filter holds where there is no value."""
    match one.operator:
        case "=":
            return one.operand is None and one.key is None
        case "!=":
            return one.operand is not None or one.key is not None
        case "in":
            return None in one.operand and one.key is None
        case "not in":
            return None not in one.operand or one.key is not None
        case "exists":
            return one.operand is False
        case _:
            return False


def _column_condition(
    field: Field, column: ColumnElement[Any], name: str, operand: Any, predicates: Predicates
) -> ColumnElement[bool]:
    match name:
        case "=" | "!=" if operand is None:
            return column.is_(None) if name == "=" else column.is_not(None)
        case "!=":
            return _or_null(field, column, column != operand)
        case "=" | "<" | "<=" | ">" | ">=":
            if name in _RANGES and field.type in TEXTS:
                column = predicates.bytewise(column)
            return _COMPARISONS[name](column, operand)  # type: ignore[no-any-return]
        case "in":
            return _within(column, operand)
        case "not in":
            return _outside(field, column, operand)
        case "like":
            return column.like(operand, escape="\\")
        case "ilike":
            return predicates.ilike(column, operand)
        case "is_a":
            return func.substr(column, 7, 5).in_(operand)
        case "exists":
            return predicates.has_keys(column, (operand,))
        case "contains" if not operand:
            return true()
        case "contains":
            return (predicates.has_keys if field.type == "object" else predicates.has_elements)(column, operand)
        case _:
            raise Invalid(f"There is no filter operator {name!r}")


def _or_null(field: Field, column: ColumnElement[Any], holds: ColumnElement[bool]) -> ColumnElement[bool]:
    return or_(holds, column.is_(None)) if field.nullable else holds


def _within(column: ColumnElement[Any], operand: Sequence[Any]) -> ColumnElement[bool]:
    values = [value for value in operand if value is not None]
    found = column.in_(values) if values else false()
    return or_(found, column.is_(None)) if None in operand else found


def _outside(field: Field, column: ColumnElement[Any], operand: Sequence[Any]) -> ColumnElement[bool]:
    values = [value for value in operand if value is not None]
    if None in operand:
        return and_(column.is_not(None), column.not_in(values)) if values else column.is_not(None)
    return _or_null(field, column, column.not_in(values)) if values else true()
