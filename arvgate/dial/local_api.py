"""
Connections to the record API of this cluster, which listens on a unix socket.

Not here: what is asked of it.
"""

from __future__ import annotations

from typing import Any

from arvgate.net.connecting import connect_unix
from arvgate.net.http_client import ClientConnection
from arvgate.net.pool import Pool
from arvgate.net.wheel import Wheel

__all__ = ["LocalAPI"]


class LocalAPI:
    """
    The way to the record API.

    @param path: of its unix socket.
    @param timeout: seconds for a connection.
    @param max_idle: idle connections kept.
    """

    def __init__(self, reactor: Any, wheel: Wheel, path: str, timeout: float = 5.0, max_idle: int = 1024) -> None:
        self._reactor = reactor
        self._path = path
        self._timeout = timeout
        self._pool: Pool[str] = Pool(wheel, self._connect, idle_timeout=30.0, max_idle=max_idle)

    async def lease(self, fresh: bool = False) -> ClientConnection:
        """
        A connection for one request.

        @param fresh: a new one in any case.
        @raise Unreachable: nobody listens there now.
        """
        return await self._pool.lease(self._path, fresh)

    def idle_count(self) -> int:
        """How many connections are kept for reuse."""
        return self._pool.idle_count()

    def close(self) -> None:
        """Close what is kept."""
        self._pool.close()

    async def _connect(self, path: str) -> ClientConnection:
        return ClientConnection(await connect_unix(self._reactor, path, self._timeout))
