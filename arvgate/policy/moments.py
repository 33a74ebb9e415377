"""
The moment of a transaction: later than that of the one before it.

Records that are listed in the order of their making, page after page, are then all found, whatever is being added: what
a reader has not seen yet is later than all that it has.  Not here: clocks, and where the last moment is kept
(L{arvgate.records.changes}).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

__all__ = ["MAX_AHEAD", "next_moment"]

#: How far moments may be ahead of the clock; a clock that was set back by more is believed.
MAX_AHEAD: Final = timedelta(minutes=1)

_STEP: Final = timedelta(microseconds=1)


def next_moment(clock: datetime, last: datetime | None) -> datetime:
    """
    The time of a transaction that begins now.

    @param clock: what the clock says.
    @param last: the time of the last transaction, if it is known.
    """
    if last is None or clock > last or last - clock > MAX_AHEAD:
        return clock
    return last + _STEP
