"""
What can be asked of an attribute, and what an operand must be for it (reference F.3).

Not here: the arrays in which filters come (L{arvgate.wire.filters}).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from arvgate.errors import Invalid
from arvgate.model.ids import INFIXES
from arvgate.model.kinds import KINDS
from arvgate.model.records import STRUCTURES, WHOLE_NUMBERS, Field, FieldType
from arvgate.wire.filters_attributes import Subject
from arvgate.wire.record_json import field_from_json

__all__ = ["EVERY", "MAX_PATTERN", "operand_of", "operators_of"]

#: Characters of a pattern: SQLite takes 50,000 bytes.
MAX_PATTERN: Final = 10_000

_EQUALITY: Final = frozenset({"=", "!="})
_SETS: Final = frozenset({"in", "not in"})
_RANGES: Final = frozenset({"<", "<=", ">", ">="})
_PATTERNS: Final = frozenset({"like", "ilike"})
_ORDERED: Final = _EQUALITY | _SETS | _RANGES
_TEXT: Final = _ORDERED | _PATTERNS
_MEMBER: Final = _TEXT | {"exists", "contains"}

#: All operators there are.
EVERY: Final = _MEMBER | {"is_a"}

#: What can be asked of a field of each type; of an object, an array or any value as a whole only whether it is null.
_OPERATORS: Final[Mapping[FieldType, frozenset[str]]] = {
    "string": _TEXT,
    "text": _TEXT,
    "integer": _ORDERED,
    "bigint": _ORDERED,
    "float": _ORDERED,
    "datetime": _ORDERED,
    "boolean": _EQUALITY | _SETS,
    "object": _EQUALITY | {"exists", "contains"},
    "array": _EQUALITY | {"contains"},
    "any": _EQUALITY,
}

_TRUE: Final = frozenset({"true", "t", "yes", "y", "1"})
_FALSE: Final = frozenset({"false", "f", "no", "n", "0"})
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,19}\Z")
_DECIMAL: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]{1,3})?\Z", re.IGNORECASE)
_INT64: Final = range(-(2**63), 2**63)


def operators_of(subject: Subject) -> frozenset[str]:
    """The operators that can be asked of a filter's subject."""
    if subject.key is not None:
        return _MEMBER
    found = _OPERATORS[subject.field.type]
    return found | {"is_a"} if subject.field.name.endswith("uuid") else found


def operand_of(subject: Subject, operator: str, operand: Any) -> Any:
    """
    The typed value of an operand, for an operator that the subject has.

    @raise Invalid: it is of the wrong type.
    """
    try:
        if operator in _PATTERNS:
            return _pattern(operand)
        if operator == "is_a":
            return _infixes(operand)
        if subject.key is not None:
            return _for_member(operator, operand)
        return _for_field(subject.field, operator, operand)
    except (TypeError, ValueError, Invalid):
        wrong = f"Invalid operand for attribute {subject.text!r} and operator {operator!r} in filter"
        raise Invalid(wrong) from None


def _for_field(field: Field, operator: str, operand: Any) -> Any:
    if operator == "exists":
        return _text(operand)
    if operator == "contains":
        return _each(_text, operand if isinstance(operand, list) else [operand])
    if operator in _SETS:
        return _each(lambda value: _value(field, value), operand)
    if operand is None and operator not in _EQUALITY:
        raise TypeError
    if field.type in STRUCTURES and operand is not None:
        raise TypeError
    return _value(field, _number(field, operand) if isinstance(operand, str) else operand)


def _for_member(operator: str, operand: Any) -> Any:
    if operator == "exists":
        return _boolean(operand)
    if operator == "contains":
        return _each(_scalar, operand if isinstance(operand, list) else [operand])
    if operator in _SETS:
        return _each(_scalar, operand)
    value = _scalar(operand)
    if operator in _RANGES and (value is None or isinstance(value, bool)):
        raise TypeError
    return value


def _value(field: Field, operand: Any) -> Any:
    """A value of the field; numbers may be larger than the field's own can get."""
    if operand is None:
        return None
    if field.type == "boolean":
        return _word(operand)
    if field.type in WHOLE_NUMBERS:
        return _whole(operand)
    return field_from_json(field, operand)


def _each(read: Callable[[Any], Any], operand: Any) -> tuple[Any, ...]:
    if not isinstance(operand, list):
        raise TypeError
    return tuple(read(one) for one in operand)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _whole(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value not in _INT64:
        raise ValueError
    return value


def _scalar(value: Any) -> Any:
    """A JSON value that is neither object nor array."""
    if isinstance(value, int) and not isinstance(value, bool):
        return _whole(value)
    if value is None or isinstance(value, str | float | bool):
        return value
    raise TypeError


def _word(value: Any) -> bool:
    word = str(value).lower() if isinstance(value, str | int) else ""
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError


def _number(field: Field, text: str) -> Any:
    """Text for a column of numbers as its number, other text as it is."""
    if field.type in WHOLE_NUMBERS and _INTEGER.match(text):
        return int(text)
    if field.type == "float" and _DECIMAL.match(text):
        return float(text)
    return text


def _pattern(value: Any) -> str:
    """A pattern of C{like}, which may not end with half an escape."""
    text = _text(value)
    if len(text) > MAX_PATTERN or (len(text) - len(text.rstrip("\\"))) % 2:
        raise ValueError
    return text


def _infixes(operand: Any) -> tuple[str, ...]:
    """Of the kinds that are named those that there are."""
    names = _each(_text, operand if isinstance(operand, list) else [operand])
    return tuple(INFIXES[kind.path] for kind in KINDS.values() if kind.name in names)
