"""Taking things off a daemon: L{arvgate.runner.docker.removal}."""

from __future__ import annotations

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from arvgate.runner.docker.daemon import Daemon, DaemonGone
from arvgate.runner.docker.removal import remove
from test.runner.docker.case import DockerCase


class RemovalTests(DockerCase):
    """L{remove}."""

    def make(self) -> str:
        """A running container on a network of its own, with a volume; its id."""
        client, name = self.dockerd.client, f"arvgate-{self.place.uuid}"
        labels = {"arvgate.container": self.place.uuid}
        client.networks.create(name, labels=labels)
        mount = {"Type": "volume", "Target": "/volume"}
        made = client.api.create_container_from_config(
            {
                "Image": self.place.plan.image,
                "Cmd": ["sleep", "1000"],
                "Labels": labels,
                "HostConfig": {"NetworkMode": name, "Mounts": [mount]},
            },
            name,
        )
        client.api.start(made["Id"])
        return str(made["Id"])

    async def test_all(self) -> None:
        """A container goes though it runs, and with it its network and its nameless volume."""
        container = await deferToThread(self.make)
        await remove(self.daemon, container, f"arvgate-{self.place.uuid}")
        self.assertEqual(([], []), self.leftovers())
        self.assertEqual([], await deferToThread(self.dockerd.client.volumes.list))

    async def test_twice(self) -> None:
        """What has gone is nothing to remove, nor is what there never was."""
        container = await deferToThread(self.make)
        for _ in range(2):
            await remove(self.daemon, container, f"arvgate-{self.place.uuid}")
        await remove(self.daemon, None, "no-such-network")

    async def test_at_once(self) -> None:
        """When several remove the same, all return when it has gone."""
        container = await deferToThread(self.make)
        name = f"arvgate-{self.place.uuid}"
        for removing in [Deferred.fromCoroutine(remove(self.daemon, container, name)) for _ in range(5)]:
            await removing
        self.assertEqual(([], []), self.leftovers())

    async def test_daemon_away(self) -> None:
        """Without a daemon nothing is said to be removed."""
        daemon = Daemon(reactor, f"unix://{self.place.root}/none")
        await self.assertFailure(Deferred.fromCoroutine(remove(daemon, "x", "x")), DaemonGone)
