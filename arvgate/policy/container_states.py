"""
The states of a container, and who may change which field on the way from one to the next.

Reference D.7; design, "Tokens of a run".

Not here: what follows from a change, such as the end of a cycle's tokens (L{arvgate.records}).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum
from typing import Final

import attrs

__all__ = [
    "ENDED",
    "IN_CYCLE",
    "TRANSITIONS",
    "Attempt",
    "Role",
    "after_unlock",
    "lock_problems",
    "problems",
    "role_of",
]

#: State before to the states that may follow.
TRANSITIONS: Final[Mapping[str, frozenset[str]]] = {
    "Queued": frozenset({"Queued", "Locked", "Cancelled"}),
    "Locked": frozenset({"Locked", "Queued", "Running", "Cancelled"}),
    "Running": frozenset({"Running", "Complete", "Cancelled"}),
    "Complete": frozenset({"Complete", "Cancelled"}),
    "Cancelled": frozenset({"Cancelled"}),
}

#: States in which a lock cycle, with its tokens, is alive.
IN_CYCLE: Final = frozenset({"Locked", "Running"})

#: States after which nothing runs any more.
ENDED: Final = frozenset({"Complete", "Cancelled"})


class Role(Enum):
    """
    How a writer stands to a container.

    C{HOLDER} has locked it; C{SYSTEM} is the system itself, which ends what lost its runner; C{OWN} is the
    container's own token of this cycle; C{NONE} is everybody else, admins too.
    """

    HOLDER = "holder"
    SYSTEM = "system"
    OWN = "own"
    NONE = "none"


_PROGRESS: Final = frozenset({
    "progress", "runtime_status", "subrequests_cost", "cost", "log", "output", "output_properties",
    "exit_code",
})  # fmt: skip
_ADDRESS: Final = frozenset({"gateway_address", "listening_ports"})
_ENDING: Final = frozenset({"state", "finished_at", "log", "runtime_status", "cost"})

#: Role, state before and state after to the fields that may change; what is missing is forbidden.
_CHANGEABLE: Final[Mapping[tuple[Role, str, str], frozenset[str]]] = {
    (Role.HOLDER, "Locked", "Locked"): frozenset({"runtime_status", "log"}),
    (Role.HOLDER, "Locked", "Queued"): frozenset({"state", "runtime_status"}),
    (Role.HOLDER, "Locked", "Running"): _PROGRESS | _ADDRESS | {"state", "started_at"},
    (Role.HOLDER, "Locked", "Cancelled"): _ENDING,
    (Role.HOLDER, "Running", "Running"): _PROGRESS | _ADDRESS | {"interactive_session_started"},
    (Role.HOLDER, "Running", "Complete"): _PROGRESS | {"state", "finished_at"},
    (Role.HOLDER, "Running", "Cancelled"): _PROGRESS | {"state", "finished_at"},
    (Role.SYSTEM, "Queued", "Queued"): frozenset({"runtime_status"}),
    (Role.SYSTEM, "Queued", "Cancelled"): _ENDING,
    (Role.SYSTEM, "Locked", "Locked"): frozenset({"runtime_status"}),
    (Role.SYSTEM, "Locked", "Queued"): frozenset({"state"}),
    (Role.SYSTEM, "Locked", "Cancelled"): _ENDING,
    (Role.SYSTEM, "Running", "Running"): frozenset({"runtime_status", "interactive_session_started"}),
    (Role.SYSTEM, "Running", "Cancelled"): _ENDING | {"exit_code"},
    (Role.SYSTEM, "Complete", "Cancelled"): _ENDING,
    (Role.OWN, "Running", "Running"): frozenset({"progress", "runtime_status", "output_properties"}),
}


@attrs.frozen
class Attempt:
    """
    What is known of who tries to write.

    @ivar token_uuid: of the writer's token.
    @ivar container_uuid: named by the fourth part of the writer's token.
    @ivar is_system: the writer is the system itself.
    """

    token_uuid: str | None
    container_uuid: str | None = None
    is_system: bool = False


def role_of(
    attempt: Attempt, uuid: str, locked_by_uuid: str | None, auth_uuid: str | None, has_runtime_token: bool
) -> Role:
    """
    The role in which a writer comes.

    @param has_runtime_token: the container runs with a token that its requester gave; it is recognised by the
        container that the presented token names, which only a token that was checked against the record does.
    """
    if attempt.token_uuid is not None:
        if attempt.token_uuid == locked_by_uuid:
            return Role.HOLDER
        if attempt.token_uuid == auth_uuid:
            return Role.OWN
    if has_runtime_token and attempt.container_uuid == uuid:
        return Role.OWN
    return Role.SYSTEM if attempt.is_system else Role.NONE


def problems(role: Role, before: str, after: str, changed: Collection[str]) -> list[str]:
    """
    What forbids this change: one sentence for the transition, else one for each field.

    @param changed: names of the fields that get another value, C{state} included.
    """
    if after not in TRANSITIONS[before]:
        return [f"State cannot change from {before!r} to {after!r}"]
    allowed = _CHANGEABLE.get((role, before, after), frozenset())
    return [f"{field} cannot be modified in state {after!r}" for field in sorted(set(changed) - allowed)]


def lock_problems(state: str, priority: int) -> list[str]:
    """What forbids to lock a container."""
    if state != "Queued":
        return [f"A container that is {state} cannot be locked"]
    if priority <= 0:
        return ["A container with priority 0 cannot be locked"]
    return []


def after_unlock(failed_attempts: int, max_attempts: int) -> str:
    """The state after an unlock: C{Cancelled} once the container was locked in vain too many times."""
    return "Cancelled" if failed_attempts >= max_attempts else "Queued"
