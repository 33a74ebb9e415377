"""
JSON in one form.

Not here: what is kept as JSON (L{arvgate.records.schema}).
"""

from __future__ import annotations

import json
from typing import Any, Final

__all__ = ["canonical_json", "from_canonical"]

_DECODER: Final = json.JSONDecoder()


def canonical_json(value: Any) -> str:
    """JSON without blanks, keys sorted at every level: equal values have equal texts."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def from_canonical(text: str) -> Any:
    """The value whose text L{canonical_json} made; a new one each time."""
    if text == "{}":
        return {}
    if text == "[]":
        return []
    value, _ = _DECODER.raw_decode(text)
    return value
