"""
The filter language of lists: JSON in, typed conditions out (reference F.3).

Not here: the old C{where} parameter (L{arvgate.wire.parameters}) and the SQL that is made from the conditions
(L{arvgate.records}).  Left out of the language: lists of attributes, C{any}, C{column.key}, columns of other
records, C{is_a}, C{exists} and C{contains}.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from arvgate.errors import Invalid
from arvgate.model.records import Field, FieldType, Filter, Kind
from arvgate.wire.record_json import field_from_json
from arvgate.wire.strict_json import parse_json

__all__ = ["MAX_FILTERS", "MAX_OPERANDS", "parse_filters"]

#: Conditions that one list may have, and elements that all their operands may have together.
MAX_FILTERS: Final = 200
MAX_OPERANDS: Final = 10_000

_EQUALITY: Final = frozenset({"=", "!="})
_SETS: Final = frozenset({"in", "not in"})
_ORDERED: Final = _EQUALITY | _SETS | {"<", "<=", ">", ">="}
_TEXT: Final = _ORDERED | {"like", "ilike"}
_EVERY: Final = _TEXT

#: What can be asked of a field of each type.
_OPERATORS: Final[Mapping[FieldType, frozenset[str]]] = {
    "string": _TEXT,
    "text": _TEXT,
    "integer": _ORDERED,
    "bigint": _ORDERED,
    "float": _ORDERED,
    "datetime": _ORDERED,
    "boolean": _EQUALITY,
    "object": frozenset(),
    "array": frozenset(),
    "any": frozenset(),
}

_NUMERIC: Final = frozenset({"integer", "bigint", "float"})
_TRUE: Final = frozenset({"true", "t", "yes", "y", "1"})
_FALSE: Final = frozenset({"false", "f", "no", "n", "0"})


def parse_filters(value: Any, kind: Kind) -> tuple[Filter, ...]:
    """
    The conditions of a list of C{kind}, all of which must hold.

    @param value: an array of C{[attribute, operator, operand]}, or its JSON text; None for no conditions.
    @raise Invalid: unknown attribute or operator, or an operand of the wrong type; all problems at once.
    """
    if isinstance(value, str) and value:
        try:
            value = parse_json(value)
        except ValueError as error:
            raise Invalid(f"Invalid filters: {error}") from None
    if value is None or value == "":
        return ()
    if not isinstance(value, list):
        raise Invalid("Invalid filters: not an array")
    if len(value) > MAX_FILTERS:
        raise Invalid(f"Invalid filters: more than {MAX_FILTERS} of them")
    filters: list[Filter] = []
    problems: list[str] = []
    for item in value:
        try:
            filters.append(_parse_one(item, kind))
        except Invalid as error:
            problems.extend(error.problems)
    if problems:
        raise Invalid(*problems)
    if sum(len(one.operand) for one in filters if one.operator in _SETS) > MAX_OPERANDS:
        raise Invalid(f"Invalid filters: more than {MAX_OPERANDS} operands")
    return tuple(filters)


def _parse_one(item: Any, kind: Kind) -> Filter:
    match item:
        case [str(attribute), str(operator), operand]:
            pass
        case _:
            raise Invalid("Invalid filter: not an array of attribute, operator and operand")
    table, dot, column = attribute.rpartition(".")
    field = kind.field(column if not dot or table == kind.path else attribute)
    if field is None or not field.searchable or field.secret:
        raise Invalid(f"Invalid attribute {attribute[:100]!r} in filter")
    name = "!=" if operator == "<>" else " ".join(operator.lower().split())
    if name not in _EVERY:
        raise Invalid(f"Invalid operator {operator[:100]!r} in filter")
    if name not in _OPERATORS[field.type]:
        raise Invalid(f"Invalid operator {operator!r} for attribute {field.name!r} in filter")
    return Filter(field.name, name, _operand(field, name, operand))


def _operand(field: Field, operator: str, operand: Any) -> Any:
    wrong = Invalid(f"Invalid operand for attribute {field.name!r} and operator {operator!r} in filter")
    if operator in _SETS:
        if not isinstance(operand, list):
            raise wrong
        return tuple(_value(field, one, wrong) for one in operand)
    if operand is None and operator not in _EQUALITY:
        raise wrong
    if field.type == "boolean" and isinstance(operand, str | int):
        return _word(operand, wrong)
    if field.type in _NUMERIC and isinstance(operand, str):
        operand = _number(operand, wrong)
    return _value(field, operand, wrong)


def _value(field: Field, operand: Any, wrong: Invalid) -> Any:
    if operand is None:
        return None
    try:
        return field_from_json(field, operand)
    except Invalid:
        raise wrong from None


def _word(operand: str | int, wrong: Invalid) -> bool:
    word = str(operand).lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise wrong


def _number(text: str, wrong: Invalid) -> int | float:
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    raise wrong
