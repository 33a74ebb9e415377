"""
Whether the values that a runner reports of its container are acceptable (reference D.7).

Not here: whether it may report them now (L{arvgate.policy.container_states}).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["problems", "without_warning"]

_STATUS_TEXTS: Final = (
    "error", "errorDetail", "warning", "warningDetail", "activity", "preemptionNotice",
)  # fmt: skip

_ADDRESS: Final = re.compile(r"(?:tunnel \S+|\S+:[0-9]{1,5})?\Z", re.ASCII)


def problems(values: Mapping[str, Any]) -> list[str]:
    """One sentence for each of the new C{values} that cannot be."""
    found = [
        f"runtime_status: {key} must be text"
        for key in _STATUS_TEXTS
        if not isinstance((values.get("runtime_status") or {}).get(key, ""), str)
    ]
    if not _ADDRESS.match(values.get("gateway_address") or ""):
        found.append("gateway_address must be HOST:PORT, or 'tunnel' and a URL")
    if not all(_is_port(port) for port in values.get("listening_ports") or ()):
        found.append("listening_ports must be an array of port numbers")
    progress = values.get("progress")
    if progress is not None and not 0 <= progress <= 1:
        found.append("progress must be between 0 and 1")
    if values.get("interactive_session_started") is False:
        found.append("interactive_session_started cannot be taken back")
    for name in ("cost", "subrequests_cost"):
        if (values.get(name) or 0) < 0:
            found.append(f"{name} cannot be negative")
    return found


def without_warning(runtime_status: Mapping[str, Any]) -> dict[str, Any]:
    """What is left of a C{runtime_status} when what it warned of is over."""
    return {key: value for key, value in runtime_status.items() if key not in ("warning", "warningDetail")}


def _is_port(port: object) -> bool:
    return isinstance(port, int) and not isinstance(port, bool) and 1 <= port <= 65535
