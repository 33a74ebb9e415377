"""
Tests for L{arvgate.service.dispatching}.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.config import Config
from arvgate.config.model import NodeConfig, UserLimitsConfig, WebServicesConfig
from arvgate.errors import ConfigInvalid
from arvgate.policy.placement import Capacity
from arvgate.policy.user_limits import NO_LIMITS, UserLimits
from arvgate.service.dispatching import capacity, launch_options, make_dispatching, user_limits
from arvgate.testing.changes import MemoryChangeFeed
from test.records.sqlite import sqlite_world
from test.service.clusters import make_cluster


async def at_once(call: Callable[[], Any]) -> Any:
    """A blocking call in this very thread."""
    return call()


class DispatchingTests(SynchronousTestCase):
    """From the configuration to the dispatcher."""

    def setUp(self) -> None:
        """A cluster."""
        self.cluster = make_cluster(self.mktemp(), 0)
        self.config = self.cluster.config

    def changed(self, **fields: object) -> Config:
        """The configuration with other fields of C{Arvgate}."""
        return attrs.evolve(self.config, arvgate=attrs.evolve(self.config.arvgate, **fields))

    def test_capacity(self) -> None:
        """What is configured counts, else what the machine has; without an account the engine is for admins only."""
        self.assertEqual(Capacity(8, 1000, 0, True), capacity(self.config, 8, 1000))
        config = self.changed(node=NodeConfig(containers=3, vcpus=2, ram=500), process_account="jobs")
        self.assertEqual(Capacity(2, 500, 3, False), capacity(config, 8, 1000))

    def test_user_limits(self) -> None:
        """Users have the limits that are configured, none by default."""
        self.assertEqual(NO_LIMITS, user_limits(self.config))
        config = self.changed(user_limits=UserLimitsConfig(containers=1, vcpus=2, ram=3, output=4, log=5))
        self.assertEqual(UserLimits(1, 2, 3, 4), user_limits(config))

    def test_options(self) -> None:
        """Runners are told where the API is, whom to trust, where they listen, and their directories."""
        node = NodeConfig(address="10.1.2.3", port=4000)
        options = launch_options(self.changed(node=node, log_max_bytes=5, process_account="jobs"), {})
        self.assertEqual(("localhost:8443", "10.1.2.3", 4000), (options.api_host, options.address, options.port))
        self.assertEqual((self.cluster.directory / "ca.pem").read_text(), options.api_ca)
        self.assertEqual(self.cluster.directory / "state", options.state_directory)
        self.assertEqual((5, "jobs", "process"), (options.log_max_bytes, options.account, options.engine))

    def test_addresses(self) -> None:
        """Runners are told by which addresses ports of their container are reached, where every port has one."""
        template = launch_options(self.config, {}).port_address("uuid")
        self.assertEqual("https://uuid-{port}-http.zzzzz.localhost:8443/", template)
        web = WebServicesConfig(host="apps.localhost", port_min=31000, port_max=31001)
        self.assertEqual("", launch_options(attrs.evolve(self.config, web_services=web), {}).port_address("uuid"))

    def test_docker(self) -> None:
        """A container reaches an API that is on this machine by a name of the machine's, any other by its own."""
        self.assertEqual("host.docker.internal:8443", launch_options(self.config, {}).docker["ApiHost"])
        elsewhere = attrs.evolve(self.config, controller_url="https://api.example.org/")
        self.assertEqual("api.example.org", launch_options(elsewhere, {}).docker["ApiHost"])

    def test_environment(self) -> None:
        """Of our environment runners get what a program needs, and nothing else."""
        options = launch_options(self.config, {"PATH": "/bin", "LANG": "C", "ARVADOS_API_TOKEN": "secret"})
        self.assertEqual(("/bin", "C"), (options.environment["PATH"], options.environment["LANG"]))
        self.assertNotIn("ARVADOS_API_TOKEN", options.environment)

    def test_ca(self) -> None:
        """Without a CA the machine's are trusted; one that cannot be read is named."""
        self.assertEqual("", launch_options(self.changed(ca_path=""), {}).api_ca)
        error = self.assertRaises(ConfigInvalid, launch_options, self.changed(ca_path="/nowhere/ca.pem"), {})
        self.assertIn("Arvgate.CA", error.sentence)

    def test_part(self) -> None:
        """As a part it makes its directories, listens to changes, and stops; stopping alone is nothing."""
        world, engine = sqlite_world(self.mktemp())
        self.addCleanup(engine.dispose)
        feed, clock = MemoryChangeFeed(), Clock()
        part = make_dispatching(
            self.config, clock, world.store, feed, world.system, lambda uuid, lock_count: "0" * 64, {}, at_once
        )
        self.successResultOf(part.stop())
        self.successResultOf(part.start())
        self.assertEqual(1, len(feed))
        for name in ("runners", "jobs", "logs"):
            self.assertTrue(Path(self.config.arvgate.state_directory, name).is_dir())
        self.successResultOf(part.stop())
        self.successResultOf(part.stop())
        self.assertEqual((0, []), (len(feed), clock.getDelayedCalls()))
