"""
The id by which one request is found in every log on its way (C{X-Request-Id}).

Not here: who writes it where.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from arvgate.model.ids import random_base36

__all__ = ["REQUEST_ID", "read_request_id", "request_id", "without_request_id"]

#: The field's name.
REQUEST_ID = b"X-Request-Id"

_LOWER = REQUEST_ID.lower()
_SANE = re.compile(rb"[0-9A-Za-z._-]{1,128}\Z")

Field = tuple[bytes, bytes]


def read_request_id(headers: Iterable[Field]) -> bytes:
    """The id that a request brings; empty if it brings none, several, or one that is not sane."""
    given = [value for name, value in headers if name.lower() == _LOWER]
    return given[0] if len(given) == 1 and _SANE.match(given[0]) else b""


def request_id(headers: Iterable[Field], randbelow: Callable[[int], int]) -> bytes:
    """
    The client's own id if it is a sane one, else a new one (reference A).

    @param randbelow: as C{secrets.randbelow}.
    """
    return read_request_id(headers) or f"req-{random_base36(20, randbelow)}".encode()


def without_request_id(headers: Iterable[Field]) -> list[Field]:
    """The fields without any id; an underscore counts as a hyphen, as to applications behind CGI-like interfaces."""
    return [field for field in headers if field[0].lower().replace(b"_", b"-") != _LOWER]
