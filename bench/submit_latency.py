"""
How long it takes until a container runs: submitted to arvgate, and by C{docker run -d}; with the image there already.

C{python -m bench.submit_latency [RUNS]} starts a dockerd and clusters of its own, and leaves nothing of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import datetime
from unittest import SkipTest

from twisted.internet.defer import Deferred
from twisted.internet.task import react

from bench.samples import compared, in_turn, line
from test.acceptance.cluster import Cluster
from test.acceptance.engines import Busybox
from test.acceptance.processes import alive, busy_time, children_of
from test.acceptance.waiting import in_thread, pause, seconds, until
from test.requirements import require

RUNS = 20

#: Seconds more than C{docker run} that are allowed.
TARGET = 0.5

COMMAND = ("sleep", "1")


class Submitting:
    """
    One cluster, to which containers are submitted.

    @ivar spares_used: how many of them were run by a runner that had waited for them.
    """

    def __init__(self, engine: Busybox, spares: int) -> None:
        self.spares_used = 0
        self._spares = spares
        self.cluster = Cluster(engine, {"Arvgate": {"Node": {"SpareRunners": spares, "VCPUs": 8}}})

    async def once(self) -> float:
        """Seconds from sending a request to the time at which its container's record says that it runs."""
        waiting = await self._waiting_runner()
        constraints = {"vcpus": 1, "ram": 64 << 20, "API": True}
        began = seconds()
        request = await self.cluster.commit(COMMAND, runtime_constraints=constraints)
        container = request["container_uuid"]
        record = await self.cluster.container_in(container, "Running", "Complete", "Cancelled")
        self.spares_used += waiting is not None and self.cluster.runner(container) == waiting
        record = await self.cluster.container_in(container, "Complete", "Cancelled")
        if record["exit_code"] != 0:
            raise AssertionError(f"{container}: {record['state']} {record['runtime_status']}")
        await until(lambda: not self.cluster.runner(container), 20.0, "the runner has ended")
        return datetime.fromisoformat(record["started_at"]).timestamp() - began

    async def _waiting_runner(self) -> int | None:
        """The spare runner, once it is loaded and waits; None if there is to be none."""
        if not self._spares:
            return None
        (control,) = self.cluster.processes("control")
        (pid,) = await until(lambda: children_of(control), 20.0, "there is a spare runner")
        spent = -1.0
        while alive(pid) and busy_time(pid) != spent:
            spent = busy_time(pid)
            await pause(0.5)
        return pid


async def by_docker(engine: Busybox) -> float:
    """Seconds that C{docker run -d} takes."""
    command = [shutil.which("docker") or "docker", "run", "-d", engine.image, *COMMAND]
    environment = {"PATH": os.environ.get("PATH", os.defpath), **engine.environment}
    began = seconds()
    done = await in_thread(subprocess.run, command, env=environment, capture_output=True, text=True, timeout=60)
    took = seconds() - began
    if done.returncode:
        raise AssertionError(done.stderr)
    container = await in_thread(engine.daemon.client.containers.get, done.stdout.strip())
    await in_thread(container.wait, timeout=60)
    await in_thread(container.remove, force=True)
    return took


async def measure(engine: Busybox, spares: int, runs: int) -> None:
    """Compare on a cluster that has so many spare runners, and print what was found."""
    submitting = Submitting(engine, spares)
    try:
        await submitting.cluster.create()
        ways = [("arvgate", submitting.once), ("docker run -d", lambda: by_docker(engine))]
        await in_turn(1, ways)
        submitting.spares_used = 0
        ours, theirs = await in_turn(runs, ways)
    finally:
        await submitting.cluster.remove()
    print(f"With {spares} spare runners ({submitting.spares_used} of {runs} containers found one that waited):")
    for text in (line(ours), line(theirs), compared(ours, theirs)):
        print(f"  {text}")
    kept = "kept" if ours.median - theirs.median <= TARGET else "missed"
    print(f"  at most {TARGET} s more: {kept}", flush=True)


async def bench(runs: int) -> None:
    """With a spare runner, as it is by default, and without."""
    require("docker")
    engine = await in_thread(Busybox)
    print("From submitting a container until it runs, image present:", flush=True)
    for spares in (1, 0):
        await measure(engine, spares, runs)


def main(reactor: object, runs: str = str(RUNS)) -> Deferred[None]:
    """Run it all."""
    running = Deferred.fromCoroutine(bench(int(runs)))
    running.addErrback(lambda failure: sys.exit(str(failure.value)) if failure.check(SkipTest) else failure)
    return running


if __name__ == "__main__":
    react(main, sys.argv[1:])
