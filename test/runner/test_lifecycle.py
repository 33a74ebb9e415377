"""Tests of L{arvgate.runner.lifecycle}: an engine, an API and a door in memory, on a stopped clock."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import Ended, EngineFailed
from arvgate.interfaces import ExitStatus, IJob
from arvgate.model.records import Record
from arvgate.runner.env_document import parse_env_document
from arvgate.runner.lifecycle import Lifecycle, OnNode, RunnerIdentity
from arvgate.runner.plan import Plan
from arvgate.runner.process.plan import make_plan
from arvgate.testing.container_api import FakeContainerApi
from arvgate.testing.engine import FakeEngine, Program

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
    "WorkDirectory": "/work",
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


class LifecycleTests(SynchronousTestCase):
    """A container under its runner."""

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

    def test_whole_life(self) -> None:
        """A job is prepared, started, reported Running with its address, and Complete with its exit code."""
        running = self.begin()
        self.assertEqual({"state": "Running", "gateway_address": "127.0.0.1:4711"}, self.api.updates[0])
        self.assertEqual(["prepared", "door open"], self.events)
        self.engine.jobs[0].end(ExitStatus(3))
        self.assertTrue(self.successResultOf(running))
        self.assertEqual({"state": "Complete", "exit_code": 3}, self.reported())
        self.assertEqual(["door closed", "cleaned up"], self.events[-2:])
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_ends_at_once(self) -> None:
        """A job that ends at once was Running all the same, and keeps its exit code."""
        self.assertTrue(self.successResultOf(self.begin(command=["seven"])))
        self.assertEqual(["Running", "Complete"], [update["state"] for update in self.api.updates if "state" in update])
        self.assertEqual(7, self.reported()["exit_code"])

    def test_identity(self) -> None:
        """The door is opened for this attempt, with its own secret."""
        self.begin()
        self.assertEqual((UUID, 1, "127.0.0.1", 0), (
            self.identity.uuid, self.identity.lock_count, self.identity.host, self.identity.port
        ))  # fmt: skip
        self.assertNotIn("a" * 64, repr(self.identity))

    def test_own_token(self) -> None:
        """A container that wants the API gets its own token, not the runner's."""
        self.begin()
        self.assertEqual("v2/own/token/" + UUID, self.plan.job.environment["ARVADOS_API_TOKEN"])

    def test_no_network(self) -> None:
        """A container that does not want the API gets no token."""
        self.begin(runtime_constraints={"vcpus": 1, "ram": 1})
        self.assertNotIn("ARVADOS_API_TOKEN", self.plan.job.environment)

    def test_ports(self) -> None:
        """Listening ports are reported, and again only when they change."""
        self.begin()
        self.assertEqual({"listening_ports": [80]}, self.reported())
        self.clock.pump([2.0] * 3)
        self.assertEqual(1, len([update for update in self.api.updates if "listening_ports" in update]))
        self.engine.jobs[0].program = Program()
        self.clock.advance(2.0)
        self.assertEqual({"listening_ports": []}, self.reported())

    def test_cancelled(self) -> None:
        """Priority 0 ends the job, which gets its grace, and is reported Cancelled."""
        running = self.begin(command=["stubborn"])
        self.api.record["priority"] = 0
        self.clock.advance(5.0)
        self.assertTrue(self.engine.jobs[0].running)
        self.clock.advance(10.0)
        self.assertTrue(self.successResultOf(running))
        self.assertEqual({"state": "Cancelled"}, self.reported())

    def test_cycle_over(self) -> None:
        """A record that is another cycle's ends the job without a report."""
        for change in ({"lock_count": 2}, {"locked_by_uuid": "other"}, {"state": "Cancelled"}):
            self.setUp()
            running = self.begin()
            self.api.record.update(change)
            count = len(self.api.updates)
            self.clock.advance(5.0)
            self.assertFalse(self.successResultOf(running))
            self.assertFalse(self.engine.jobs[0].running)
            self.assertEqual(count, len(self.api.updates))

    def test_token_dead(self) -> None:
        """When the API no longer knows the lock token, the job is ended."""
        running = self.begin()
        self.api.fail_next(Ended())
        self.clock.advance(5.0)
        self.assertFalse(self.successResultOf(running))
        self.assertFalse(self.engine.jobs[0].running)

    def test_not_to_be_started(self) -> None:
        """A container that is on hold, runs already, or is another's is not started."""
        for change in ({"priority": 0}, {"state": "Running"}, {"locked_by_uuid": "other"}, {"lock_count": 2}):
            self.setUp()
            self.assertFalse(self.successResultOf(self.begin(**change)))
            self.assertEqual(([], []), (self.engine.jobs, self.api.updates))

    def test_command_not_found(self) -> None:
        """A command that is not there cancels the container with the reason, beside what was said before."""
        self.assertTrue(self.successResultOf(self.begin(command=["nowhere"])))
        report = self.reported()
        self.assertEqual("Cancelled", report["state"])
        self.assertEqual("waiting", report["runtime_status"]["activity"])
        self.assertIn("nowhere", report["runtime_status"]["error"])
        self.assertNotIn("door open", self.events)

    def test_never_started(self) -> None:
        """Nothing is left of a job whose directories were made and that could not be started."""
        self.engine.fail_next(EngineFailed())
        self.successResultOf(self.begin())
        self.assertEqual(["prepared", "cleaned up"], self.events)

    def test_not_prepared(self) -> None:
        """Directories that can be made only in part cancel the container with the sentence, and are removed."""
        self.unprepared = EngineFailed("The disk is full.")
        self.assertTrue(self.successResultOf(self.begin()))
        self.assertEqual("The disk is full.", self.reported()["runtime_status"]["error"])
        self.assertEqual((["cleaned up"], []), (self.events, self.engine.jobs))

    def test_stopped_while_prepared(self) -> None:
        """A runner that is told to stop while the directories are made starts nothing."""
        self.preparing = Deferred()
        running = self.begin()
        self.lifecycle.stop()
        self.preparing.callback(None)
        self.assertTrue(self.successResultOf(running))
        self.assertEqual(("Cancelled", []), (self.reported()["state"], self.engine.jobs))

    def test_stopped_while_reporting(self) -> None:
        """A runner that is told to stop before the start could be reported ends the job, and reports when it can."""
        self.preparing = Deferred()
        running = self.begin()
        self.api.cut()
        self.preparing.callback(None)
        self.lifecycle.stop()
        self.assertFalse(self.engine.jobs[0].running)
        self.assertNoResult(running)
        self.api.mend()
        self.assertTrue(self.successResultOf(running))
        self.assertEqual(["Cancelled"], [update["state"] for update in self.api.updates])

    def test_refused_by_plan(self) -> None:
        """What the engine does not have cancels the container before anything is made."""
        self.assertTrue(self.successResultOf(self.begin(mounts={"/data": {"kind": "collection"}})))
        self.assertIn("collection", self.reported()["runtime_status"]["error"])
        self.assertEqual([], self.events)

    def test_engine_fails(self) -> None:
        """An engine that fails cancels the container with its sentence."""
        self.engine.fail_next(EngineFailed("The disk is full."))
        self.assertTrue(self.successResultOf(self.begin()))
        self.assertEqual("The disk is full.", self.reported()["runtime_status"]["error"])

    def test_no_door(self) -> None:
        """A runner that cannot listen ends the job and says so."""
        self.no_door = OSError("Address already in use")
        self.assertTrue(self.successResultOf(self.begin()))
        self.assertIn("cannot listen", self.reported()["runtime_status"]["error"])
        self.assertFalse(self.engine.jobs[0].running)

    def test_odd_end(self) -> None:
        """A job that came to no plain end is Cancelled with the reason."""
        running = self.begin()
        self.engine.jobs[0].end(ExitStatus(137, "The keeper of the job was killed.", lost=True))
        self.assertTrue(self.successResultOf(running))
        self.assertIn("keeper", self.reported()["runtime_status"]["error"])

    def test_told_to_stop(self) -> None:
        """A runner that is told to stop ends the job and reports it Cancelled; twice is once."""
        running = self.begin()
        self.lifecycle.stop()
        self.lifecycle.stop()
        self.assertTrue(self.successResultOf(running))
        self.assertEqual("Cancelled", self.reported()["state"])
        self.assertFalse(self.engine.jobs[0].running)

    def test_stopped_before_the_record_came(self) -> None:
        """A runner that is told to stop while the API cannot be reached starts nothing, and reports when it can."""
        self.api.cut()
        running = self.begin()
        self.lifecycle.stop()
        self.assertNoResult(running)
        self.api.mend()
        self.assertTrue(self.successResultOf(running))
        self.assertEqual([], self.engine.jobs)

    def test_forgotten(self) -> None:
        """A runner that no gateway can find any more ends its job and itself, also if it still had to report."""
        running = self.begin()
        self.recognisable = False
        self.clock.advance(5.0)
        self.assertFalse(self.successResultOf(running))
        self.assertFalse(self.engine.jobs[0].running)
        self.setUp()
        running = self.begin()
        self.api.cut()
        self.engine.jobs[0].end(ExitStatus(0))
        self.assertNoResult(running)
        self.recognisable = False
        self.clock.advance(5.0)
        self.assertFalse(self.successResultOf(running))

    def test_api_away(self) -> None:
        """While the API cannot be reached the job runs on, and its end is reported once it can."""
        running = self.begin()
        self.api.cut()
        self.clock.pump([5.0] * 20)
        self.assertTrue(self.engine.jobs[0].running)
        self.engine.jobs[0].end(ExitStatus(0))
        self.assertNoResult(running)
        self.api.mend()
        self.assertTrue(self.successResultOf(running))
        self.assertEqual({"state": "Complete", "exit_code": 0}, self.reported())
