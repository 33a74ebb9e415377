"""
The contract suite of L{arvgate.interfaces.INode}, run for each engine that has one.
"""

from __future__ import annotations

from typing import Any

from zope.interface.verify import verifyObject

from arvgate.interfaces import INode

__all__ = ["ONE", "NodeContract"]

ONE = "zzzzz-dz642-000000000000001"
OTHER = "zzzzz-dz642-000000000000002"


class NodeContract:
    """What every node does; mixed into a TestCase that provides the node and lets containers leave things there."""

    node: Any
    assertEqual: Any
    assertNotIn: Any
    assertTrue: Any

    async def leave(self, uuid: str, lock_count: int, running: bool) -> None:
        """Make something of a container that its runner has left, running or not."""
        raise NotImplementedError

    async def leave_elsewhere(self, uuid: str) -> None:
        """Make the same for a container of another cluster on this node."""
        raise NotImplementedError

    async def _there(self) -> list[tuple[str, int]]:
        return sorted((left.uuid, left.lock_count) for left in await self.node.found())

    async def test_interface(self) -> None:
        """The node provides what it says."""
        self.assertTrue(verifyObject(INode, self.node))

    async def test_nothing(self) -> None:
        """Where nothing was left nothing is found."""
        self.assertEqual([], list(await self.node.found()))

    async def test_found(self) -> None:
        """What is left is found with its container and cycle, whether it runs or not."""
        await self.leave(ONE, 1, running=True)
        await self.leave(OTHER, 3, running=False)
        self.assertEqual([(ONE, 1), (OTHER, 3)], await self._there())

    async def test_end_running(self) -> None:
        """What runs is ended and gone when end returns; others stay."""
        await self.leave(ONE, 1, running=True)
        await self.leave(OTHER, 1, running=True)
        for left in await self.node.found():
            if left.uuid == ONE:
                await self.node.end(left)
        self.assertEqual([(OTHER, 1)], await self._there())

    async def test_end_stopped(self) -> None:
        """What has stopped is removed."""
        await self.leave(ONE, 2, running=False)
        for left in await self.node.found():
            await self.node.end(left)
        self.assertEqual([], await self._there())

    async def test_end_twice(self) -> None:
        """To end what has gone is nothing."""
        await self.leave(ONE, 1, running=True)
        found = await self.node.found()
        for left in [*found, *found]:
            await self.node.end(left)
        self.assertEqual([], await self._there())

    async def test_cycles(self) -> None:
        """What two cycles of one container have left is told apart."""
        await self.leave(ONE, 1, running=True)
        await self.leave(ONE, 2, running=True)
        for left in await self.node.found():
            if left.lock_count == 1:
                await self.node.end(left)
        self.assertEqual([(ONE, 2)], await self._there())

    async def test_other_cluster(self) -> None:
        """What belongs to another cluster is nobody's business here."""
        await self.leave_elsewhere(OTHER)
        await self.leave(ONE, 1, running=True)
        self.assertEqual([(ONE, 1)], await self._there())
