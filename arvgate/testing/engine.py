"""
An engine that runs nothing: what its jobs do is written down beforehand, by the first word of their command.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from zope.interface import implementer

from arvgate.errors import CommandNotFound, NotListening
from arvgate.interfaces import ExitStatus, IEngine, IJob, JobPlan
from arvgate.model.locations import Listening
from arvgate.runner.waiting import Once
from arvgate.testing.failing import FailsOnDemand

__all__ = ["FakeEngine", "FakeJob", "Program"]

_TERMINATED = 128 + 15
_KILLED = 128 + 9


@attrs.frozen
class Program:
    """
    What a job does.

    @ivar exit_code: it exits at once with that; None: it runs until it is stopped.
    @ivar ignores_term: SIGTERM does not end it.
    @ivar ports: port it listens on to what is called with the program's end of each connection.
    @ivar addresses: where it does not listen on 127.0.0.1, port to address.
    """

    exit_code: int | None = None
    ignores_term: bool = False
    ports: Mapping[int, Callable[[socket.socket], None]] = attrs.Factory(dict)
    addresses: Mapping[int, str] = attrs.Factory(dict)


@implementer(IJob)
class FakeJob:
    """
    A job of L{FakeEngine}.

    @ivar plan: what was to be run.
    @ivar program: what it does; may be exchanged while it runs.
    """

    pid = 0
    warning = ""
    limitation = ""

    def __init__(self, clock: IReactorTime, plan: JobPlan, program: Program) -> None:
        self.plan = plan
        self.program = program
        self._clock = clock
        self._over: Once[ExitStatus] = Once()
        self._killing: IDelayedCall | None = None
        if program.exit_code is not None:
            self.end(ExitStatus(program.exit_code))

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return not self._over.arrived

    def end(self, status: ExitStatus) -> None:
        """It ends in this way now."""
        if self._killing is not None and self._killing.active():
            self._killing.cancel()
        self._over.arrive(status)

    def _kill_within(self, grace: float) -> None:
        if self._killing is not None:
            if self._killing.getTime() <= self._clock.seconds() + grace:
                return
            self._killing.cancel()
        self._killing = self._clock.callLater(grace, self.end, ExitStatus(_KILLED))

    # IJob

    async def wait(self) -> ExitStatus:
        """When all of it has ended."""
        return await self._over.wait()

    async def stop(self, grace: float) -> None:
        """SIGTERM, after C{grace} seconds SIGKILL; returns when it has ended."""
        if self.running and grace <= 0:
            self.end(ExitStatus(_KILLED))
        elif self.running and not self.program.ignores_term:
            self.end(ExitStatus(_TERMINATED))
        elif self.running:
            self._kill_within(grace)
        await self._over.wait()

    async def connect(self, port: int) -> socket.socket:
        """One end of a pair of sockets; the program has the other."""
        serve = self.program.ports.get(port)
        if serve is None or not self.running:
            raise NotListening()
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        serve(theirs)
        return ours

    async def listening(self) -> Sequence[Listening]:
        """The ports of its program, ascending."""
        program = self.program
        found = [Listening(port, program.addresses.get(port, "127.0.0.1")) for port in sorted(program.ports)]
        return found if self.running else []


@implementer(IEngine)
class FakeEngine(FailsOnDemand):
    """
    L{IEngine} in memory.

    @ivar jobs: those that were started, oldest first.
    @ivar starting: what a start waits for; None: for nothing.
    @param programs: first word of a command to what it does; any other is not found.
    """

    name = "fake"

    def __init__(self, clock: IReactorTime, programs: Mapping[str, Program]) -> None:
        super().__init__()
        self.jobs: list[FakeJob] = []
        self.starting: Deferred[None] | None = None
        self._clock = clock
        self._programs = programs

    async def start(self, plan: JobPlan) -> FakeJob:
        """Start it; see L{IEngine.start}."""
        self.check()
        if self.starting is not None:
            await self.starting
        program = self._programs.get(plan.command[0])
        if program is None:
            raise CommandNotFound(f"The command {plan.command[0]!r} was not found.")
        job = FakeJob(self._clock, plan, program)
        self.jobs.append(job)
        return job
