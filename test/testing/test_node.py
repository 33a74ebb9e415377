"""
Tests of L{arvgate.testing.node}.
"""

from __future__ import annotations

from twisted.trial.unittest import TestCase

from arvgate.errors import EngineFailed
from arvgate.interfaces import Left
from arvgate.testing.node import FakeNode
from test.contract.node import ONE, NodeContract


class FakeNodeTests(NodeContract, TestCase):
    """The fake does what every node does, and fails when it is told to."""

    def setUp(self) -> None:
        """An empty node."""
        self.node = FakeNode()

    async def leave(self, uuid: str, lock_count: int, running: bool) -> None:
        """Something on the node."""
        self.node.there.append(Left(uuid, lock_count, f"{uuid}-{lock_count}"))

    async def leave_elsewhere(self, uuid: str) -> None:
        """Another node in memory."""
        FakeNode(Left(uuid, 1, uuid))

    async def test_silent(self) -> None:
        """A node can be told not to answer, and then it changes nothing."""
        left = Left(ONE, 1, "a")
        self.node.there = [left]
        self.node.silent = True
        for call in (self.node.found, lambda: self.node.end(left)):
            try:
                await call()
            except EngineFailed:
                continue
            self.fail("it answered")
        self.node.silent = False
        self.assertEqual([left], await self.node.found())

    async def test_stuck(self) -> None:
        """It can be told that something cannot be ended."""
        left = Left(ONE, 1, "a")
        self.node.there, self.node.stuck = [left], {ONE}
        try:
            await self.node.end(left)
        except EngineFailed:
            self.assertEqual([left], await self.node.found())
        else:
            self.fail("it was ended")
