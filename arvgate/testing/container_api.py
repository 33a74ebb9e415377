"""
The record of one container in memory, as its runner sees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.internet.defer import Deferred
from zope.interface import implementer

from arvgate.interfaces import IContainerApi
from arvgate.model.records import Record
from arvgate.testing.failing import FailsOnDemand

__all__ = ["FakeContainerApi"]


@implementer(IContainerApi)
class FakeContainerApi(FailsOnDemand):
    """
    L{IContainerApi} on a record in memory.

    @ivar record: what it is now; tests may change it.
    @ivar updates: what was reported, oldest first.
    @ivar token: the container's own.
    """

    def __init__(self, record: Record, token: str) -> None:
        super().__init__()
        self.record = dict(record)
        self.updates: list[Mapping[str, Any]] = []
        self.token = token
        self._reachable = True
        self._waiting: list[Deferred[None]] = []

    def cut(self) -> None:
        """The API cannot be reached: calls wait."""
        self._reachable = False

    def mend(self) -> None:
        """The API can be reached again: calls that wait go on."""
        self._reachable = True
        waiting, self._waiting = self._waiting, []
        for deferred in waiting:
            deferred.callback(None)

    # IContainerApi

    async def get(self) -> Record:
        """The record."""
        await self._reach()
        return dict(self.record)

    async def update(self, attributes: Mapping[str, Any]) -> Record:
        """Change fields of it."""
        await self._reach()
        self.updates.append(dict(attributes))
        self.record.update(attributes)
        return dict(self.record)

    async def container_token(self) -> str:
        """The container's own token."""
        await self._reach()
        return self.token

    async def _reach(self) -> None:
        while not self._reachable:
            deferred: Deferred[None] = Deferred(self._waiting.remove)
            self._waiting.append(deferred)
            await deferred
        self.check()
