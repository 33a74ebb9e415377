"""
What an engine still runs of containers that have lost their runner: it is ended before anything else happens to them.

Not here: which containers have a runner (L{arvgate.dispatch.attendance}) and what becomes of their records.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from twisted.internet.defer import Deferred, TimeoutError
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from arvgate.errors import EngineFailed
from arvgate.interfaces import INode, Left

__all__ = ["Orphans"]

_log = Logger()

T = TypeVar("T")

#: Seconds between two looks at the node when nothing calls for one.
_INTERVAL: Final = 10.0
#: Seconds for which an answer is waited for: meanwhile nobody else is looked after.
_PATIENCE: Final = 20.0


class Orphans:
    """
    What containers left on this node.

    @ivar answers: whether the engine answered when it was asked last.
    @param node: what there is; None: of an engine whose jobs always end with their runner.
    @param has_runner: whether the runner of a container lives; what it runs is left alone.
    """

    def __init__(self, clock: IReactorTime, node: INode | None, has_runner: Callable[[str], bool]) -> None:
        self._clock = clock
        self._node = node
        self._has_runner = has_runner
        self._looked: float | None = None
        self._there: set[str] = set()
        self._failed = False
        self._asking: Deferred[Any] | None = None
        self.answers = True

    async def sweep(self, wanted: bool) -> None:
        """
        Look what is there and end what has no runner.

        @param wanted: a container has lost its runner; else it is done when it is time to.
        """
        if self._node is None:
            return
        now = self._clock.seconds()
        recently = self._looked is not None and now - self._looked < _INTERVAL
        if recently and self.answers and not self._failed and not wanted:
            return
        self._looked = now
        try:
            found = await self._answer(self._node.found())
        except EngineFailed as error:
            if self.answers:
                _log.warn("the engine does not say what it runs: {error} {detail}", error=error, detail=error.detail)
            self.answers = False
            return
        self.answers = True
        self._failed = False
        self._there = set()
        for left in found:
            if self._has_runner(left.uuid) or not await self._ended(self._node, left):
                self._there.add(left.uuid)

    async def _ended(self, node: INode, left: Left) -> bool:
        _log.warn("container {uuid}: {name} has no runner and is ended", uuid=left.uuid, name=left.name)
        try:
            await self._answer(node.end(left))
        except EngineFailed as error:
            _log.warn("{name} was not ended: {error} {detail}", name=left.name, error=error, detail=error.detail)
            self._failed = True
            return False
        return True

    async def _answer(self, call: Coroutine[Any, Any, T]) -> T:
        """What a call answers, unless that takes too long."""
        self._asking = asking = Deferred.fromCoroutine(call).addTimeout(_PATIENCE, self._clock)
        try:
            return await asking
        except TimeoutError as error:
            raise EngineFailed("The engine does not answer.", detail=f"not within {_PATIENCE:.0f} s") from error
        finally:
            self._asking = None

    def abandon(self) -> None:
        """Wait no longer for what the engine was asked, if it was: L{sweep} raises CancelledError."""
        if self._asking is not None:
            self._asking.cancel()

    def is_gone(self, uuid: str) -> bool:
        """Whether nothing of a container was left when the engine was asked last, and it answered."""
        return self.answers and uuid not in self._there
