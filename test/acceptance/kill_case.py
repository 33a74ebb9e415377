"""
A cluster of which something is killed at a moment, and what may become of it then.

Not here: who is killed when (L{test.acceptance.test_kills}).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from test.acceptance.cluster import Cluster
from test.acceptance.engines import Busybox
from test.acceptance.kills import EXIT_CODE, JOB, Trace, Victim, left_of, state_of, when_docker_says, when_locked
from test.acceptance.waiting import in_thread, seconds, until
from test.dockerd.daemon import DockerDaemon, shared_daemon

__all__ = ["BOUND", "KillCase", "Run"]

#: Seconds within which all is true again, once what was killed is back.
BOUND: Final = 60.0
#: How often a moment is tried to be met.
_TRIES: Final = 3


@attrs.frozen
class Run:
    """A request and its first container."""

    request: str
    container: str
    trace: Trace


class KillCase(TestCase):
    """
    A cluster on Docker, of which something is killed.

    @ivar cluster: the cluster.
    @ivar daemon: its dockerd.
    @ivar victim: what is killed.
    @ivar runs: all that was submitted.
    @ivar states: of the containers that were struck when Docker said something, right after that.
    """

    timeout = 240

    async def setUp(self) -> None:
        """Start the cluster."""
        self.daemon = await self.choose_daemon()
        self.traces = Path(self.mktemp()).resolve()
        self.traces.mkdir()
        offered = [{"Path": str(self.traces), "Writable": True}]
        engine = await in_thread(Busybox, self.daemon)
        self.cluster = Cluster(engine, {"Arvgate": {"Engines": {"Docker": {"HostDirectories": offered}}}})
        self.addCleanup(self.cluster.remove)
        await self.cluster.create()
        self.victim = self.choose_victim()
        self.runs: list[Run] = []
        self.states: list[str] = []

    async def choose_daemon(self) -> DockerDaemon:
        """A dockerd that nobody kills."""
        return await in_thread(shared_daemon)

    def choose_victim(self) -> Victim:
        """What is killed in this class."""
        raise NotImplementedError

    # The moments.

    async def killed_while_starting(self) -> Run:
        """Submit a job and kill when Docker has made its container, which is not Running yet; all is back."""
        return await self.met("Locked", self.starting)

    async def starting(self) -> Run:
        """Kill when Docker has made the container of a new job."""
        return await self.submitted(await self.strike_when("create", self.new_ones()))

    async def killed_when_locked(self) -> Run:
        """Submit a job and kill when its container has just been locked; all is back."""
        return await self.met("Locked", self.locked)

    async def locked(self) -> Run:
        """Kill when a new job's container has been locked."""
        strike = await self.aim()
        return await self.submitted(in_thread(when_locked, self.cluster, self.new_ones(), strike))

    def new_ones(self) -> Callable[[str], bool]:
        """What tells whether a container is none of those that were submitted until now."""
        known = {run.container for run in self.runs}
        return lambda container: container not in known

    async def submitted(self, struck: Deferred[str]) -> Run:
        """Submit a job which is struck."""
        run = await self.submit()
        self.assertEqual(run.container, await struck)
        return run

    async def killed_when_ended(self) -> Run:
        """Submit a job, let it end by itself and kill when Docker has seen it, but the record not; all is back."""
        return await self.met("Running", self.ended)

    async def ended(self) -> Run:
        """Kill when Docker says that a job has ended."""
        run = await self.running()
        end = await self.strike_when("die", lambda uuid: uuid == run.container)
        run.trace.allow("finish")
        await end
        return run

    async def met(self, state: str, attempt: Callable[[], Coroutine[Any, Any, Run]]) -> Run:
        """A run that was in that state when something was killed, all of which is back; others are let end."""
        for _ in range(_TRIES):
            run = await attempt()
            await self.victim.come_back()
            if self.states[-1] == state:
                return run
            run.trace.allow("finish")
        raise AssertionError(f"the container was to be {state} when something was killed, and was {self.states}")

    async def strike_when(self, event: str, wanted: Callable[[str], bool]) -> Deferred[str]:
        """Kill as soon as Docker says that of a wanted container; answers with its UUID when that was done."""
        strike = await self.aim()
        return in_thread(when_docker_says, event, self.daemon, self.cluster.cluster_id, seconds(), wanted, strike)

    async def aim(self) -> Callable[[str], None]:
        """What kills, and takes down in which state the container is."""
        aimed = await in_thread(self.victim.aim)

        def strike(container: str) -> None:
            aimed(container)
            self.states.append(state_of(self.cluster, container))

        return strike

    async def killed_while_running(self) -> Run:
        """Submit a job and kill while it runs; all is back, and the job may finish when it likes."""
        run = await self.running()
        await self.strike(run, "Running")
        await self.victim.come_back()
        return run

    async def killed_while_ending(self) -> Run:
        """Cancel a running job and kill when it was told to end; it does so at once, and then all is back."""
        run = await self.running()
        await self.cluster.output_of("cancel", run.request)
        await until(lambda: run.trace.lines("ending"), 30.0, "the job was told to end")
        await self.strike(run, "Running")
        run.trace.allow("release")
        await self.victim.come_back()
        return run

    async def submit(self) -> Run:
        """Commit a request for the job."""
        trace = Trace(self.traces / str(len(self.runs)))
        request = await self.cluster.commit(
            ["sh", "-c", JOB],
            mounts=trace.mounts,
            runtime_constraints={"vcpus": 1, "ram": 64 << 20, "API": True},
        )
        run = Run(request["uuid"], request["container_uuid"], trace)
        self.runs.append(run)
        return run

    async def running(self) -> Run:
        """The same, once it runs."""
        run = await self.submit()
        await self.cluster.container_in(run.container, "Running", within=BOUND)
        await until(lambda: run.trace.lines("starts"), 10.0, "the job has begun")
        return run

    async def strike(self, run: Run, state: str) -> None:
        """Kill; the container is in that state."""
        aimed = await in_thread(self.victim.aim)
        before = await in_thread(state_of, self.cluster, run.container)
        await in_thread(aimed, run.container)
        self.assertEqual((state, state), (before, await in_thread(state_of, self.cluster, run.container)))

    # What became of it.

    async def went_on(self, run: Run) -> None:
        """The container was not disturbed: it ends by itself in its first lock cycle."""
        await self.cluster.container_in(run.container, "Running", "Complete", within=BOUND)
        run.trace.allow("finish")
        await self.complete(run, run.container, lock_counts=(1,), containers=1)
        self.assertEqual(1, len(run.trace.lines("starts")))

    async def ran(self, run: Run) -> None:
        """The container ends by itself, in its first lock cycle or the next."""
        await self.cluster.container_in(run.container, "Running", within=BOUND)
        run.trace.allow("finish")
        await self.complete(run, run.container, lock_counts=(1, 2), containers=1)
        self.assertEqual(1, len(run.trace.lines("starts")))

    async def started_anew(self, run: Run) -> None:
        """The container was queued again, and ends by itself in a later lock cycle."""
        await self.cluster.container_in(run.container, "Running", within=BOUND)
        run.trace.allow("finish")
        await self.complete(run, run.container, lock_counts=(2,), containers=1)

    async def another_took_over(self, run: Run, reason: str) -> None:
        """The container is Cancelled for a reason, and its request got another, which ends by itself."""
        record = await self.cluster.container_in(run.container, "Cancelled", within=BOUND)
        self.assertIn(reason, record["runtime_status"].get("error", ""))
        request = await self.cluster.record("container_requests", run.request)
        self.assertEqual(2, request["container_count"])
        successor = request["container_uuid"]
        self.assertNotEqual(run.container, successor)
        await self.cluster.container_in(successor, "Running", "Complete", within=BOUND)
        run.trace.allow("finish")
        await self.complete(run, successor, lock_counts=(1,), containers=2)
        self.assertEqual([run.container, successor], [line.split()[0] for line in run.trace.lines("starts")])

    async def was_cancelled(self, run: Run, reason: str = "") -> None:
        """The container is Cancelled, as was asked for, and nothing takes its place."""
        record = await self.cluster.container_in(run.container, "Cancelled", within=BOUND)
        self.assertIn(reason, record["runtime_status"].get("error", ""))
        request = await self.cluster.record("container_requests", run.request)
        self.assertEqual(("Final", 1), (request["state"], request["container_count"]))
        self.assertEqual(run.container, request["container_uuid"])
        self.assertEqual(1, len(run.trace.lines("starts")))
        await self.all_is_over()

    async def complete(self, run: Run, container: str, lock_counts: Collection[int], containers: int) -> None:
        """A container ends well, its output says that it was started once, and with it all is over."""
        record = await self.cluster.container_in(container, "Complete", "Cancelled", within=BOUND)
        self.assertEqual(("Complete", EXIT_CODE), (record["state"], record["exit_code"]), record)
        self.assertIn(record["lock_count"], lock_counts)
        request = await self.cluster.record("container_requests", run.request)
        self.assertEqual(("Final", containers), (request["state"], request["container_count"]))
        self.assertEqual(container, request["container_uuid"])
        output = await self.cluster.output_of("get", "-o", "-", run.request, "starts")
        self.assertEqual(run.trace.lines("starts")[-1:], output.splitlines())
        await self.all_is_over()

    async def all_is_over(self) -> None:
        """Nothing is left but records, and these are final."""
        await until(lambda: not self.unfinished(), BOUND, "all records are final")
        try:
            await until(lambda: not left_of(self.cluster), 30.0, "nothing is left")
        except AssertionError as late:
            raise AssertionError(f"{late}: {await in_thread(left_of, self.cluster)}") from late
        self.assertEqual([], [problem for run in self.runs for problem in run.trace.problems()])

    def unfinished(self) -> list[Mapping[str, Any]]:
        """The records of requests and containers that are not final; blocking."""
        found = []
        for kind, final in (("container_requests", {"Final"}), ("containers", {"Complete", "Cancelled"})):
            answer = self.cluster.client.api("GET", kind)
            self.assertEqual(200, answer.status)
            self.assertTrue(answer.json["items"])
            found += [record for record in answer.json["items"] if record["state"] not in final]
        return found
