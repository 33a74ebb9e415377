"""
The contract of L{arvgate.testing.changes}.
"""

from __future__ import annotations

from twisted.trial.unittest import TestCase

from test.contract.changes import ChangesContract
from test.contract.memory import MemoryWorld


class MemoryChangeFeedTests(ChangesContract, TestCase):
    """The fake."""

    def make_world(self) -> MemoryWorld:
        """A world in memory."""
        return MemoryWorld()
