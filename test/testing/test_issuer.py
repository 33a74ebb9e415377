"""
The contract of L{arvgate.testing.issuer}.
"""

from __future__ import annotations

from twisted.trial.unittest import TestCase

from test.contract.issuer import IssuerContract
from test.contract.memory import MemoryWorld


class MemoryIssuerTests(IssuerContract, TestCase):
    """The fake."""

    def make_world(self) -> MemoryWorld:
        """A world in memory."""
        return MemoryWorld()
