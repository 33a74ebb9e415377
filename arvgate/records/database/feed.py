"""
The change feed, whichever database it is: rows of table C{changes} that are new are read and told.

What this process writes is told at once, before it is read.  Not here: how it is noticed that there is something new
(L{arvgate.records.database.sqlite_feed}, L{arvgate.records.database.postgresql_feed}), and writing those rows
(L{arvgate.records.transaction}).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Engine, func, or_, select
from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from arvgate.errors import StoreUnavailable
from arvgate.interfaces import IChangeFeed
from arvgate.model.changes import EVERYTHING, Change
from arvgate.records.database.engine import reading
from arvgate.records.database.numbering import Numbering
from arvgate.records.database.threads import Worker
from arvgate.records.schema import CHANGES
from arvgate.records.transaction import NumberedChange

__all__ = ["ChangeFeed"]

Observer = Callable[[Sequence[Change]], None]


@implementer(IChangeFeed)
class ChangeFeed(ABC):
    """
    Tells observers what changed.

    @param clock: by which it looks.
    @param worker: on which the blocking calls run.
    """

    _log = Logger()

    #: Seconds between two looks.
    interval: float

    def __init__(self, engine: Engine, worker: Worker, clock: IReactorTime) -> None:
        self._engine = engine
        self._worker = worker
        self._clock = clock
        self._observers: list[Observer] = []
        self._numbering = Numbering()
        self._lost = False
        self._stopped = False
        self._turns = DeferredLock()
        self._loop = LoopingCall(self._turn)
        self._loop.clock = clock

    async def start(self) -> None:
        """
        Begin with what changes from now on; if the database is away, with everything once it is there.
        """
        try:
            await self._open()
            self._numbering.begin(await self._worker.read(self._newest))
        except StoreUnavailable as error:
            await self._lose(error.detail)
        self._loop.start(self.interval, now=False)

    async def stop(self) -> None:
        """Look no more."""
        self._stopped = True
        if self._loop.running:
            self._loop.stop()
        async with self._turns:
            await self._close()

    def subscribe(self, observer: Observer) -> Callable[[], None]:
        """Call C{observer} with each batch of changes; the answer ends the subscription."""
        self._observers.append(observer)

        def unsubscribe() -> None:
            if observer in self._observers:
                self._observers.remove(observer)

        return unsubscribe

    def announce(self, changes: Iterable[NumberedChange]) -> None:
        """This process has just committed these: tell them now, and not again when they are read."""
        now = self._clock.seconds()
        self._tell([change for number, change in changes if self._numbering.take(number, now)])

    async def poll(self) -> None:
        """Look once, and tell what is new; a database that comes back after a failure means that anything may be."""
        async with self._turns:
            try:
                if not self._stopped:
                    await self._look()
            except StoreUnavailable as error:
                await self._lose(error.detail)

    # What differs.

    @abstractmethod
    async def _open(self) -> None:
        """Begin to notice."""

    @abstractmethod
    async def _close(self) -> None:
        """Notice nothing more; L{_open} may come again."""

    @abstractmethod
    async def _look(self) -> None:
        """Find out whether there is something new, and read it then."""

    # What is common.

    async def _read(self) -> None:
        """Tell what is new, or everything after a failure."""
        if self._lost:
            newest = await self._worker.read(self._newest)
            self._lost = False
            self._numbering.begin(newest)
            self._tell([EVERYTHING])
            return
        rows = await self._worker.read(self._fresh)
        self._numbering.forget(self._clock.seconds())
        self.announce(rows)

    async def _lose(self, detail: str) -> None:
        if not self._lost:
            self._log.warn("The change feed cannot read the database: {detail}", detail=detail)
        self._lost = True
        await self._close()

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

    def _newest(self) -> int:
        with reading(self._engine) as connection:
            return int(connection.scalar(select(func.max(CHANGES.c.id))) or 0)

    def _fresh(self) -> list[NumberedChange]:
        missed = [CHANGES.c.id.between(gap.first, gap.last) for gap in self._numbering.gaps]
        statement = select(CHANGES).where(or_(CHANGES.c.id > self._numbering.last, *missed)).order_by(CHANGES.c.id)
        with reading(self._engine) as connection:
            return [(row.id, Change(row.kind, row.uuid, row.related)) for row in connection.execute(statement)]
