"""
Tests for L{arvgate.directory.issuer}.
"""

from __future__ import annotations

from twisted.trial.unittest import TestCase

from test.contract.issuer import HOST, IssuerContract
from test.directory.stored import StoredWorld


class LocalIssuerTests(IssuerContract, TestCase):
    """L{arvgate.directory.issuer.LocalIssuer} over the store."""

    def make_world(self) -> StoredWorld:
        """A world on a new SQLite file."""
        return StoredWorld(self.mktemp())

    async def test_codes_are_random(self) -> None:
        """Each code has at least 128 bits and can stand in a query as it is."""
        token = await self.token()
        codes = {await self.world.issuer.issue_code(token, HOST, "/", 30.0, False) for _ in range(10)}
        self.assertEqual(10, len(codes))
        for code in codes:
            self.assertRegex(code, r"\A[A-Za-z0-9_-]{32,}\Z")
