"""
How long a token lasts and what it may be asked to cover (reference B.6, B.7).

Not here: whether a request fits a token's scopes on the way in (L{arvgate.policy.authenticator}).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

__all__ = ["derived_expiry", "expiry_within", "scope_problems", "worth_reusing"]

#: Characters of all scopes of a token as JSON: whoever asks for a token gets them in one piece.
_LONGEST_SCOPES: Final = 16_000


def scope_problems(scopes: Sequence[object]) -> list[str]:
    """What is wrong with the scopes that somebody wants for a token."""
    if not all(isinstance(scope, str) and (scope == "all" or " " in scope) for scope in scopes):
        return ["scopes must be an array of 'all' or texts of a method, a blank and a path"]
    if len(json.dumps(list(scopes))) > _LONGEST_SCOPES:
        return [f"scopes must not have more than {_LONGEST_SCOPES} characters altogether"]
    return []


def expiry_within(expires_at: datetime | None, now: datetime, lifetime: float) -> datetime | None:
    """C{expires_at}, or C{lifetime} seconds after C{now} if that is earlier; a lifetime of 0 limits nothing."""
    if lifetime <= 0:
        return expires_at
    latest = now + timedelta(seconds=lifetime)
    return latest if expires_at is None else min(expires_at, latest)


def derived_expiry(parent: datetime | None, now: datetime, lifetime: float | None) -> datetime | None:
    """When a child ends: after C{lifetime} seconds if given, and never after its parent."""
    ends = [moment for moment in (parent, now + timedelta(seconds=lifetime) if lifetime else None) if moment]
    return min(ends, default=None)


def worth_reusing(expires_at: datetime | None, wanted: datetime | None, now: datetime) -> bool:
    """Whether a token that ends at C{expires_at} lasts at least half as long as one until C{wanted} would."""
    if expires_at is None:
        return wanted is None
    return wanted is not None and expires_at > now and (expires_at - now) * 2 >= wanted - now
