"""
Processes that die: what is replaced, what goes on, what is ended.
"""

from __future__ import annotations

import json
import threading

from twisted.internet.defer import Deferred

from test.acceptance.case import ClusterCase
from test.acceptance.cluster import Cluster, Entrance
from test.acceptance.engines import OnDocker
from test.acceptance.processes import alive, end
from test.acceptance.waiting import in_thread, seconds, until


class Load:
    """
    Visitors that ask again and again, each on new connections, until they are stopped.

    @ivar statuses: what they were answered; 0 for no answer.
    """

    def __init__(self, cluster: Cluster, entrance: Entrance, visitors: int = 3) -> None:
        self.statuses: list[int] = []
        self._over = threading.Event()
        self._visitors: list[Deferred[None]] = [in_thread(self._visit, cluster, entrance) for _ in range(visitors)]

    def _visit(self, cluster: Cluster, entrance: Entrance) -> None:
        while not self._over.is_set():
            self.statuses.append(cluster.visit(entrance, within=5.0))

    async def stop(self) -> None:
        """Let each finish its last request."""
        self._over.set()
        for visitor in self._visitors:
            await visitor


class ReplacementTests(ClusterCase):
    """A process of the gateway that is killed is replaced at once."""

    async def test_door_and_control_are_replaced_under_load(self) -> None:
        """Door, then control are killed while requests flow: each time new requests work within two seconds."""
        entrance = await self.cluster.run_app()
        load = Load(self.cluster, entrance)
        self.addCleanup(load.stop)
        await until(lambda: load.statuses.count(200) > 20, 10.0, "the load flows")
        for role in ("door", "control"):
            (victim,) = self.cluster.processes(role)
            end(victim)
            killed = seconds()

            def works(victim: int = victim) -> bool:
                return not alive(victim) and self.cluster.visit(entrance, within=2.0) == 200 and self.cluster.answers()

            await until(works, 10.0, f"requests work after {role} was killed")
            self.assertLess(seconds() - killed, 2.0, role)
            (successor,) = self.cluster.processes(role)
            self.assertNotEqual(victim, successor)
        await load.stop()
        self.assertEqual({200}, set(load.statuses[-3:]))

    async def test_container_outlives_the_gateway(self) -> None:
        """The whole gateway is killed: the container runs on, and after a restart its address works again."""
        entrance = await self.cluster.run_app()
        app = await self.app_of(entrance)
        runner = self.cluster.runner(entrance.uuid)
        self.cluster.kill_gateway()
        await self.cluster.gateway.ended()
        self.assertTrue(alive(app) and alive(runner))
        await self.cluster.start()
        await until(lambda: self.cluster.visit(entrance) == 200, 10.0, "the app's address works again")
        self.assertEqual(app, await self.app_of(entrance))
        self.assertEqual(runner, self.cluster.runner(entrance.uuid))
        record = await self.cluster.record("containers", entrance.uuid)
        self.assertEqual(("Running", 1), (record["state"], record["lock_count"]))

    async def test_orphans_make_way(self) -> None:
        """When twistd's process alone is killed, what it started ends by itself and frees the ports."""
        orphans = [*self.cluster.processes("door"), *self.cluster.processes("control")]
        self.assertEqual(2, len(orphans))
        end(self.cluster.gateway.pid)
        await self.cluster.gateway.ended()
        await until(lambda: not any(map(alive, orphans)), 15.0, "door and control have ended")
        await self.cluster.start()

    async def test_container_ends_with_its_runner(self) -> None:
        """A runner is killed: its processes end, the record says Cancelled and why, and another takes over."""
        entrance = await self.cluster.run_app()
        processes = [await self.app_of(entrance), *self.cluster.jobs(entrance.uuid)]
        end(self.cluster.runner(entrance.uuid))
        killed = seconds()
        record = await self.cluster.container_in(entrance.uuid, "Cancelled")
        self.assertLess(seconds() - killed, 30.0)
        self.assertIn("runner", json.dumps(record["runtime_status"]))
        await until(lambda: not any(map(alive, processes)), 5.0, "the container's processes have ended")
        self.assertEqual([], self.cluster.jobs(entrance.uuid))
        request = await self.cluster.record("container_requests", entrance.request)
        self.assertEqual(("Committed", 2), (request["state"], request["container_count"]))
        self.assertNotEqual(entrance.uuid, request["container_uuid"])
        await self.cluster.container_in(request["container_uuid"], "Running")

    async def app_of(self, entrance: Entrance) -> int:
        """The process id of the app behind an entrance."""
        answer = await in_thread(
            self.cluster.client.request, entrance.name, "GET", "/headers", headers=entrance.headers
        )
        pid = int(json.loads(answer.body)["pid"])
        workdir = self.cluster.state("jobs", entrance.uuid)
        return await in_thread(self.cluster.engine.process, workdir, entrance.uuid, pid)


class DockerReplacementTests(OnDocker, ReplacementTests):
    """The same on Docker."""
