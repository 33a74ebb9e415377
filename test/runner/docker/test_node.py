"""What a daemon has of a cluster: L{DockerNode} does what every node does, and keeps to its own."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from arvgate.errors import EngineFailed
from arvgate.interfaces import Left
from arvgate.runner.docker.daemon import Daemon
from arvgate.runner.docker.names import CLUSTER, CONTAINER, LOCK_COUNT, RUNNERS, labels_of
from arvgate.runner.docker.node import DockerNode
from test.contract.node import ONE, OTHER, NodeContract
from test.runner.docker.case import DockerCase


class DockerNodeTests(NodeContract, DockerCase):
    """With real containers and networks."""

    def setUp(self) -> None:
        """A node of this test's runners alone."""
        super().setUp()
        self.runners = self.place.root
        self.node = DockerNode(self.daemon, "zzzzz", self.runners)

    def tearDown(self) -> None:
        """What was left is removed."""
        client = self.dockerd.client
        wanted = {"label": "arvgate.test=1"}
        for container in client.containers.list(all=True, filters=wanted):
            container.remove(force=True)
        for network in client.networks.list(filters=wanted):
            network.remove()
        super().tearDown()

    async def leave(self, uuid: str, lock_count: int, running: bool) -> None:
        """See L{NodeContract}."""
        await self.make(labels_of(uuid, lock_count, self.runners), running)

    async def leave_elsewhere(self, uuid: str) -> None:
        """See L{NodeContract}."""
        await self.make(labels_of(f"xxxxx{uuid[5:]}", 1, self.runners), True)

    async def make(self, labels: Any, running: bool = False) -> str:
        """A container with those labels; its id."""

        def work() -> str:
            api = self.dockerd.client.api
            made = api.create_container(
                self.place.plan.image,
                ["sleep", "1000"],
                labels={**labels, "arvgate.test": "1"},
                host_config=api.create_host_config(network_mode="none"),
            )
            if running:
                api.start(made["Id"])
            return str(made["Id"])

        return await deferToThread(work)

    async def make_network(self, labels: Any) -> None:
        """A network with those labels."""
        create = self.dockerd.client.networks.create
        await deferToThread(create, f"test-{self.place.uuid}", labels={**labels, "arvgate.test": "1"}, internal=True)

    async def test_network(self) -> None:
        """A network is found too, after its container, and ended after it."""
        labels = labels_of(ONE, 2, self.runners)
        await self.make_network(labels)
        await self.make(labels, running=True)
        found = list(await self.node.found())
        self.assertEqual(["container", "network"], [left.name.split(" ")[0] for left in found])
        self.assertEqual([(ONE, 2)] * 2, [(left.uuid, left.lock_count) for left in found])
        for left in found:
            await self.node.end(left)
        self.assertEqual([], list(await self.node.found()))

    async def test_network_in_use(self) -> None:
        """A network that somebody else has connected a container to is a failure, not a loss."""
        await self.make_network(labels_of(ONE, 1, self.runners))
        network, api = f"test-{self.place.uuid}", self.dockerd.client.api
        other = await deferToThread(
            lambda: api.create_container(
                self.place.plan.image,
                ["sleep", "1000"],
                labels={"arvgate.test": "1"},
                host_config=api.create_host_config(network_mode=network),
            )
        )
        await deferToThread(api.start, other["Id"])
        (left,) = await self.node.found()
        await self.assertFailure(Deferred.fromCoroutine(self.node.end(left)), EngineFailed)
        await deferToThread(api.remove_container, other["Id"], force=True)
        await self.node.end(left)

    async def test_others(self) -> None:
        """What has the labels of other runners, or none at all, is left alone."""
        await self.make(labels_of(ONE, 1, self.runners + "2"), running=True)
        await self.make(labels_of(ONE, 1, self.runners[:-1]), running=True)
        await self.make({CONTAINER: ONE, LOCK_COUNT: "1"}, running=True)
        await self.make({})
        self.assertEqual([], list(await self.node.found()))

    async def test_odd_labels(self) -> None:
        """Labels that somebody has written by hand do not hide what bears them."""
        await self.make({CLUSTER: "zzzzz", RUNNERS: self.runners, LOCK_COUNT: "many"})
        (left,) = await self.node.found()
        self.assertEqual(("", 0), (left.uuid, left.lock_count))
        await self.node.end(left)

    async def test_daemon_away(self) -> None:
        """A daemon that does not answer is a failure."""
        daemon = Daemon(reactor, f"unix://{self.place.root}/none")
        node = DockerNode(daemon, "zzzzz", self.runners)
        await self.assertFailure(Deferred.fromCoroutine(node.found()), EngineFailed)
        for name in ("container x", "network x"):
            await self.assertFailure(Deferred.fromCoroutine(node.end(Left(OTHER, 1, name))), EngineFailed)

    async def test_at_once(self) -> None:
        """Whoever ends the same at the same time does not fail."""
        await self.leave(ONE, 1, running=True)
        (left,) = await self.node.found()
        for ending in [Deferred.fromCoroutine(self.node.end(left)) for _ in range(4)]:
            await ending
        self.assertEqual([], list(await self.node.found()))

    async def test_of_engine(self) -> None:
        """What the engine has started is found by what it is called, and a job whose container is ended is over."""
        job = await self.make_engine(may_enter=False).start(self.place.shell("sleep 1000"))
        found = list(await self.node.found())
        self.assertEqual([(self.place.uuid, 1)] * 2, [(left.uuid, left.lock_count) for left in found])
        await self.node.end(found[0])
        self.assertTrue((await job.wait()).lost)
        self.assertEqual([], list(await self.node.found()))
