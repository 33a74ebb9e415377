"""
Lines of the access log: one exchange each, as JSON.

A line is plain ASCII without control characters and fits into one write to a pipe, whatever a client sent.  It holds no
query, no header field but Host, and no token, not even one in the path.  Not here: where the facts come from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

__all__ = ["LINE_LIMIT", "access_line", "path_text", "seconds", "time_text"]

Value = str | int | float | bool | None

#: Bytes of a line; the kernel writes so many to a pipe at once or not at all (PIPE_BUF on Linux).
LINE_LIMIT: Final = 4096
_PATH_LIMIT: Final = 1024
_SHORT: Final = 256
_CUT: Final = "..."
_SECRET = re.compile(r"(v2(?:/|%2f)[0-9a-z]{5}-gj3su-[0-9a-z]{15}(?:/|%2f))[^/?&%]+", re.IGNORECASE)
_encode = json.JSONEncoder(separators=(",", ":")).encode


def access_line(facts: Mapping[str, Value]) -> bytes:
    """
    The line, with its line end.

    @param facts: by name, in order; what is longer than a line can hold is cut.
    """
    text = _encode(facts)
    if len(text) >= LINE_LIMIT:
        text = _encode({name: _short(value) for name, value in facts.items()})
    return text.replace("\x7f", "\\u007f").encode("ascii") + b"\n"


def path_text(target: bytes) -> str:
    """A request's target without its query; a token in it loses its secret."""
    path = target.partition(b"?")[0]
    cut = len(path) > _PATH_LIMIT
    text = path[:_PATH_LIMIT].decode("utf-8", "backslashreplace")
    if "-gj3su-" in text or "-GJ3SU-" in text:
        text = _SECRET.sub(rf"\1{_CUT}", text)
    return text + _CUT if cut else text


def seconds(value: float) -> float | None:
    """A duration to the millisecond; None for a negative one, which stands for none."""
    return round(value, 3) if value >= 0 else None


def time_text(timestamp: float) -> str:
    """A Unix time as RFC 3339 has it, UTC, to the millisecond."""
    return datetime.fromtimestamp(timestamp, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _short(value: Value) -> Value:
    if isinstance(value, str) and len(value) > _SHORT:
        return value[:_SHORT] + _CUT
    return value
