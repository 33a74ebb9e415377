"""
What acceptance tests have in common: a running cluster of their own.
"""

from __future__ import annotations

from twisted.trial.unittest import TestCase

from test.acceptance.cluster import Cluster

__all__ = ["ClusterCase"]


class ClusterCase(TestCase):
    """
    Each test has a fresh cluster, which runs.

    @ivar cluster: the cluster.
    """

    timeout = 180

    async def setUp(self) -> None:
        """Start the cluster; it and all that came of it is removed whatever happens."""
        self.cluster = Cluster()
        self.addCleanup(self.cluster.remove)
        await self.cluster.create()
