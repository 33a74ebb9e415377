"""
Keeping the table of the change feed short.

Not here: reading it (L{arvgate.records.feed}) and writing it (L{arvgate.records.transaction}).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import delete

from arvgate.records.schema import CHANGES
from arvgate.records.transaction import Transaction

__all__ = ["KEPT", "forget_old"]

#: How long a change row stays; whoever reads slower has lost the database anyway and drops every cache.
KEPT: Final = timedelta(hours=1)


def forget_old(tx: Transaction) -> None:
    """Delete the rows that every reader has seen long ago."""
    tx.connection.execute(delete(CHANGES).where(CHANGES.c.at < tx.now - KEPT))
