"""
When a record goes to the trash, and when it is deleted for good (reference F.6).

Not here: who may do that, and who deletes (L{arvgate.records}).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

__all__ = ["problems", "settle"]


def problems(record: dict[str, Any]) -> list[str]:
    """What is wrong with the times of a record that L{settle} has completed."""
    trash_at, delete_at = record["trash_at"], record["delete_at"]
    if delete_at is not None and (trash_at is None or delete_at < trash_at):
        return ["delete_at must not be before trash_at"]
    return []


def settle(record: dict[str, Any], trash_at_changed: bool, delete_at_changed: bool, now: datetime, kept: float) -> None:
    """
    Complete the times of a record that is about to be written.

    Without a time for the trash there is none for the end; with a new one the end comes C{kept} seconds later unless
    another one is given with it.

    @param kept: seconds for which the trash is kept.
    """
    trash_at = record["trash_at"]
    if trash_at is None:
        if not delete_at_changed:
            record["delete_at"] = None
    elif trash_at_changed:
        trash_at = record["trash_at"] = max(trash_at, now)
        if not delete_at_changed or record["delete_at"] is None:
            record["delete_at"] = trash_at + timedelta(seconds=kept)
    elif record["delete_at"] is None:
        record["delete_at"] = trash_at + timedelta(seconds=kept)
    record["is_trashed"] = trash_at is not None and trash_at <= now
