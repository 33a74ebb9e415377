"""
The change feed of PostgreSQL: writers notify, and an own connection listens.

Every second it asks for the greatest number, by which a silent loss of the server is noticed and a notification that
was missed does no harm.  Not here: reading and telling the rows (L{arvgate.records.database.feed}).
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Engine, func, select
from twisted.logger import Logger

from arvgate.errors import StoreUnavailable
from arvgate.records.database.feed import ChangeFeed
from arvgate.records.database.postgresql import CHANNEL, sender_of
from arvgate.records.database.postgresql_listener import Listener, connect
from arvgate.records.database.threads import Worker
from arvgate.records.schema import CHANGES

__all__ = ["INTERVAL", "UNANSWERED", "PostgreSQLFeed"]

#: Seconds between two questions, and between two tries to connect again.
INTERVAL: Final = 1.0

#: Questions in a row without an answer after which the server is taken for gone.
UNANSWERED: Final = 4

_GREATEST: Final = str(select(func.max(CHANGES.c.id)))


class PostgreSQLFeed(ChangeFeed):
    """
    Listens.

    @param reactor: which tells the time and watches the connection.
    """

    _log = Logger()

    interval = INTERVAL

    def __init__(self, engine: Engine, worker: Worker, reactor: Any) -> None:
        super().__init__(engine, worker, reactor)
        self._reactor = reactor
        self._own = sender_of(engine)
        self._listener: Listener | None = None
        self._unanswered = 0
        self._woken = False

    async def _open(self) -> None:
        connection = await self._worker.read(lambda: connect(self._engine, CHANNEL))
        self._unanswered = 0
        self._listener = Listener(connection, self._reactor, self._heard, self._answered, self._gone)

    async def _close(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()

    async def _look(self) -> None:
        if self._listener is None:
            await self._open()
            await self._read()
        elif self._lost:
            await self._read()
        elif self._woken:
            self._woken = False
            await self._read()
        else:
            self._unanswered = self._unanswered + 1 if self._listener.is_waiting else 0
            if self._unanswered >= UNANSWERED:
                raise StoreUnavailable(detail="the server does not answer")
            self._listener.ask(_GREATEST)

    def _heard(self, sender: str) -> None:
        if sender != self._own:
            self._wake()

    def _answered(self, greatest: int) -> None:
        if greatest > self._numbering.last or self._numbering.gaps:
            self._wake()

    def _gone(self, detail: str) -> None:
        self._listener = None
        if not self._lost:
            self._log.warn("The change feed lost its connection to the database: {detail}", detail=detail)
        self._lost = True

    def _wake(self) -> None:
        """Read soon, but not once more for each of many notifications."""
        if not self._woken:
            self._woken = True
            self._turn()
