"""
The frame of a contract suite: a world of the implementation under test, made before and put away after each test.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred

from test.contract.world import World

__all__ = ["ContractCase"]


class ContractCase:
    """Mixed into a L{twisted.trial.unittest.TestCase} that makes the world."""

    world: World

    def make_world(self) -> World:
        """The implementation under test in its world."""
        raise NotImplementedError

    def setUp(self) -> Deferred[None]:
        """Make the world."""
        self.world = self.make_world()
        return Deferred.fromCoroutine(self.world.start())

    def tearDown(self) -> Deferred[None]:
        """Put it away."""
        return Deferred.fromCoroutine(self.world.stop())
