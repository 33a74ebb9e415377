"""Tests of L{arvgate.service.engine_node}."""

from __future__ import annotations

import attrs
from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from arvgate.config import Config
from arvgate.config.model import DockerConfig
from arvgate.errors import EngineFailed
from arvgate.service.engine_node import engine_node
from test.dockerd.daemon import shared_daemon
from test.service.clusters import make_cluster


class EngineNodeTests(TestCase):
    """What the configured engine has on this node."""

    def config(self, engine: str, host: str) -> Config:
        """A configuration with that engine."""
        config = make_cluster(self.mktemp(), 0).config
        return attrs.evolve(config, arvgate=attrs.evolve(config.arvgate, engine=engine, docker=DockerConfig(host)))

    def test_process(self) -> None:
        """The process engine's jobs always end with their runner: it has none."""
        self.assertIsNone(engine_node(self.config("process", ""), reactor))

    async def test_docker(self) -> None:
        """Docker's is asked, and has nothing of a new cluster."""
        node = engine_node(self.config("docker", shared_daemon().host), reactor)
        self.assertEqual([], list(await node.found()))

    async def test_no_daemon(self) -> None:
        """A daemon that is not there is a failure that the dispatcher understands."""
        node = engine_node(self.config("docker", "unix:///nowhere/docker.sock"), reactor)
        await self.assertFailure(Deferred.fromCoroutine(node.found()), EngineFailed)
