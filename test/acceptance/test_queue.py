"""
Many containers on a small node: who comes first, how many at once, and that nothing is left of them.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from twisted.internet.defer import Deferred

from test.acceptance.case import ClusterCase
from test.acceptance.engines import Busybox
from test.acceptance.processes import children_of, command_of, open_files, zombies_of
from test.acceptance.waiting import in_thread, until
from test.dockerd.daemon import DockerDaemon

LIMIT = 5
COUNT = 50

#: Waits until it may go on, but not for ever.
COMMAND = ["sh", "-c", "for i in $(seq 600); do [ -e /gate/open ] && exit 0; sleep 0.1; done; exit 1"]


class Watching:
    """
    How many containers of a cluster run at once, as their daemon tells it.

    @ivar most: the most so far.
    @ivar started: how many were started.
    """

    def __init__(self, daemon: DockerDaemon, cluster_id: str) -> None:
        filters = {"label": f"arvgate.cluster={cluster_id}", "event": ["start", "die"]}
        self.most = self.started = 0
        self._events = daemon.client.events(decode=True, filters=filters)
        self._over: Deferred[None] = in_thread(self._watch)

    def _watch(self) -> None:
        running = set()
        for event in self._events:
            if event["Action"] == "start":
                running.add(event["id"])
                self.started += 1
                self.most = max(self.most, len(running))
            else:
                running.discard(event["id"])

    async def stop(self) -> None:
        """Watch no longer."""
        self._events.close()
        await self._over


class QueueTests(ClusterCase):
    """A limit of L{LIMIT} containers, and L{COUNT} that want to run."""

    engine = Busybox

    async def setUp(self) -> None:
        """A cluster with that limit, and a directory in which a file lets all containers go on."""
        self.gate = Path(tempfile.mkdtemp(prefix="arvgate-test-"))
        self.addCleanup(shutil.rmtree, self.gate)
        self.gate.chmod(0o755)
        self.configuration = {
            "Arvgate": {
                "Node": {"Containers": LIMIT, "VCPUs": COUNT},
                "Engines": {"Docker": {"HostDirectories": [{"Path": str(self.gate)}]}},
            }
        }
        await super().setUp()

    async def test_queue(self) -> None:
        """
        They start strictly by priority and never more at once than allowed, all end well, and nothing is left.

        What is compared before and after: processes and their descriptors, files, and what Docker has.
        """
        before, descriptors = await self.ready()
        watching = await in_thread(Watching, self.cluster.engine.daemon, self.cluster.cluster_id)
        self.addCleanup(watching.stop)
        first = [await self.queued(1000) for _ in range(LIMIT)]
        for uuid in first:
            await self.cluster.container_in(uuid, "Running")
        priorities = [1 + 7 * number % 45 for number in range(COUNT - LIMIT)]
        waiting = {await self.queued(priority): priority for priority in priorities}
        self.assertEqual(COUNT - LIMIT, len(set(waiting.values())))
        (self.gate / "open").touch()
        records = await self.ended([*first, *waiting])

        self.assertEqual([("Complete", 0)] * COUNT, [(one["state"], one["exit_code"]) for one in records.values()])
        self.assertEqual([1] * COUNT, [one["lock_count"] for one in records.values()])
        self.assertEqual((LIMIT, COUNT), (watching.most, watching.started))
        self.assertEqual(sorted(waiting, key=lambda uuid: -waiting[uuid]), self.order_of_runners()[-len(waiting) :])
        self.assertLess(overtaken(records, waiting), LIMIT)
        self.assertEqual(before, await self.as_before(before))
        _, grown = await self.ready()
        grown.subtract(descriptors)
        # Pools of connections grow with what happens at once, not with what happens.
        self.assertEqual({}, {kind: count for kind, count in grown.items() if count > 3 * LIMIT})

    async def queued(self, priority: int) -> str:
        """The UUID of a new container."""
        mounts = {
            "/out": {"kind": "tmp", "capacity": 1 << 20},
            "/gate": {"kind": "arvgate_host", "path": str(self.gate)},
        }
        request = await self.cluster.commit(COMMAND, priority=priority, mounts=mounts)
        return str(request["container_uuid"])

    async def ended(self, uuids: Sequence[str]) -> Mapping[str, Any]:
        """The records of containers, by UUID, once none is left that has not ended."""
        client = self.cluster.client
        unfinished = quote(json.dumps([["state", "in", ["Queued", "Locked", "Running"]]]))

        def over() -> bool:
            return client.api("GET", f"containers?limit=1&filters={unfinished}").json["items"] == []

        await until(over, 150.0, "all containers have ended")
        wanted = quote(json.dumps([["uuid", "in", list(uuids)]]))
        answer = await in_thread(client.api, "GET", f"containers?limit={COUNT}&filters={wanted}")
        return {one["uuid"]: one for one in answer.json["items"]}

    def order_of_runners(self) -> list[str]:
        """The containers in the order in which they got a runner."""
        return re.findall(r"container (\S+): runner started", self.cluster.gateway.output)

    async def ready(self) -> tuple[Mapping[str, Any], Counter[str]]:
        """What there is of the cluster, and how many descriptors of each kind, once a spare runner waits."""
        cluster = self.cluster
        (control,) = cluster.processes("control")
        await until(lambda: children_of(control), 20.0, "there is a spare runner")
        descriptors = Counter(
            f"{command_of(pid)} {name.partition(':[')[0]}"
            for pid in (cluster.gateway.pid, *children_of(cluster.gateway.pid))
            for name in open_files(pid)
        )
        return await in_thread(self.there), descriptors

    async def as_before(self, before: Mapping[str, Any]) -> Mapping[str, Any]:
        """What there is of the cluster, once it is what it was, or after some time."""
        seen: list[Mapping[str, Any]] = []

        def look() -> bool:
            seen.append(self.there())
            return seen[-1] == before

        try:
            await until(look, 20.0, "all is as before")
        except AssertionError:
            pass  # what is different is what the test is to say
        return seen[-1]

    def there(self) -> Mapping[str, Any]:
        """The cluster's processes, its files, and what Docker has; blocking."""
        cluster = self.cluster
        parents = [cluster.gateway.pid, *children_of(cluster.gateway.pid)]
        kept = {cluster.state("logs"), cluster.state("outputs")}
        return {
            "processes": [command_of(pid) for parent in parents for pid in (parent, *children_of(parent))],
            "zombies": [pid for parent in parents for pid in zombies_of(parent)],
            "files": sorted(str(path) for path in cluster.home.rglob("*") if not kept & {*path.parents}),
            "odd files": [str(path) for place in kept for path in place.rglob(".*")],
            **cluster.engine.daemon.left(),
        }


def overtaken(records: Mapping[str, Any], priorities: Mapping[str, int]) -> int:
    """The most that were still not running, of those with a higher priority, when one came to run."""
    return max(
        sum(
            priorities[other] > priorities[uuid] and records[other]["started_at"] > records[uuid]["started_at"]
            for other in priorities
        )
        for uuid in priorities
    )
