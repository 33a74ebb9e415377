"""
Whether attributes that somebody sends fit the declaration of their kind: names, types, null, and who sets them.

Not here: rules that belong to one kind only (L{arvgate.policy.request_values}, L{arvgate.records}).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from arvgate.model.ids import is_uuid
from arvgate.model.kinds_common import IGNORED_ATTRIBUTES
from arvgate.model.records import Field, FieldType, Kind

__all__ = ["known_attributes", "problems"]

_LONGEST_STRING: Final = 255


def known_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """C{attributes} without those that clients may send and nobody looks at."""
    return {name: value for name, value in attributes.items() if name not in IGNORED_ATTRIBUTES}


def problems(kind: Kind, attributes: Mapping[str, Any], is_admin: bool, is_new: bool) -> list[str]:
    """
    One sentence for each attribute that C{kind} does not have or that cannot have this value.

    @param is_admin: only an admin chooses the uuid of a new record.
    @param is_new: the record is about to be made; else the uuid cannot change.
    """
    found = []
    for name, value in attributes.items():
        field = kind.field(name)
        if field is None:
            found.append(f"{kind.singular} has no attribute {name!r}")
        elif name == "uuid":
            found.extend(_uuid_problems(kind, value, is_admin, is_new))
        elif not field.settable and value is not None:
            found.append(f"{name} is set by the system")
        elif field.settable:
            found.extend(_value_problems(field, value))
    return found


def _uuid_problems(kind: Kind, value: object, is_admin: bool, is_new: bool) -> list[str]:
    if not is_new:
        return ["uuid cannot be changed"]
    if not is_admin:
        return ["uuid is set by the system"]
    if not isinstance(value, str) or not is_uuid(value, kind.path):
        return [f"uuid is not the UUID of a {kind.singular}"]
    return []


def _value_problems(field: Field, value: object) -> list[str]:
    if value is None:
        return [] if field.nullable else [f"{field.name} cannot be null"]
    fits, description = _TYPES[field.type]
    return [] if fits(value) else [f"{field.name} must be {description}"]


def _is_string(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_STRING and _is_text(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value and _is_unicode(value)


def _is_unicode(value: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _is_integer(bits: int) -> Callable[[object], bool]:
    end = 1 << (bits - 1)

    def fits(value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and -end <= value < end

    return fits


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < float("inf")


def _is_json(value: object) -> bool:
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return _is_unicode(text) and "\\u0000" not in text


_TYPES: Final[Mapping[FieldType, tuple[Callable[[object], bool], str]]] = {
    "string": (_is_string, f"text of at most {_LONGEST_STRING} characters"),
    "text": (_is_text, "text"),
    "integer": (_is_integer(32), "an integer of at most 32 bits"),
    "bigint": (_is_integer(64), "an integer of at most 64 bits"),
    "float": (_is_number, "a number"),
    "boolean": (lambda value: isinstance(value, bool), "true or false"),
    "datetime": (lambda value: isinstance(value, datetime) and value.tzinfo is not None, "a time"),
    "object": (lambda value: isinstance(value, dict) and _is_json(value), "an object"),
    "array": (lambda value: isinstance(value, list) and _is_json(value), "an array"),
    "any": (_is_json, "JSON"),
}
