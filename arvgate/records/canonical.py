"""
JSON in one form.

Not here: what is kept as JSON (L{arvgate.records.schema}).
"""

from __future__ import annotations

import json
from typing import Any

__all__ = ["canonical_json"]


def canonical_json(value: Any) -> str:
    """JSON without blanks, keys sorted at every level: equal values have equal texts."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
