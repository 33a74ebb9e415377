"""The fake engine does what every engine does."""

from __future__ import annotations

import socket
from typing import Any

import attrs
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from arvgate.errors import EngineFailed
from arvgate.interfaces import JobPlan
from arvgate.testing.engine import FakeEngine, Program
from test.contract.engine import GREETING, EngineContract

PLAN = JobPlan(
    uuid="zzzzz-dz642-000000000000000",
    lock_count=1,
    command=("lasting",),
    environment={},
    cwd=".",
    workdir="/nowhere",
    stdout="/nowhere/stdout.txt",
    stderr="/nowhere/stderr.txt",
    log_limit=1000,
)


def greet(sock: socket.socket) -> None:
    """The program's side of a connection."""
    sock.sendall(GREETING)
    sock.close()


class FakeEngineTests(EngineContract, TestCase):
    """L{FakeEngine}."""

    def setUp(self) -> None:
        """An engine with a program for each plan."""
        self.clock = Clock()
        self.engine = FakeEngine(
            self.clock,
            {
                "lasting": Program(),
                "stubborn": Program(ignores_term=True),
                "serving": Program(ports={8080: greet}),
                **{f"exit-{code}": Program(exit_code=code) for code in (0, 3, 5)},
            },
        )

    def plan(self, *command: str) -> JobPlan:
        """A plan with that command."""
        return attrs.evolve(PLAN, command=command)

    def exiting(self, code: int) -> JobPlan:
        """See L{EngineContract}."""
        return self.plan(f"exit-{code}")

    def lasting(self) -> JobPlan:
        """See L{EngineContract}."""
        return self.plan("lasting")

    def stubborn(self) -> JobPlan:
        """See L{EngineContract}."""
        return self.plan("stubborn")

    def serving(self) -> JobPlan:
        """See L{EngineContract}."""
        return self.plan("serving")

    def missing(self) -> JobPlan:
        """See L{EngineContract}."""
        return self.plan("no-such-command")

    async def until_ready(self, job: Any) -> int:
        """It is ready at once."""
        return 8080

    def elapse(self, seconds: float) -> None:
        """See L{EngineContract}."""
        self.clock.advance(seconds)

    def idle_port(self) -> int:
        """See L{EngineContract}."""
        return 8081

    async def read_all(self, sock: socket.socket) -> bytes:
        """See L{EngineContract}."""
        return sock.recv(1000)

    def test_failing(self) -> None:
        """It fails when told to, once."""
        self.engine.fail_next(EngineFailed())
        self.failureResultOf(self.engine.start(self.lasting()), EngineFailed)
        self.successResultOf(self.engine.start(self.lasting()))
