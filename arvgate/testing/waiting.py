"""
What is known of waiting containers, in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import attrs
from zope.interface import implementer

from arvgate.interfaces import IDirectory, IWaiting
from arvgate.model.progress import Progress
from arvgate.model.targets import ContainerTarget
from arvgate.testing.failing import FailsOnDemand
from arvgate.wire.printable import last_lines

__all__ = ["MemoryWaiting"]


@implementer(IWaiting)
class MemoryWaiting(FailsOnDemand):
    """
    L{IWaiting} over a dictionary.

    @ivar asked: how many questions came.
    """

    def __init__(self, directory: IDirectory, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._directory = directory
        self._now = now
        self._known: dict[str, tuple[datetime, Progress]] = {}
        self.asked = 0

    def begin(self, container_uuid: str, **fields: Any) -> None:
        """
        A container that begins to wait now, or what changed of it.

        @param fields: of a L{Progress}.
        """
        since, known = self._known.get(container_uuid, (self._now(), Progress(0.0)))
        self._known[container_uuid] = (since, attrs.evolve(known, **fields))

    def write(self, container_uuid: str, name: str, data: bytes) -> None:
        """It has written C{data} to C{stdout.txt} or C{stderr.txt}."""
        field = "output" if name == "stdout.txt" else "errors"
        self.begin(container_uuid, **{field: last_lines(data, 20, 300)})

    async def progress(self, container_uuid: str, user_uuid: str) -> Progress | None:
        """See L{IWaiting.progress}."""
        self.check()
        self.asked += 1
        listing = await self._directory.locate(ContainerTarget(container_uuid, 1), user_uuid)
        if listing is None or listing.container_uuid != container_uuid or container_uuid not in self._known:
            return None
        if not listing.requests or not all(request.readable and request.writable for request in listing.requests):
            return None
        since, known = self._known[container_uuid]
        return attrs.evolve(known, waited=(self._now() - since).total_seconds())
