"""
What acceptance tests have in common: a running cluster of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twisted.trial.unittest import TestCase

from test.acceptance.cluster import Cluster
from test.acceptance.engines import Engine, Processes
from test.acceptance.waiting import in_thread

__all__ = ["ClusterCase"]


class ClusterCase(TestCase):
    """
    Each test has a fresh cluster, which runs.

    @ivar cluster: the cluster.
    """

    timeout = 180

    #: What runs its containers.
    engine: Callable[[], Engine] = Processes

    #: What its configuration has beside and instead of what C{arvgate init} writes.
    configuration: Mapping[str, Any] = {}

    async def setUp(self) -> None:
        """Start the cluster."""
        self.cluster = await self.new_cluster()
        await self.cluster.create()

    async def new_cluster(self) -> Cluster:
        """A cluster that is still to be made; it and all that came of it is removed whatever happens."""
        cluster = Cluster(await in_thread(type(self).engine), self.configuration)
        self.addCleanup(cluster.remove)
        return cluster
