"""
Where blocking calls to the database run: reads on a few threads, writes on one.

Not here: the calls (L{arvgate.records.store}).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

__all__ = ["InlineCalls", "StoreThreads", "Worker"]

T = TypeVar("T")


class Worker(Protocol):
    """Runs blocking calls."""

    def start(self) -> None:
        """Get ready."""

    def stop(self) -> None:
        """Let the calls that were begun come to their end."""

    async def read(self, call: Callable[[], T]) -> T:
        """The answer of a call that may run beside others."""

    async def write(self, call: Callable[[], T]) -> T:
        """The answer of a call that runs after those before it."""


class StoreThreads:
    """
    Thread pools of the reactor's process.

    @param reactor: in whose thread the answers arrive.
    @param readers: how many reads run at once at most.
    """

    def __init__(self, reactor: IReactorFromThreads, readers: int = 4) -> None:
        self._reactor = reactor
        self._readers = ThreadPool(0, readers, name="records-read")
        self._writer = ThreadPool(0, 1, name="records-write")

    def start(self) -> None:
        """Get ready; threads are made when they are needed."""
        self._readers.start()
        self._writer.start()

    def stop(self) -> None:
        """End the threads; blocks until the calls that were begun are over."""
        self._writer.stop()
        self._readers.stop()

    async def read(self, call: Callable[[], T]) -> T:
        """The answer of a call on one of the reading threads."""
        return await deferToThreadPool(self._reactor, self._readers, call)

    async def write(self, call: Callable[[], T]) -> T:
        """The answer of a call on the writing thread."""
        return await deferToThreadPool(self._reactor, self._writer, call)


class InlineCalls:
    """Runs every call at once in the caller's thread: for commands, and for tests without a reactor."""

    def start(self) -> None:
        """Nothing to get ready."""

    def stop(self) -> None:
        """Nothing to end."""

    async def read(self, call: Callable[[], T]) -> T:
        """The answer of the call."""
        return call()

    async def write(self, call: Callable[[], T]) -> T:
        """The answer of the call."""
        return call()
