"""
Which of the containers that wait are started now on one node, and which never will be.

Strictly by priority: what does not fit yet is waited for, since otherwise small containers could keep a large one
waiting for ever.  Not here: starting them (L{arvgate.dispatch}).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import attrs

__all__ = ["Capacity", "Need", "Placement", "Waiting", "place"]


@attrs.frozen
class Need:
    """
    What a container takes.

    @ivar ram: bytes.
    """

    vcpus: int
    ram: int


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
    """

    start: Sequence[str]
    refused: Sequence[tuple[str, str]]


def place(waiting: Iterable[Waiting], running: Sequence[Need], capacity: Capacity) -> Placement:
    """Decide what to start beside what runs already."""
    vcpus = capacity.vcpus - sum(need.vcpus for need in running)
    ram = capacity.ram - sum(need.ram for need in running)
    places = capacity.containers - len(running) if capacity.containers else None
    start: list[str] = []
    refused: list[tuple[str, str]] = []
    blocked = False
    for one in sorted(waiting, key=lambda one: (-one.priority, one.created_at, one.uuid)):
        reason = _refusal(one, capacity)
        if reason:
            refused.append((one.uuid, reason))
            continue
        fits = one.need.vcpus <= vcpus and one.need.ram <= ram and (places is None or places > len(start))
        blocked = blocked or not fits
        if not blocked:
            start.append(one.uuid)
            vcpus -= one.need.vcpus
            ram -= one.need.ram
    return Placement(tuple(start), tuple(refused))


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
