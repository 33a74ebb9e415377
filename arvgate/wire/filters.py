"""
The filter language of lists: JSON in, typed conditions out (reference F.3).

Not here: what attributes and operands may be (L{arvgate.wire.filters_attributes}, L{arvgate.wire.filters_operands}),
the old C{where} parameter (L{arvgate.wire.parameters}), and the SQL that is made from the conditions
(L{arvgate.records}).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from arvgate.errors import Invalid
from arvgate.model.records import WHOLE_NUMBERS, AnyOf, Condition, FieldName, Filter, Kind
from arvgate.wire.filters_attributes import ANY, Subject, subject_of, text_subjects
from arvgate.wire.filters_operands import EVERY, operand_of, operators_of
from arvgate.wire.strict_json import parse_json

__all__ = ["MAX_COMPARISONS", "MAX_FILTERS", "MAX_OPERANDS", "parse_filters"]

#: Filters that one list may have; comparisons that they may come to, one for each attribute of a filter and each
#: element that it must contain; and elements that all their operands may have together, once for each attribute.
#: SQLite takes expressions of a depth of 1,000, and 32,766 values.
MAX_FILTERS: Final = 200
MAX_COMPARISONS: Final = 500
MAX_OPERANDS: Final = 10_000

_COMPARISON: Final = re.compile(r"\( *([a-z_]+) *(=|<=?|>=?) *([a-z_]+) *\)\Z")


def parse_filters(value: Any, kind: Kind) -> tuple[Condition, ...]:
    """
    The conditions of a list of C{kind}, all of which must hold.

    @param value: an array of C{[attribute, operator, operand]} or C{"(column < column)"}, or its JSON text; None for
        no conditions.
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
    conditions: list[Condition] = []
    problems: list[str] = []
    for item in value:
        try:
            conditions.append(_comparison(item, kind) if isinstance(item, str) else _filter(item, kind))
        except Invalid as error:
            problems.extend(error.problems)
    if problems:
        raise Invalid(*problems)
    _check_size(conditions)
    return tuple(conditions)


def _check_size(conditions: Sequence[Condition]) -> None:
    if sum(one.comparisons for one in conditions) > MAX_COMPARISONS:
        raise Invalid(f"Invalid filters: more than {MAX_COMPARISONS} comparisons")
    filters = [one for condition in conditions for one in _filters_of(condition)]
    if sum(len(one.operand) for one in filters if isinstance(one.operand, tuple)) > MAX_OPERANDS:
        raise Invalid(f"Invalid filters: more than {MAX_OPERANDS} operands")


def _filters_of(condition: Condition) -> Sequence[Filter]:
    return condition.filters if isinstance(condition, AnyOf) else (condition,)


def _filter(item: Any, kind: Kind) -> Condition:
    match item:
        case [str(attribute), str(operator), operand]:
            attributes = [attribute]
        case [[_, *_] as attributes, str(operator), operand] if all(isinstance(one, str) for one in attributes):
            pass
        case _:
            raise Invalid("Invalid filter: not an array of attribute, operator and operand")
    name = "!=" if operator == "<>" else " ".join(operator.lower().split())
    if name not in EVERY:
        raise Invalid(f"Invalid operator {operator[:100]!r} in filter")
    if len(attributes) > MAX_COMPARISONS:
        raise Invalid(f"Invalid filter: more than {MAX_COMPARISONS} attributes")
    found = [
        _one(subject, name, operand)
        for attribute in attributes
        for subject in (text_subjects(kind) if attribute == ANY else (subject_of(attribute, kind),))
    ]
    return found[0] if len(found) == 1 else AnyOf(tuple(found))


def _one(subject: Subject, operator: str, operand: Any) -> Filter:
    if operator not in operators_of(subject):
        raise Invalid(f"Invalid operator {operator!r} for attribute {subject.text!r} in filter")
    value = operand_of(subject, operator, operand)
    return Filter(subject.field.name, operator, value, subject.key, subject.related)


def _comparison(text: str, kind: Kind) -> Filter:
    """A condition on two columns of whole numbers, written as text."""
    match = _COMPARISON.match(text)
    if match is None:
        raise Invalid(f"Invalid filter {text[:100]!r}: not of the form '(column < column)'")
    left, operator, right = match.groups()
    for name in (left, right):
        if subject_of(name, kind).field.type not in WHOLE_NUMBERS:
            raise Invalid(f"Invalid filter: {name!r} is no whole number")
    return Filter(left, operator, FieldName(right))
