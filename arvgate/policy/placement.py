"""
Which of the containers that wait are started now on one node, and which never will be.

Strictly by priority: what does not fit yet is waited for, since otherwise small containers could keep a large one
waiting for ever.  Who waits for a limit of its own user lets other users pass, but none of the same.  Not here: the
limits (L{arvgate.policy.user_limits}) and starting containers (L{arvgate.dispatch}).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

import attrs

from arvgate.policy.user_limits import NO_LIMITS, Need, UserLimits, over_limit, too_large

__all__ = ["Capacity", "Placement", "Waiting", "place"]

_NOTHING: Final[Mapping[str, int]] = MappingProxyType({})


@attrs.frozen
class Capacity:
    """
    What a node has for containers.

    @ivar containers: how many at once; 0: only CPUs and memory limit them.
    @ivar ram: bytes.
    @ivar admins_only: the engine runs nothing of anybody but administrators.
    """

    vcpus: int
    ram: int
    containers: int = 0
    admins_only: bool = False


@attrs.frozen
class Waiting:
    """
    A queued container.

    @ivar by_admin: its runtime user is an administrator.
    """

    uuid: str
    priority: int
    created_at: datetime
    need: Need
    by_admin: bool


@attrs.frozen
class Placement:
    """
    A decision.

    @ivar start: UUIDs, in the order in which they are to be started.
    @ivar refused: pairs of UUID and the reason why it will never run here.
    @ivar held: UUIDs of those that wait for a limit of their user, with the reason.
    """

    start: Sequence[str]
    refused: Sequence[tuple[str, str]]
    held: Mapping[str, str] = attrs.Factory(dict)


def place(
    waiting: Iterable[Waiting],
    running: Sequence[Need],
    capacity: Capacity,
    limits: UserLimits = NO_LIMITS,
    outputs: Mapping[str, int] = _NOTHING,
) -> Placement:
    """
    Decide what to start beside what runs already.

    @param outputs: bytes of output that are kept, by user.
    """
    room = _Room(running, capacity)
    users = _Users(running, limits, outputs)
    start: list[str] = []
    refused: list[tuple[str, str]] = []
    held: dict[str, str] = {}
    for one in sorted(waiting, key=lambda one: (-one.priority, one.created_at, one.uuid)):
        reason = _refusal(one, capacity) or too_large(one.need, limits)
        if reason:
            refused.append((one.uuid, reason))
            continue
        reason = users.reason_to_wait(one)
        if reason:
            held[one.uuid] = reason
        elif room.takes(one.need):
            users.add(one.need)
            start.append(one.uuid)
    return Placement(tuple(start), tuple(refused), held)


class _Room:
    """What a node has left; once something had to wait for it, nothing more is taken."""

    def __init__(self, running: Sequence[Need], capacity: Capacity) -> None:
        self._vcpus = capacity.vcpus - sum(need.vcpus for need in running)
        self._ram = capacity.ram - sum(need.ram for need in running)
        self._places = capacity.containers - len(running) if capacity.containers else None
        self._blocked = False

    def takes(self, need: Need) -> bool:
        fits = need.vcpus <= self._vcpus and need.ram <= self._ram and (self._places is None or self._places > 0)
        self._blocked = self._blocked or not fits
        if self._blocked:
            return False
        self._vcpus -= need.vcpus
        self._ram -= need.ram
        if self._places is not None:
            self._places -= 1
        return True


class _Users:
    """What each user has of the node."""

    def __init__(self, running: Sequence[Need], limits: UserLimits, outputs: Mapping[str, int]) -> None:
        self._limits = limits
        self._outputs = outputs
        self._running: dict[str, list[Need]] = {}
        self._first: dict[str, str] = {}
        for need in running:
            self.add(need)

    def add(self, need: Need) -> None:
        self._running.setdefault(need.user_uuid, []).append(need)

    def reason_to_wait(self, one: Waiting) -> str:
        user = one.need.user_uuid
        running = self._running.get(user, [])
        reason = over_limit(one.need, running, self._outputs.get(user, 0), self._limits)
        first = self._first.get(user)
        if reason and first is None:
            self._first[user] = one.uuid
        elif not reason and first is not None:
            return f"Your container {first} comes first, and waits for a limit per user."
        return reason


def _refusal(one: Waiting, capacity: Capacity) -> str:
    if capacity.admins_only and not one.by_admin:
        return (
            "The process engine runs containers of administrators only, unless the configuration names a separate "
            "account for them (Arvgate.Engines.Process.Account)."
        )
    if one.need.vcpus > capacity.vcpus:
        return f"The container asks for {one.need.vcpus} CPUs; this node has {capacity.vcpus} for containers."
    if one.need.ram > capacity.ram:
        return f"The container asks for {one.need.ram} bytes of memory; this node has {capacity.ram} for containers."
    return ""
