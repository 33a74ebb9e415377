"""
The table of the change feed as the store's journal: kept short, and asked when the last transaction was.

Not here: reading it (L{arvgate.records.database.feed}) and writing it (L{arvgate.records.transaction}).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, func, select

from arvgate.policy.moments import next_moment
from arvgate.records.schema import CHANGES
from arvgate.records.transaction import Transaction

__all__ = ["KEPT", "forget_old", "moment_of"]

#: How long a change row stays; whoever reads slower has lost the database anyway and drops every cache.
KEPT: Final = timedelta(hours=1)


def forget_old(tx: Transaction) -> None:
    """Delete the rows that every reader has seen long ago; the newest stays, for it numbers the present state."""
    newest = select(func.max(CHANGES.c.id)).scalar_subquery()
    tx.connection.execute(delete(CHANGES).where(CHANGES.c.at < tx.now - KEPT, CHANGES.c.id < newest))


def moment_of(connection: Connection, clock: datetime) -> datetime:
    """
    The time of a write transaction that has just begun; no other one can be under way.

    The time of the last one is asked of the database, for other processes write too.

    @param clock: what the clock says.
    """
    last = connection.scalar(select(CHANGES.c.at).order_by(CHANGES.c.id.desc()).limit(1))
    return next_moment(clock, last)
