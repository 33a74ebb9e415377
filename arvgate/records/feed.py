"""
The change feed of SQLite: what others write is seen by polling C{data_version}, what this process writes at once.

The version is asked on a connection outside any transaction, where it costs no read of the file; only when it moved
are the new rows of table C{changes} read.  Not here: writing those rows (L{arvgate.records.transaction}).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, Engine, func, select
from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from arvgate.errors import StoreUnavailable
from arvgate.interfaces import IChangeFeed
from arvgate.model.changes import EVERYTHING, Change
from arvgate.records.engine import reading, store_errors, watching
from arvgate.records.schema import CHANGES
from arvgate.records.threads import Worker
from arvgate.records.transaction import NumberedChange

__all__ = ["POLL_INTERVAL", "ChangeFeed"]

#: Seconds between two looks at the version.
POLL_INTERVAL: Final = 0.2

Observer = Callable[[Sequence[Change]], None]


@implementer(IChangeFeed)
class ChangeFeed:
    """
    Tells observers what changed.

    @param clock: by which it polls.
    @param worker: on which the blocking calls run.
    """

    _log = Logger()

    def __init__(self, engine: Engine, worker: Worker, clock: IReactorTime) -> None:
        self._engine = engine
        self._worker = worker
        self._observers: list[Observer] = []
        self._watch: Connection | None = None
        self._version: int | None = None
        self._last = 0
        self._told: set[int] = set()
        self._lost = False
        self._turns = DeferredLock()
        self._loop = LoopingCall(self._turn)
        self._loop.clock = clock

    async def start(self) -> None:
        """
        Begin with what changes from now on.

        @raise StoreUnavailable: the database cannot be asked now.
        """
        self._version = await self._worker.read(self._look)
        self._last = await self._worker.read(self._newest)
        self._loop.start(POLL_INTERVAL, now=False)

    async def stop(self) -> None:
        """Stop polling."""
        if self._loop.running:
            self._loop.stop()
        async with self._turns:
            await self._worker.read(self._close)

    def subscribe(self, observer: Observer) -> Callable[[], None]:
        """Call C{observer} with each batch of changes; the answer ends the subscription."""
        self._observers.append(observer)

        def unsubscribe() -> None:
            if observer in self._observers:
                self._observers.remove(observer)

        return unsubscribe

    def announce(self, changes: Iterable[NumberedChange]) -> None:
        """This process has just committed these: tell them now, and not again when they are read."""
        fresh = [(number, change) for number, change in changes if number > self._last]
        self._told.update(number for number, _ in fresh)
        self._tell([change for _, change in fresh])

    async def poll(self) -> None:
        """Look once, and tell what is new; a database that comes back after a failure means that anything may be."""
        async with self._turns:
            await self._poll()

    async def _poll(self) -> None:
        try:
            version = await self._worker.read(self._look)
            if version == self._version and not self._lost:
                return
            rows = await self._worker.read(self._fresh)
        except StoreUnavailable as error:
            if not self._lost:
                self._log.warn("The change feed cannot read the database: {detail}", detail=error.detail)
            self._lost = True
            await self._worker.read(self._close)
            return
        self._version = version
        lost, self._lost = self._lost, False
        news = [change for number, change in rows if number not in self._told]
        self._last = max((number for number, _ in rows), default=self._last)
        self._told = {number for number in self._told if number > self._last}
        self._tell([EVERYTHING] if lost else news)

    def _turn(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.poll()).addErrback(self._failed)

    def _failed(self, reason: Failure) -> None:
        self._log.failure("The change feed failed", failure=reason)
        self._lost = True

    def _tell(self, changes: Sequence[Change]) -> None:
        if not changes:
            return
        for observer in tuple(self._observers):
            try:
                observer(changes)
            except Exception:
                self._log.failure("An observer of the change feed failed")

    def _look(self) -> int:
        with store_errors():
            if self._watch is None:
                self._watch = watching(self._engine)
            return int(self._watch.exec_driver_sql("PRAGMA data_version").scalar_one())

    def _close(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def _newest(self) -> int:
        with reading(self._engine) as connection:
            return int(connection.scalar(select(func.max(CHANGES.c.id))) or 0)

    def _fresh(self) -> list[NumberedChange]:
        statement = select(CHANGES).where(CHANGES.c.id > self._last).order_by(CHANGES.c.id)
        with reading(self._engine) as connection:
            return [(row.id, Change(row.kind, row.uuid, row.related)) for row in connection.execute(statement)]
