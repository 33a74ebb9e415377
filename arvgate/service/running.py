"""
What all processes of the gateway have in common: parts that are started and stopped by coroutines, and the clock.

Not here: the parts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

__all__ = ["Part", "PartService", "Parts", "wall_clock"]

_log = Logger()


class Part(Protocol):
    """A part of the gateway that runs in one process."""

    async def start(self) -> None:
        """
        Begin to work; returns when it works.

        @raise ArvgateError: it cannot.
        """

    async def stop(self) -> None:
        """End; also one whose start has failed."""


class Parts:
    """Parts that are started in order and stopped in reverse order."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts

    async def start(self) -> None:
        """Start one after the other."""
        for part in self._parts:
            await part.start()

    async def stop(self) -> None:
        """Stop all, also where one of them fails to."""
        for part in reversed(self._parts):
            try:
                await part.stop()
            except Exception:
                _log.failure("a part could not be stopped")


class PartService(Service):
    """
    A part as a Twisted service.

    @ivar _opened: opens what must be open before anything runs.
    """

    def __init__(self, part: Part, opened: Callable[[], None] = lambda: None) -> None:
        self._part = part
        self._opened = opened
        self._starting: Deferred[None] | None = None

    def privilegedStartService(self) -> None:
        """Open what is listened on; doing it again is nothing."""
        self._opened()
        Service.privilegedStartService(self)

    def startService(self) -> Deferred[None]:
        """
        Start the part.

        @return: fires when it works, fails with its error if it cannot.
        """
        Service.startService(self)
        self._opened()
        answer: Deferred[None] = Deferred()

        def failed(failure: Failure) -> None:
            if failure.check(CancelledError):
                answer.callback(None)
            else:
                answer.errback(failure)

        self._starting = Deferred.fromCoroutine(self._part.start())
        self._starting.addCallbacks(answer.callback, failed)
        return answer

    def stopService(self) -> Deferred[None]:
        """
        Stop the part, also while it starts.

        @return: fires when it has ended.
        """
        Service.stopService(self)
        starting, self._starting = self._starting, None

        async def stop() -> None:
            if starting is not None:
                starting.cancel()
            await self._part.stop()

        return Deferred.fromCoroutine(stop())


def wall_clock(clock: IReactorTime) -> Callable[[], datetime]:
    """The time of the reactor's clock as an aware UTC datetime."""

    def now() -> datetime:
        return datetime.fromtimestamp(clock.seconds(), UTC)

    return now
