"""
The gateway and its runners as an account without rights, which may not enter the networks of containers.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from test.acceptance.account import READING
from test.acceptance.case import ClusterCase
from test.acceptance.cluster import APP, Cluster
from test.acceptance.engines import Docker
from test.acceptance.processes import children_of, status_of
from test.acceptance.waiting import in_thread, until
from test.dockerd.daemon import DockerDaemon

#: An account that nobody has: it has no name, no home, and no group but its own.
ACCOUNT = 54321

#: No more locks than these can fail.
ATTEMPTS = 2


def engine() -> Docker:
    """A daemon with addresses for one private network, to whose socket the account has a right."""
    daemon = DockerDaemon(networks=1)
    os.chown(daemon.host.removeprefix("unix://"), -1, ACCOUNT)
    return Docker(daemon)


class UnprivilegedTests(ClusterCase):
    """What is reached without the right to enter namespaces, and how."""

    configuration: Mapping[str, Any] = {
        "Containers": {"MaxDispatchAttempts": ATTEMPTS},
        "Arvgate": {"DoorAccount": "", "Node": {"VCPUs": 8}},
    }

    async def setUp(self) -> None:
        """A cluster of the account's, on a daemon of its own."""
        docker = await in_thread(engine)
        self.addCleanup(in_thread, docker.daemon.stop)
        self.cluster = Cluster(docker, self.configuration, ACCOUNT)
        self.addCleanup(self.cluster.remove)
        await self.cluster.create()

    async def test_private_networks(self) -> None:
        """
        An app in a container without network is reached by a private network, which is removed with the container.

        One that listens on its own loopback address only is not, and the answer says so; the log names the missing
        right.  A container for which there is no private network left stays queued with the reason, lets others pass,
        and runs when there is one; however often it was tried meanwhile, that is no failed attempt.
        """
        cluster = self.cluster
        request = await self.app("0.0.0.0")
        entrance = await cluster.enter_app(request)
        self.assertEqual(200, await in_thread(cluster.visit, entrance))
        self.nothing_is_privileged(entrance.uuid)
        self.assertIn(b"CAP_SYS_ADMIN is missing", await in_thread(cluster.log, request, "arvgate-runner.txt"))
        self.assertEqual([f"arvgate-{entrance.uuid}"], await in_thread(self.networks))

        waiting = await self.app("127.0.0.1")
        uuid = waiting["container_uuid"]
        for _ in range(ATTEMPTS + 1):
            await self.queues(uuid)
            await self.passes()
        record = await self.queues(uuid)
        self.assertGreater(record["lock_count"], ATTEMPTS)

        await cluster.output_of("cancel", entrance.uuid)
        second = await cluster.enter_app(waiting)
        self.assertEqual([f"arvgate-{uuid}"], await in_thread(self.networks))
        answer = await in_thread(cluster.client.request, second.name, "GET", "/headers", headers=second.headers)
        self.assertEqual(502, answer.status)
        self.assertIn("let it listen on 0.0.0.0", answer.json["errors"][0])
        self.assertNotIn("warning", (await cluster.record("containers", uuid))["runtime_status"])

        await cluster.output_of("cancel", uuid)
        await cluster.container_in(uuid, "Cancelled")
        self.assertEqual([], await in_thread(cluster.engine.left, cluster.cluster_id))

    async def app(self, address: str) -> Mapping[str, Any]:
        """The request of a container without network, in which the test app listens on that address."""
        return await self.cluster.submit([sys.executable, str(APP), address], "--no-network")

    async def queues(self, uuid: str) -> Any:
        """The record of a container that is in the queue for want of a network, and says so."""

        def look() -> Any:
            record = self.cluster.client.api("GET", f"containers/{uuid}").json
            warning = record["runtime_status"].get("warning", "")
            return record if record["state"] == "Queued" and "networks" in warning else None

        return await until(look, 20.0, "the container waits for a network")

    async def passes(self) -> None:
        """A container with a network runs meanwhile."""
        request = await self.cluster.commit(
            ["/bin/true"], runtime_constraints={"vcpus": 1, "ram": 64 << 20, "API": True}
        )
        await self.cluster.container_in(request["container_uuid"], "Complete", "Cancelled")

    def nothing_is_privileged(self, uuid: str) -> None:
        """Neither the gateway nor the runner of that container may do what root may."""
        for pid in (self.cluster.gateway.pid, *children_of(self.cluster.gateway.pid), self.cluster.runner(uuid)):
            status = status_of(pid)
            self.assertEqual({str(ACCOUNT)}, {*status["Uid"].split(), *status["Gid"].split()})
            self.assertEqual(0, int(status["CapEff"], 16) & ~READING)

    def networks(self) -> list[str]:
        """The networks that Docker did not bring with it."""
        return sorted({*self.cluster.engine.daemon.left()["networks"]} - {"bridge", "host", "none"})
