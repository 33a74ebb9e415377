"""
What is kept on this node of containers that have ended, and its end when its time is over; in worker threads.

Not here: how it is kept (L{arvgate.runner}) and what is given up (L{arvgate.dispatch.outputs},
L{arvgate.dispatch.kept_logs}).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Final, Protocol

import attrs
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

__all__ = ["InThread", "Keeping", "Kept", "Logs", "Outputs"]

_log = Logger()

#: Seconds between two looks for what is to be given up.
_INTERVAL: Final = 60.0

#: Runs a blocking call in another thread.
InThread = Callable[[Callable[[], Any]], Awaitable[Any]]


class Outputs(Protocol):
    """The outputs that are kept on this node; its methods block."""

    def used_by(self, user_uuid: str) -> int:
        """How many bytes those of one user take."""

    def expire(self, now: float, keep: float) -> object:
        """
        Remove those that are too old.

        @param now: seconds since 1970.
        @param keep: seconds for which an output is kept.
        """


class Logs(Protocol):
    """The logs that are kept on this node; its methods block."""

    def expire(self, ended: Callable[[str], bool], limit: int) -> object:
        """
        Remove the oldest of those who have too many.

        @param ended: whether a container has ended.
        @param limit: bytes for each user; 0: no limit.
        """


@attrs.frozen
class Keeping:
    """
    How long and how much is kept.

    @ivar output: seconds after a container's end.
    @ivar log: bytes of each user; 0: no limit.
    """

    output: float
    log: int = 0


class Kept:
    """
    What is kept, for the dispatcher.

    @param outputs: None: none are.
    @param logs: likewise.
    """

    def __init__(
        self, clock: IReactorTime, outputs: Outputs | None, logs: Logs | None, keeping: Keeping, in_thread: InThread
    ) -> None:
        self._clock = clock
        self._outputs = outputs
        self._logs = logs
        self._keeping = keeping
        self._in_thread = in_thread
        self._expired: float | None = None

    async def outputs_of(self, users: Collection[str]) -> Mapping[str, int]:
        """How many bytes the outputs of each of these users take; what cannot be read counts as nothing."""
        outputs = self._outputs
        if outputs is None or not users:
            return {}
        try:
            used: Mapping[str, int] = await self._in_thread(
                lambda: {user: outputs.used_by(user) for user in sorted(users)}
            )
        except OSError as error:
            _log.warn("it cannot be told what outputs take: {error}", error=error)
            return {}
        return used

    async def expire(self, active: Collection[str]) -> None:
        """
        Remove what is too old or too much, if it is time to look.

        @param active: containers that have not ended.
        """
        now = self._clock.seconds()
        if self._expired is not None and now - self._expired < _INTERVAL:
            return
        self._expired = now
        try:
            await self._in_thread(lambda: self._give_up(now, frozenset(active)))
        except OSError as error:
            _log.warn("what is too old cannot be removed: {error}", error=error)

    def _give_up(self, now: float, active: Collection[str]) -> None:
        if self._outputs is not None:
            self._outputs.expire(now, self._keeping.output)
        if self._logs is not None and self._keeping.log:
            self._logs.expire(lambda uuid: uuid not in active, self._keeping.log)
