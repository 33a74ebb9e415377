"""
Moments and spans of time in words.

Not here: the pages that say them.
"""

from __future__ import annotations

from datetime import UTC, datetime

import attrs

__all__ = ["Moment", "moment", "span"]

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


@attrs.frozen
class Moment:
    """A moment for machines, for people, and how long ago it was."""

    iso: str
    text: str
    ago: str


def moment(at: datetime, now: datetime) -> Moment:
    """How a moment is shown."""
    utc = at.astimezone(UTC)
    seconds = (now - at).total_seconds()
    ago = "just now" if seconds < 10 else f"{span(seconds)} ago"
    return Moment(iso=utc.isoformat(timespec="seconds"), text=f"{utc:%Y-%m-%d %H:%M} UTC", ago=ago)


def span(seconds: float) -> str:
    """A length of time in its largest unit."""
    whole = max(0, int(seconds))
    size, unit = next(((size, unit) for size, unit in _UNITS if whole >= size), _UNITS[-1])
    number = whole // size
    return f"{number} {unit}{'' if number == 1 else 's'}"
