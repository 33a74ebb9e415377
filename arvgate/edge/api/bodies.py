"""
How much memory the bodies of all requests take together.

Bodies come before anybody knows from whom.  Where there is no room, the largest of those that have not arrived makes
way: who sends many, or a large one slowly, keeps nobody else's small one out.  Not here: the limit of a single one
(L{arvgate.edge.api.request}).
"""

from __future__ import annotations

from typing import Generic, TypeVar

__all__ = ["Bodies"]

T = TypeVar("T")


class Bodies(Generic[T]):
    """
    The bodies in memory, each of a request.

    @ivar size: bytes of all of them.
    @param room: bytes that they may take.
    """

    def __init__(self, room: int) -> None:
        self.size = 0
        self._room = room
        self._arriving: dict[T, int] = {}
        self._whole: dict[T, int] = {}

    def add(self, request: T, size: int) -> T | None:
        """
        More of a body has come.

        @return: the request whose body is to be dropped because of it, if there is one; it may be the same.
        """
        self._arriving[request] = self._arriving.get(request, 0) + size
        self.size += size
        if self.size <= self._room:
            return None
        return max(self._arriving, key=self._arriving.__getitem__)

    def complete(self, request: T) -> None:
        """All of a body has come."""
        size = self._arriving.pop(request, None)
        if size is not None:
            self._whole[request] = size

    def drop(self, request: T) -> None:
        """A body is no longer in memory."""
        self.size -= self._arriving.pop(request, 0) + self._whole.pop(request, 0)
