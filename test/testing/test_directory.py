"""
The contract of L{arvgate.testing.directory}.
"""

from __future__ import annotations

from twisted.trial.unittest import TestCase

from test.contract.directory import DirectoryContract
from test.contract.memory import MemoryWorld


class MemoryDirectoryTests(DirectoryContract, TestCase):
    """The fake."""

    def make_world(self) -> MemoryWorld:
        """A world in memory."""
        return MemoryWorld()
