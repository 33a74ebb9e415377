"""
What users' outputs take of this node, and their end when their time is over; asked for in worker threads.

Not here: how they are kept (L{arvgate.runner}).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Final, Protocol

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

__all__ = ["InThread", "Kept", "Outputs"]

_log = Logger()

#: Seconds between two looks for outputs whose time is over.
_INTERVAL: Final = 60.0

#: Runs a blocking call in another thread.
InThread = Callable[[Callable[[], Any]], Awaitable[Any]]


class Kept(Protocol):
    """The outputs that are kept on this node; its methods block."""

    def used_by(self, user_uuid: str) -> int:
        """How many bytes those of one user take."""

    def expire(self, now: float, keep: float) -> object:
        """
        Remove those that are too old.

        @param now: seconds since 1970.
        @param keep: seconds for which an output is kept.
        """


class Outputs:
    """
    The kept outputs, for the dispatcher.

    @param kept: None: none are kept.
    @param keep: seconds for which an output is kept.
    """

    def __init__(self, clock: IReactorTime, kept: Kept | None, keep: float, in_thread: InThread) -> None:
        self._clock = clock
        self._kept = kept
        self._keep = keep
        self._in_thread = in_thread
        self._expired: float | None = None

    async def used_by(self, users: Collection[str]) -> Mapping[str, int]:
        """How many bytes the outputs of each of these users take; what cannot be read counts as nothing."""
        kept = self._kept
        if kept is None or not users:
            return {}
        try:
            used: Mapping[str, int] = await self._in_thread(
                lambda: {user: kept.used_by(user) for user in sorted(users)}
            )
        except OSError as error:
            _log.warn("it cannot be told what outputs take: {error}", error=error)
            return {}
        return used

    async def expire(self) -> None:
        """Remove outputs that are too old, if it is time to look."""
        kept, now = self._kept, self._clock.seconds()
        if kept is None or (self._expired is not None and now - self._expired < _INTERVAL):
            return
        self._expired = now
        try:
            await self._in_thread(lambda: kept.expire(now, self._keep))
        except OSError as error:
            _log.warn("outputs that are too old cannot be removed: {error}", error=error)
