"""
Conditions on what an object's column has under a key.

Values are compared as what they are in JSON: a number never equals a text, a key that is not there equals nothing,
not even null.  C{!=} and C{not in} hold wherever C{=} and C{in} do not.  Not here: the SQL of each database
(L{arvgate.records.lists.predicates}).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, true

from arvgate.errors import Invalid
from arvgate.model.records import Filter
from arvgate.records.lists.predicates import Predicates

__all__ = ["member_condition"]


def member_condition(column: ColumnElement[Any], one: Filter, predicates: Predicates) -> ColumnElement[bool]:
    """
    One filter with a key as a condition on the column.

    @raise Invalid: the operator is unknown.
    """
    key, operand = str(one.key), one.operand
    match one.operator:
        case "=":
            return predicates.member_within(column, key, (operand,))
        case "!=":
            return _unless(predicates.member_within(column, key, (operand,)))
        case "in":
            return predicates.member_within(column, key, operand)
        case "not in":
            return _unless(predicates.member_within(column, key, operand))
        case "<" | "<=" | ">" | ">=":
            return predicates.member_compared(column, key, one.operator, operand)
        case "like" | "ilike":
            return predicates.member_like(column, key, operand, one.operator == "ilike")
        case "exists":
            found = predicates.has_keys(column, (key,))
            return found if operand else _unless(found)
        case "contains":
            return and_(true(), *(predicates.member_contains(column, key, value) for value in operand))
        case _:
            raise Invalid(f"There is no filter operator {one.operator!r} for keys")


def _unless(holds: ColumnElement[bool]) -> ColumnElement[bool]:
    """Where a condition does not hold, also for want of a value."""
    return holds.is_not(true())
