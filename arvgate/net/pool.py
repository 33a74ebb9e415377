"""
Connections kept for reuse, by key.

The newest is handed out first; what is idle too long, or one too many, is closed.  Not here: what a key is, and whether
a request may be repeated on another connection.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

from arvgate.net.http_client import ClientConnection
from arvgate.net.wheel import Wheel

__all__ = ["Pool"]

KeyT = TypeVar("KeyT", bound=Hashable)


class Pool(Generic[KeyT]):
    """
    A pool that makes connections by C{connect}.

    @param idle_timeout: seconds an idle connection is kept.
    @param max_idle: idle connections kept in all; C{max_idle_per_key}: of these, per key.
    """

    def __init__(
        self,
        wheel: Wheel,
        connect: Callable[[KeyT], Coroutine[Any, Any, ClientConnection]],
        idle_timeout: float = 55.0,
        max_idle: int = 1024,
        max_idle_per_key: int = 64,
    ) -> None:
        self._wheel = wheel
        self._connect = connect
        self._idle_timeout = idle_timeout
        self._max_idle = max_idle
        self._max_idle_per_key = max_idle_per_key
        self._idle_count: int = 0
        self._idle: dict[KeyT, list[ClientConnection]] = {}
        self._closed = False

    async def lease(self, key: KeyT, fresh: bool = False) -> ClientConnection:
        """
        An idle connection, or a new one.

        @param fresh: a new one in any case.
        @raise PeerFault: none can be made.
        """
        idle = self._idle.get(key)
        while idle and not fresh:
            connection = idle.pop()
            self._taken_out(key, idle)
            if connection.take():
                connection.reused = True
                return connection
        connection = await self._connect(key)
        connection.returned = lambda: self._put(key, connection)
        connection.gone = lambda: self._drop(key, connection)
        return connection

    def forget(self, key: KeyT) -> None:
        """Close the idle connections of C{key}."""
        connections = self._idle.pop(key, [])
        self._idle_count -= len(connections)
        for connection in connections:
            self._wheel.drop(connection)
            connection.abort()

    def close(self) -> None:
        """Close all idle connections; leased ones are closed when they are given back."""
        self._closed = True
        for key in list(self._idle):
            self.forget(key)

    def idle_count(self) -> int:
        """How many connections wait."""
        return self._idle_count

    def _put(self, key: KeyT, connection: ClientConnection) -> None:
        idle = self._idle.get(key, [])
        if self._closed or len(idle) >= self._max_idle_per_key or not self._max_idle:
            connection.close()
            return
        if self._idle_count >= self._max_idle:
            self._close_an_old_one()
        self._idle.setdefault(key, idle).append(connection)
        self._idle_count += 1
        self._wheel.arm(connection, self._idle_timeout)

    def _drop(self, key: KeyT, connection: ClientConnection) -> None:
        idle = self._idle.get(key)
        if idle and connection in idle:
            idle.remove(connection)
            self._taken_out(key, idle)
            self._wheel.drop(connection)

    def _close_an_old_one(self) -> None:
        key, idle = next(iter(self._idle.items()))
        oldest = idle.pop(0)
        self._taken_out(key, idle)
        self._wheel.drop(oldest)
        oldest.close()

    def _taken_out(self, key: KeyT, idle: list[ClientConnection]) -> None:
        self._idle_count -= 1
        if not idle:
            del self._idle[key]
