"""
The frame of the tests of L{arvgate.runner.lifecycle}: an engine, an API and a door in memory, on a stopped clock.
"""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import EngineFailed
from arvgate.interfaces import IJob
from arvgate.model.records import Record
from arvgate.runner.env_document import parse_env_document
from arvgate.runner.lifecycle import Lifecycle, OnNode, RunnerIdentity
from arvgate.runner.plan import Plan
from arvgate.runner.process.plan import make_plan
from arvgate.testing.container_api import FakeContainerApi
from arvgate.testing.engine import FakeEngine, Program

__all__ = ["UUID", "LifecycleCase"]

UUID = "zzzzz-dz642-000000000000001"
TOKEN = "zzzzz-gj3su-000000000000001"

DOCUMENT = {
    "ContainerUUID": UUID,
    "Env": {
        "ARVADOS_API_HOST": "localhost:8443",
        "ARVADOS_API_TOKEN": f"v2/{TOKEN}/{'s' * 50}",
        "GatewayAuthSecret": "a" * 64,
        "GatewayAddress": "127.0.0.1:0",
    },
    "LockCount": 1,
    "LogDirectory": "/logs",
    "WorkDirectory": "/jobs/one",
    "OutputDirectory": "/outputs",
    "LockFile": "/lock",
    "PollInterval": 5,
    "PortsInterval": 2,
    "StopGrace": 10,
}

RECORD = {
    "uuid": UUID,
    "state": "Locked",
    "priority": 7,
    "locked_by_uuid": TOKEN,
    "lock_count": 1,
    "command": ["serve"],
    "environment": {},
    "mounts": {},
    "runtime_constraints": {"vcpus": 1, "ram": 1, "API": True},
    "runtime_status": {"activity": "waiting"},
}


class Door:
    """A door that only notes what happens to it."""

    address = "127.0.0.1:4711"
    idle_since: float | None = 0.0

    def __init__(self, events: list[str]) -> None:
        self._events = events

    async def stop(self) -> None:
        """It closes."""
        self._events.append("door closed")


class LifecycleCase(SynchronousTestCase):
    """A container under its runner, in a place where everything works until a test says otherwise."""

    def setUp(self) -> None:
        """Everything that a runner needs, and nothing started."""
        self.clock = Clock()
        self.events: list[str] = []
        self.api = FakeContainerApi(RECORD, "v2/own/token/" + UUID)
        self.engine = FakeEngine(
            self.clock,
            {"serve": Program(ports={80: lambda sock: sock.close()}), "true": Program(exit_code=0),
             "seven": Program(exit_code=7), "stubborn": Program(ignores_term=True)},
        )  # fmt: skip
        self.recognisable = True
        self.no_door: OSError | None = None
        self.preparing: Deferred[None] | None = None
        self.unprepared: EngineFailed | None = None
        self.size = 0
        self.unkept: EngineFailed | None = None
        self.missing = ""
        self.lifecycle = Lifecycle(
            self.clock,
            parse_env_document(json.dumps(DOCUMENT).encode(), UUID),
            self.api,
            self.engine,
            OnNode(
                make_plan,
                self.prepare,
                self.start_door,
                self.output_size,
                self.keep_output,
                self.clean_up,
                lambda plan, line: self.events.append(f"announced: {line}"),
                lambda: self.recognisable,
            ),
        )

        self.addCleanup(self.leave_nothing, self.lifecycle, self.api)

    def leave_nothing(self, lifecycle: Lifecycle, api: FakeContainerApi) -> None:
        """End what a test has left running."""
        lifecycle.stop()
        api.mend()
        self.clock.advance(60.0)

    async def start_door(self, job: IJob, identity: RunnerIdentity) -> Door:
        """Open the door."""
        if self.no_door is not None:
            raise self.no_door
        self.identity = identity
        self.events.append("door open")
        return Door(self.events)

    async def prepare(self, plan: Plan, record: Record) -> None:
        """Make the directories."""
        self.plan = plan
        if self.preparing is not None:
            await self.preparing
        if self.unprepared is not None:
            raise self.unprepared
        self.events.append("prepared")

    async def output_size(self, plan: Plan) -> int:
        """What it has written."""
        return self.size

    async def keep_output(self, plan: Plan, record: Record) -> str:
        """Keep its output."""
        if self.unkept is not None:
            raise self.unkept
        self.events.append(f"kept {plan.output}")
        return self.missing

    async def clean_up(self, plan: Plan) -> None:
        """Remove them."""
        self.events.append("cleaned up")

    def begin(self, **record: Any) -> Deferred[bool]:
        """Start it with a record that differs so."""
        self.api.record.update(record)
        return Deferred.fromCoroutine(self.lifecycle.run())

    def reported(self) -> dict[str, Any]:
        """The last report."""
        return dict(self.api.updates[-1])
