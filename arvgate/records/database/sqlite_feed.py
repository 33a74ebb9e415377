"""
The change feed of SQLite: that others have written is seen by polling C{data_version}.

The version is asked on a connection outside any transaction, where it costs no read of the file; only when it moved
are the new rows read.  Not here: reading and telling them (L{arvgate.records.database.feed}).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from arvgate.records.database.engine import store_errors, watching
from arvgate.records.database.feed import ChangeFeed

__all__ = ["POLL_INTERVAL", "SQLiteFeed"]

#: Seconds between two looks at the version.
POLL_INTERVAL: Final = 0.2


class SQLiteFeed(ChangeFeed):
    """Looks at the version of the file's data."""

    interval = POLL_INTERVAL

    _watch: Connection | None = None
    _version: int | None = None

    async def _open(self) -> None:
        self._version = await self._worker.read(self._ask)

    async def _close(self) -> None:
        await self._worker.read(self._forget)

    async def _look(self) -> None:
        version = await self._worker.read(self._ask)
        if version != self._version or self._lost:
            await self._read()
        self._version = version

    def _ask(self) -> int:
        with store_errors():
            if self._watch is None:
                self._watch = watching(self._engine)
            return int(self._watch.exec_driver_sql("PRAGMA data_version").scalar_one())

    def _forget(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None
