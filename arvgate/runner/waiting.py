"""
Waiting for one thing of several, and for a thing that happens once.

Not here: what is waited for.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

from twisted.internet.defer import CancelledError, Deferred, DeferredList
from twisted.logger import Logger
from twisted.python.failure import Failure

__all__ = ["Once", "first"]

T = TypeVar("T")


class Once(Generic[T]):
    """A value that comes once, for any number of flows that wait for it; each may be cancelled by itself."""

    def __init__(self) -> None:
        self._arrived: list[T] = []
        self._waiting: list[Deferred[T]] = []

    @property
    def arrived(self) -> bool:
        """Whether it is there."""
        return bool(self._arrived)

    def arrive(self, value: T) -> None:
        """It is there; a second value is ignored."""
        if self._arrived:
            return
        self._arrived.append(value)
        waiting, self._waiting = self._waiting, []
        for deferred in waiting:
            deferred.callback(value)

    async def wait(self) -> T:
        """The value, as soon as it is there."""
        if self._arrived:
            return self._arrived[0]
        deferred: Deferred[T] = Deferred(self._waiting.remove)
        self._waiting.append(deferred)
        return await deferred


async def first(*flows: Coroutine[Any, Any, T]) -> T:
    """
    What the first of C{flows} to end answers or raises; the others are cancelled, and have ended when this returns.

    What the others raise is logged, for nobody else would hear of it.
    """
    results: dict[int, T | Failure] = {}
    arrival: Deferred[int] = Deferred()

    def ended(result: T | Failure, index: int) -> None:
        results[index] = result
        if not arrival.called:
            arrival.callback(index)

    running = [Deferred.fromCoroutine(flow) for flow in flows]
    for index, deferred in enumerate(running):
        deferred.addBoth(ended, index)
    try:
        winner = await arrival
    finally:
        for deferred in running:
            deferred.cancel()
        await DeferredList(running)
    for index, result in results.items():
        if index != winner and isinstance(result, Failure) and not result.check(CancelledError):
            Logger().failure("A flow that was no longer wanted failed", failure=result)
    result = results[winner]
    if isinstance(result, Failure):
        result.raiseException()
    return result
