"""
The contract of L{arvgate.testing.tokens}.
"""

from __future__ import annotations

from twisted.trial.unittest import TestCase

from test.contract.memory import MemoryWorld
from test.contract.tokens import TokensContract


class MemoryTokensTests(TokensContract, TestCase):
    """The fake."""

    def make_world(self) -> MemoryWorld:
        """A world in memory."""
        return MemoryWorld()
