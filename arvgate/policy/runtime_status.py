"""
What a container's C{runtime_status} says in one sentence.

Not here: writing it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["reason_of"]


def reason_of(runtime_status: Mapping[str, Any] | None) -> str:
    """The gravest of what it says; empty if it says nothing."""
    status = runtime_status or {}
    for key in ("error", "warning", "activity"):
        text = status.get(key)
        if isinstance(text, str) and text:
            return text
    return ""
