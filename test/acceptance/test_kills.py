"""
Whatever is killed, and whenever: records become true, nothing runs on, nothing runs twice.

Killed are the container's runner, control, a door, dockerd and the whole gateway, each at four moments.  I{Starting}:
Docker has made the container, the record is Locked.  I{Running}: the record is Running, and the job has begun.
I{Ending}: the container was cancelled, and its job does what it does on SIGTERM.  I{Ended}: the job has ended by
itself, the record is still Running.  Who takes part in it also when the record has just become I{Locked}.  Whoever is
killed comes back as it would in reality; the runner never does.

What each test ends with: all records are final, no container, network, runner, held lock file or working directory is
left, no lock cycle saw its job started twice, and no two jobs of a request ran at the same time.
"""

from __future__ import annotations

from typing import Any

from test.acceptance.kill_case import BOUND, KillCase
from test.acceptance.kills import Dockerd, Gateway, Part, Runner, Victim
from test.acceptance.processes import alive
from test.acceptance.waiting import in_thread, until
from test.dockerd.daemon import DockerDaemon


class RunnerKillTests(KillCase):
    """The container's runner is killed: what it ran is ended, by the dispatcher."""

    def choose_victim(self) -> Victim:
        """The runner."""
        return Runner(self.cluster)

    async def test_locked(self) -> None:
        """The container is queued again, and runs under another runner."""
        await self.started_anew(await self.killed_when_locked())

    async def test_starting(self) -> None:
        """What it had made is removed, and the container is queued again and runs under another runner."""
        await self.started_anew(await self.killed_while_starting())

    async def test_running(self) -> None:
        """The container is Cancelled with the reason, and another takes over."""
        await self.another_took_over(await self.killed_while_running(), "runner died")

    async def test_ending(self) -> None:
        """The container is Cancelled with the reason, and none takes over, since it was cancelled."""
        await self.was_cancelled(await self.killed_while_ending(), "runner died")

    async def test_ended(self) -> None:
        """Nobody kept its output: the container is Cancelled with the reason, and another takes over."""
        await self.another_took_over(await self.killed_when_ended(), "runner died")


class Undisturbed:
    """What is the same for all parts of the gateway, since runners get on without them."""

    async def test_starting(self: Any) -> None:
        """The container starts, and ends as if nothing had happened."""
        await self.went_on(await self.killed_while_starting())

    async def test_running(self: Any) -> None:
        """The container runs on, and ends as if nothing had happened."""
        await self.went_on(await self.killed_while_running())

    async def test_ending(self: Any) -> None:
        """The container ends, and its runner reports it Cancelled as soon as it can."""
        await self.was_cancelled(await self.killed_while_ending())

    async def test_ended(self: Any) -> None:
        """Its runner keeps its output, and reports it Complete as soon as it can."""
        await self.went_on(await self.killed_when_ended())


class ControlKillTests(Undisturbed, KillCase):
    """Control is killed, with record API and dispatcher, and replaced by twistd's process."""

    def choose_victim(self) -> Victim:
        """Control."""
        return Part(self.cluster, "control")

    async def test_locked(self) -> None:
        """The container's runner starts all the same, or the container is queued again after a while and then runs."""
        await self.ran(await self.killed_when_locked())


class DoorKillTests(Undisturbed, KillCase):
    """The door is killed, by which runners reach the record API, and replaced by twistd's process."""

    def choose_victim(self) -> Victim:
        """The only door."""
        return Part(self.cluster, "door")


class GatewayKillTests(Undisturbed, KillCase):
    """All processes of the gateway are killed, and it is started again."""

    def choose_victim(self) -> Victim:
        """The gateway."""
        return Gateway(self.cluster)

    async def test_locked(self) -> None:
        """The container's runner starts all the same, or the container is queued again after a while and then runs."""
        await self.ran(await self.killed_when_locked())


class DockerdKillTests(KillCase):
    """dockerd is killed and started again; then it ends all containers that ran on without it."""

    async def choose_daemon(self) -> DockerDaemon:
        """One of this test alone."""
        daemon = await in_thread(DockerDaemon)
        self.addCleanup(in_thread, daemon.stop)
        return daemon

    def choose_victim(self) -> Victim:
        """The daemon."""
        return Dockerd(self.daemon)

    async def test_starting(self) -> None:
        """The runner gives the container back to the queue; once what Docker had made is gone, it runs anew."""
        await self.started_anew(await self.killed_while_starting())

    async def test_running(self) -> None:
        """Docker ended the container, which is Cancelled with that reason, and another takes over."""
        await self.another_took_over(await self.killed_while_running(), "Docker was restarted")

    async def test_ending(self) -> None:
        """The container, which ended without Docker or by it, is Cancelled as was asked for."""
        await self.was_cancelled(await self.killed_while_ending())

    async def test_ended(self) -> None:
        """The container is Complete if Docker had written down how it ended; else it is Cancelled, and tried again."""
        run = await self.killed_when_ended()
        record = await self.cluster.container_in(run.container, "Complete", "Cancelled", within=BOUND)
        if record["state"] == "Complete":
            await self.went_on(run)
        else:
            await self.another_took_over(run, "forgot how the container ended")

    async def test_ended_meanwhile(self) -> None:
        """A container that ended by itself while there was no Docker ended as it did, and is Complete."""
        run = await self.running()
        processes = await in_thread(self.cluster.jobs, run.container)
        await self.strike(run, "Running")
        run.trace.allow("finish")
        await until(lambda: not any(map(alive, processes)), 10.0, "the job has ended")
        await self.victim.come_back()
        await self.went_on(run)
