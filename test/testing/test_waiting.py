"""
The contract of L{arvgate.testing.waiting}.
"""

from __future__ import annotations

from twisted.trial.unittest import TestCase

from test.contract.memory import MemoryWorld
from test.contract.waiting import WaitingContract


class MemoryWaitingTests(WaitingContract, TestCase):
    """The fake."""

    def make_world(self) -> MemoryWorld:
        """A world in memory."""
        return MemoryWorld()
