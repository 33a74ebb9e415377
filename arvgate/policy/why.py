"""
All checks of one question why, in their order, with those that were not made.

Not here: the verdicts themselves (L{arvgate.policy.why_entry}, L{arvgate.policy.why_hop}).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from arvgate.model.checks import Check, Result

__all__ = ["complete", "failure"]

_BEFORE_PORTS: Final = ("token", "container", "scope", "access", "state", "runner", "proof", "clock")
_OF_PORTS: Final = ("port", "app")


def complete(checks: Sequence[Check], with_port: bool) -> Sequence[Check]:
    """
    C{checks}, and behind them those that were not made.

    @param with_port: a port was asked for.
    """
    names = _BEFORE_PORTS + _OF_PORTS if with_port else _BEFORE_PORTS
    skipped = [Check(name, Result.SKIPPED, "Not checked.") for name in names[len(checks) :]]
    return [*checks, *skipped]


def failure(checks: Sequence[Check]) -> Check | None:
    """The first check that failed; None if none did."""
    return next((check for check in checks if check.result is Result.FAILED), None)
