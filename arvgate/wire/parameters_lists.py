"""
What a list asks for: filters, order, limits, and what of each record (reference F.2).

Not here: the language of filters (L{arvgate.wire.filters}) and where parameters come from
(L{arvgate.wire.parameters}).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from arvgate.errors import Invalid
from arvgate.model.records import STRUCTURES, Condition, Kind, Query
from arvgate.wire.filters import parse_filters
from arvgate.wire.filters_attributes import ANY
from arvgate.wire.parameters import list_of, selected_names
from arvgate.wire.strict_json import parse_json

__all__ = ["list_query"]

_DEFAULT_LIMIT: Final = 100
_SPECIAL: Final = re.compile(r"([%_\\])")


def list_query(parameters: Mapping[str, Any], kind: Kind, max_items: int) -> Query:
    """
    What a list asks for.

    @param max_items: the limit is silently lowered to it.
    @raise Invalid: a parameter that cannot be what it is.
    """
    select = selected_names(parameters, kind)
    distinct = bool(parameters.get("distinct")) and select is not None
    return Query(
        filters=(*parse_filters(parameters.get("filters"), kind), *_where(parameters.get("where"), kind)),
        order=_order(parameters.get("order"), kind),
        limit=min(_count_of(parameters, "limit", _DEFAULT_LIMIT), max_items),
        offset=_count_of(parameters, "offset", 0),
        select=select if select is None or distinct or "etag" in select else (*select, "etag"),
        count=_wants_count(parameters.get("count")),
        distinct=distinct,
        include_trash=bool(parameters.get("include_trash")),
        include_old_versions=bool(parameters.get("include_old_versions")),
    )


def _order(value: Any, kind: Kind) -> tuple[tuple[str, str], ...]:
    """The order's items that can be understood; the others are dropped, as clients expect."""
    if isinstance(value, str) and value[:1] != "[":
        value = value.split(",")
    items: list[tuple[str, str]] = []
    for item in list_of("order", value):
        words = item.split() if isinstance(item, str) else []
        if not words or len(words) > 2:
            continue
        table, dot, column = words[0].rpartition(".")
        direction = words[1].lower() if len(words) == 2 else "asc"
        field = kind.field(column)
        if field is None or not field.searchable or field.type in STRUCTURES or (dot and table != kind.path):
            continue
        if direction in ("asc", "desc") and all(column != name for name, _ in items):
            items.append((column, direction))
    return tuple(items)


def _count_of(parameters: Mapping[str, Any], name: str, default: int) -> int:
    value = parameters.get(name)
    if value is None or value == "":
        return default
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        return value
    raise Invalid(f"{name} must be a whole number that is not negative")


def _wants_count(value: Any) -> bool:
    if value in (None, "", "exact"):
        return True
    if value == "none":
        return False
    raise Invalid("count must be exact or none")


def _where(value: Any, kind: Kind) -> tuple[Condition, ...]:
    """The older form of filters, an object: an attribute has a value, is in an array, or contains a text."""
    if isinstance(value, str) and value:
        try:
            value = parse_json(value)
        except ValueError as error:
            raise Invalid(f"where cannot be read: {error}") from None
    if value is None or value == "":
        return ()
    if not isinstance(value, dict):
        raise Invalid("where must be an object")
    return parse_filters([_where_one(name, wanted) for name, wanted in value.items()], kind)


def _where_one(name: str, wanted: Any) -> list[Any]:
    match wanted:
        case ["contains", str(text)]:
            pattern = _SPECIAL.sub(r"\\\1", text)
            return [name, "ilike" if name == ANY else "like", f"%{pattern}%"]
        case list():
            return [name, "in", wanted]
        case _:
            return [name, "=", wanted]
