"""
A node in memory, on which containers left things behind.
"""

from __future__ import annotations

from collections.abc import Sequence

from zope.interface import implementer

from arvgate.errors import EngineFailed
from arvgate.interfaces import INode, Left
from arvgate.testing.failing import FailsOnDemand

__all__ = ["FakeNode"]


@implementer(INode)
class FakeNode(FailsOnDemand):
    """
    L{INode} in memory.

    @ivar there: what is on the node; tests may change it.
    @ivar ended: what was ended, oldest first.
    @ivar silent: the engine does not answer until this is taken back.
    @ivar stuck: UUIDs of containers of which nothing can be ended.
    @ivar looks: how often somebody asked what there is.
    """

    def __init__(self, *there: Left) -> None:
        super().__init__()
        self.there = list(there)
        self.ended: list[Left] = []
        self.silent = False
        self.stuck: set[str] = set()
        self.looks = 0

    def check(self) -> None:
        """
        Called by each method first.

        @raise ArvgateError: what was ordered.
        """
        super().check()
        if self.silent:
            raise EngineFailed("The engine does not answer.")

    # INode

    async def found(self) -> Sequence[Left]:
        """All of it."""
        self.looks += 1
        self.check()
        return list(self.there)

    async def end(self, left: Left) -> None:
        """End it and remove it; nothing happens if it has gone."""
        self.check()
        if left.uuid in self.stuck:
            raise EngineFailed("It could not be ended.")
        if left in self.there:
            self.there.remove(left)
            self.ended.append(left)
