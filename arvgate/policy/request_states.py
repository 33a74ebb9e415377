"""
The states of a container request and the fields that may change in each (reference D.3).

Not here: whether the values are acceptable (L{arvgate.policy.request_defaults}).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

__all__ = ["TRANSITIONS", "changed_fields", "problems", "same_mounts", "same_value"]

#: State before (None: a new record) to the states that may follow.
TRANSITIONS: Final[Mapping[str | None, frozenset[str]]] = {
    None: frozenset({"Uncommitted", "Committed"}),
    "Uncommitted": frozenset({"Uncommitted", "Committed"}),
    "Committed": frozenset({"Committed", "Final"}),
    "Final": frozenset({"Final"}),
}

_ALWAYS: Final = frozenset({"owner_uuid", "state", "name", "description", "properties"})

_DRAFT: Final = _ALWAYS | {
    "command", "container_count_max", "container_image", "cwd", "environment", "filters", "mounts",
    "output_path", "output_glob", "priority", "runtime_token", "runtime_constraints", "container_uuid", "use_existing",
    "scheduling_parameters", "secret_mounts", "output_name", "output_ttl", "output_storage_classes",
    "output_properties", "service", "published_ports",
}  # fmt: skip

#: State before and state after to what a writer may change.
_CHANGEABLE: Final[Mapping[tuple[str | None, str], frozenset[str]]] = {
    (None, "Uncommitted"): _DRAFT,
    (None, "Committed"): _DRAFT | {"cumulative_cost"},
    ("Uncommitted", "Uncommitted"): _DRAFT,
    ("Uncommitted", "Committed"): _DRAFT | {"cumulative_cost"},
    ("Committed", "Committed"): _ALWAYS | {"priority", "container_count_max", "container_uuid", "cumulative_cost"},
    ("Committed", "Final"): _ALWAYS | {"priority", "cumulative_cost"},
    ("Final", "Final"): _ALWAYS,
}

#: What an admin may change besides.
_ADMIN: Final[Mapping[tuple[str | None, str], frozenset[str]]] = {
    (None, "Committed"): frozenset({"log_uuid"}),
    ("Uncommitted", "Committed"): frozenset({"log_uuid"}),
    ("Committed", "Committed"): frozenset({"log_uuid"}),
    ("Committed", "Final"): frozenset({"log_uuid", "output_uuid"}),
}


def problems(before: str | None, after: str, changed: Collection[str], is_admin: bool) -> list[str]:
    """
    What forbids this change: one sentence for the transition, else one for each field.

    @param before: the state until now; None for a new record.
    @param after: the state that results.
    @param changed: names of the fields that get another value (L{changed_fields}).
    """
    if after not in TRANSITIONS.get(before, frozenset()):
        origin = "a new request" if before is None else f"a request that is {before}"
        return [f"State cannot become {after!r} from {origin}"]
    allowed = _CHANGEABLE[before, after]
    if is_admin:
        allowed |= _ADMIN.get((before, after), frozenset())
    return [f"{field} cannot be modified in state {after!r}" for field in sorted(set(changed) - allowed)]


def changed_fields(before: Mapping[str, Any], attributes: Mapping[str, Any]) -> frozenset[str]:
    """
    The names of those C{attributes} that differ from the record C{before}.

    A key that only C{before} has is no change; one that only C{attributes} has is compared with None.
    """
    return frozenset(
        name
        for name, value in attributes.items()
        if not (same_mounts if name == "mounts" else same_value)(before.get(name), value)
    )


def same_value(one: Any, other: Any) -> bool:
    """Whether writing one over the other changes nothing; null, empty array and empty object are equal."""
    if _is_empty(one) and _is_empty(other):
        return True
    return (type(one) is type(other) and bool(one == other)) or _same_number(one, other)


def _same_number(one: Any, other: Any) -> bool:
    numbers = (int, float)
    if isinstance(one, bool) or isinstance(other, bool):
        return False
    return isinstance(one, numbers) and isinstance(other, numbers) and one == other


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, list | dict) and not value)


def same_mounts(one: Any, other: Any) -> bool:
    """Whether two values of C{mounts} differ in nothing but keys that are 0, empty, false or null."""
    return same_value(_without_zeros(one), _without_zeros(other))


def _without_zeros(mounts: Any) -> Any:
    if not isinstance(mounts, dict):
        return mounts
    return {
        path: {key: value for key, value in mount.items() if key == "content" or value not in _ZEROS}
        if isinstance(mount, dict)
        else mount
        for path, mount in mounts.items()
    }


_ZEROS: Final = (0, "", False, None)
