"""
What one user may take of a node at a time, and what is said to those who wait for it.

The sentences do not depend on what else happens on the node, so that they rarely change.  Not here: in which order
containers are looked at (L{arvgate.policy.placement}).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

__all__ = ["NO_LIMITS", "Need", "UserLimits", "output_left", "over_limit", "size_text", "too_large"]

_UNITS: Final = (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10))


@attrs.frozen
class Need:
    """
    What a container takes.

    @ivar ram: bytes.
    @ivar user_uuid: of the user as whom it runs.
    """

    vcpus: int
    ram: int
    user_uuid: str = ""


@attrs.frozen
class UserLimits:
    """
    The limits of each user on a node; 0: no limit.

    @ivar containers: that run at once; C{vcpus} and C{ram} (bytes) of those likewise.
    @ivar output: bytes of output that are kept.
    """

    containers: int = 0
    vcpus: int = 0
    ram: int = 0
    output: int = 0


NO_LIMITS: Final = UserLimits()


def too_large(need: Need, limits: UserLimits) -> str:
    """Why a container can never run within the limits; empty if it can."""
    if limits.vcpus and need.vcpus > limits.vcpus:
        return f"The container asks for {need.vcpus} CPUs; one user gets {limits.vcpus} of this node."
    if limits.ram and need.ram > limits.ram:
        return f"The container asks for {need.ram} bytes of memory; one user gets {limits.ram} of this node."
    return ""


def over_limit(need: Need, running: Sequence[Need], output: int, limits: UserLimits) -> str:
    """
    Why a container has to wait for others of its user; empty if it has not.

    @param running: containers of the same user.
    @param output: bytes of output that are kept of that user.
    """
    if limits.containers and len(running) >= limits.containers:
        count = f"{limits.containers} containers" if limits.containers > 1 else "a container"
        ending = "for one of them to end" if limits.containers > 1 else "for that one to end"
        return f"You have {count} running here, which is the limit per user; this one waits {ending}."
    if limits.vcpus and need.vcpus + sum(one.vcpus for one in running) > limits.vcpus:
        return (
            f"One user gets {limits.vcpus} CPUs here; this container asks for {need.vcpus} and waits for others of "
            "yours to end."
        )
    if limits.ram and need.ram + sum(one.ram for one in running) > limits.ram:
        return (
            f"One user gets {size_text(limits.ram)} of memory here; this container asks for {size_text(need.ram)} and "
            "waits for others of yours to end."
        )
    if limits.output and output >= limits.output:
        return (
            f"Your kept outputs take {size_text(output)} of {size_text(limits.output)} here; remove some with "
            "arvgate get --remove UUID, or wait until they expire."
        )
    return ""


def output_left(output: int, limits: UserLimits) -> int:
    """How many bytes of output a container may add to those that are kept of its user; 0: no limit."""
    return max(limits.output - output, 1) if limits.output else 0


def size_text(size: int) -> str:
    """A number of bytes for people."""
    for name, unit in _UNITS:
        if size >= unit:
            return f"{size / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{size} bytes"
