"""
Lists: filters, order, limit and offset as expressions of SQLAlchemy (reference F.2, F.3).

Not here: reading the filter language (L{arvgate.wire.filters}) and whose records are seen
(L{arvgate.records.visibility}).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from arvgate.errors import Invalid
from arvgate.model.kinds import API_CLIENT_AUTHORIZATIONS
from arvgate.model.records import Field, Filter, Kind, Page, Query
from arvgate.records import tokens
from arvgate.records.schema import TABLES
from arvgate.records.snapshot import Snapshot, public_columns, record_of
from arvgate.records.visibility import readable

__all__ = ["condition", "page"]


def page(snapshot: Snapshot, kind: Kind, query: Query) -> Page:
    """
    The records that the snapshot's principal can read and that match.

    @raise Invalid: a filter or an attribute that this kind does not have.
    """
    conditions = [readable(kind, snapshot.principal, snapshot.rules, query.include_trash)]
    conditions.extend(condition(kind, one) for one in query.filters)
    if kind is API_CLIENT_AUTHORIZATIONS:
        hidden = tokens.listed(any(one.attribute == "uuid" for one in query.filters))
        conditions.extend([] if hidden is None else [hidden])
    count = None
    if query.count:
        statement = select(func.count()).select_from(TABLES[kind.path]).where(*conditions)
        count = snapshot.connection.scalar(statement)
    items = []
    if query.limit > 0:
        rows = (
            select(*_columns(kind, query.select))
            .where(*conditions)
            .order_by(*_order(kind, query.order))
            .limit(query.limit)
            .offset(query.offset)
        )
        items = [record_of(row) for row in snapshot.connection.execute(rows).mappings()]
    return Page(items, count)


def _columns(kind: Kind, wanted: Sequence[str] | None) -> list[Any]:
    columns = public_columns(kind)
    if wanted is None:
        return columns
    unknown = [name for name in wanted if name != "kind" and kind.field(name) is None]
    if unknown:
        raise Invalid(*(f"{kind.singular} has no attribute {name!r}" for name in unknown))
    return [column for column in columns if column.name in wanted or column.name == "etag"]


def _order(kind: Kind, order: Sequence[tuple[str, str]]) -> list[ColumnElement[Any]]:
    table = TABLES[kind.path]
    clauses: list[ColumnElement[Any]] = []
    for name, direction in order:
        if _searchable(kind, name) is not None:
            column = table.c[name]
            clauses.append(column.desc() if direction == "desc" else column.asc())
    return [*clauses, table.c.modified_at.desc(), table.c.uuid.desc()]


def _searchable(kind: Kind, name: str) -> Field | None:
    field = kind.field(name)
    return field if field is not None and field.searchable and field.stored and not field.secret else None


def condition(kind: Kind, one: Filter) -> ColumnElement[bool]:
    """
    One filter as a condition.

    @raise Invalid: the attribute is unknown or cannot be searched, or the operator is unknown.
    """
    if _searchable(kind, one.attribute) is None:
        raise Invalid(f"{kind.singular} cannot be filtered by {one.attribute!r}")
    column: ColumnElement[Any] = TABLES[kind.path].c[one.attribute]
    operand = one.operand
    match one.operator:
        case "=":
            return column.is_(None) if operand is None else column == operand
        case "!=":
            return column.is_not(None) if operand is None else or_(column != operand, column.is_(None))
        case "<" | "<=" | ">" | ">=":
            return column.bool_op(one.operator)(operand)
        case "like":
            return column.like(operand, escape="\\")
        case "ilike":
            return column.ilike(operand, escape="\\")
        case "in":
            return _within(column, operand)
        case "not in":
            return _outside(column, operand)
        case _:
            raise Invalid(f"There is no filter operator {one.operator!r}")


def _within(column: ColumnElement[Any], operand: Sequence[Any]) -> ColumnElement[bool]:
    values = [value for value in operand if value is not None]
    found = column.in_(values) if values else false()
    return or_(found, column.is_(None)) if None in operand else found


def _outside(column: ColumnElement[Any], operand: Sequence[Any]) -> ColumnElement[bool]:
    values = [value for value in operand if value is not None]
    if None in operand:
        return and_(column.is_not(None), column.not_in(values)) if values else column.is_not(None)
    return or_(column.not_in(values), column.is_(None)) if values else and_(True)
