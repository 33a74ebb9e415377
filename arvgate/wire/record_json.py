"""
Records as JSON objects, and JSON attributes as the values of a record (reference F.1, F.5).

Not here: the parameters that attributes arrive in (L{arvgate.wire.parameters}) and whether a value is
acceptable, which is policy.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from arvgate.errors import Invalid
from arvgate.model.kinds_common import IGNORED_ATTRIBUTES
from arvgate.model.records import Field, FieldType, Kind, Page, Record
from arvgate.wire.strict_json import parse_json

__all__ = [
    "attributes_from_json", "field_from_json", "format_time", "list_to_json", "parse_time", "record_to_json",
]  # fmt: skip

_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?)?\Z", re.ASCII)


def format_time(moment: datetime) -> str:
    """An aware time as C{YYYY-MM-DDTHH:MM:SS.nnnnnnnnnZ}, in UTC with nine digits of fraction."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "000Z"


def parse_time(text: str) -> datetime | None:
    """
    The aware UTC time that C{text} is; None if it is none.

    Accepts what L{format_time} makes, fewer or no digits of fraction, a blank for the T, an offset for the Z
    (neither means UTC), and a date alone.  Digits beyond microseconds are cut off.
    """
    match = _TIME.match(text)
    if match is None:
        return None
    date, clock, fraction, zone = match.groups()
    offset = "+00:00" if zone in (None, "Z") else zone
    try:
        moment = datetime.fromisoformat(f"{date}T{clock or '00:00:00'}.{(fraction or '').ljust(6, '0')[:6]}{offset}")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def record_to_json(
    kind: Kind,
    record: Mapping[str, Any],
    select: Collection[str] | None = None,
    revealed: Collection[str] = (),
) -> dict[str, Any]:
    """
    A record as a JSON object, C{kind} and C{etag} always among its members.

    @param select: names of the fields to show; None for all that the record has.
    @param revealed: names of secret fields to show nevertheless, for the one answer that hands out a secret.
    """
    shown: dict[str, Any] = {"kind": kind.name}
    for field in kind.fields:
        name = field.name
        if name not in record or (field.secret and name not in revealed):
            continue
        if select is not None and name not in select and name not in revealed and name != "etag":
            continue
        value = record[name]
        shown[name] = format_time(value) if isinstance(value, datetime) else value
    return shown


def list_to_json(
    kind: Kind, page: Page, limit: int, offset: int, select: Collection[str] | None = None
) -> dict[str, Any]:
    """A page of a list in its envelope (reference F.2)."""
    envelope: dict[str, Any] = {
        "kind": f"{kind.name}List",
        "etag": "",
        "self_link": "",
        "items": [record_to_json(kind, item, select) for item in page.items],
        "offset": offset,
        "limit": limit,
    }
    if page.items_available is not None:
        envelope["items_available"] = page.items_available
    return envelope


def attributes_from_json(kind: Kind, attributes: Mapping[str, Any]) -> Record:
    """
    The attributes a client sent as typed values of C{kind}'s fields.

    What clients send back without meaning it (L{IGNORED_ATTRIBUTES}, fields that are only made for reading)
    is left out.  Objects and arrays may also come as JSON text.

    @raise Invalid: unknown attributes or values of the wrong type, all of them at once.
    """
    values: Record = {}
    problems: list[str] = []
    for name, value in attributes.items():
        field = kind.field(name)
        if name in IGNORED_ATTRIBUTES or (field is not None and not field.stored):
            continue
        if field is None:
            problems.append(f"Unknown attribute {name[:100]!r} of a {kind.singular}")
            continue
        try:
            values[name] = field_from_json(field, value)
        except Invalid as error:
            problems.extend(error.problems)
    if problems:
        raise Invalid(*problems)
    return values


def field_from_json(field: Field, value: Any) -> Any:
    """
    One attribute's JSON value as the value of its field.

    @raise Invalid: null for a field that is never null, or the wrong type.
    """
    if value is None:
        if not field.nullable:
            raise Invalid(f"{field.name} cannot be null")
        return None
    wanted, read = _READERS[field.type]
    try:
        return read(value)
    except (TypeError, ValueError):
        raise Invalid(f"{field.name} must be {wanted}") from None


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(bits: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError
        if not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
            raise ValueError
        return value

    return read


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    try:
        number = float(value)
    except OverflowError:
        raise ValueError from None
    if not math.isfinite(number):
        raise ValueError
    return number


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _time(value: Any) -> datetime:
    moment = parse_time(_string(value))
    if moment is None:
        raise ValueError
    return moment


def _structure(wanted: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if isinstance(value, str):
            value = parse_json(value)
        if not isinstance(value, wanted):
            raise TypeError
        return value

    return read


_READERS: Final[Mapping[FieldType, tuple[str, Callable[[Any], Any]]]] = {
    "string": ("a string", _string),
    "text": ("a string", _string),
    "integer": ("a whole number of at most 32 bits", _whole(32)),
    "bigint": ("a whole number of at most 64 bits", _whole(64)),
    "float": ("a number", _float),
    "boolean": ("true or false", _boolean),
    "datetime": ("a time such as 2026-01-31T12:00:00Z", _time),
    "object": ("an object", _structure(dict)),
    "array": ("an array", _structure(list)),
    "any": ("a JSON value", lambda value: value),
}
