"""Tests of L{arvgate.runner.lifecycle}: an engine, an API and a door in memory, on a stopped clock."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from arvgate.errors import Ended, EngineBusy, EngineFailed
from arvgate.interfaces import ExitStatus
from arvgate.testing.engine import Program
from test.runner.lifecycle_case import UUID, LifecycleCase


class LifecycleTests(LifecycleCase):
    """A container under its runner."""

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

    def test_addresses(self) -> None:
        """The job finds the addresses of its ports in its environment."""
        self.begin(published_ports={"80": {"base_url": "https://apps.example:31000/"}})
        self.assertEqual("https://apps.example:31000/", self.plan.job.environment["ARVGATE_URL_80"])

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

    def test_no_room(self) -> None:
        """A container for which the engine has no room goes back to the queue with the reason."""
        self.engine.fail_next(EngineBusy("All networks are in use."))
        self.assertTrue(self.successResultOf(self.begin()))
        self.assertEqual("Queued", self.reported()["state"])
        self.assertEqual("All networks are in use.", self.reported()["runtime_status"]["warning"])
        self.assertEqual(["prepared", "cleaned up"], self.events)

    def test_stopped_while_starting(self) -> None:
        """A start that takes long, as a pulled image does, is given up when the container is to end."""
        for end in (self.lifecycle_stops, self.priority_goes):
            self.setUp()
            self.engine.starting = Deferred()
            running = self.begin()
            end()
            self.assertTrue(self.successResultOf(running))
            self.assertEqual(("Cancelled", []), (self.reported()["state"], self.engine.jobs))

    def lifecycle_stops(self) -> None:
        """The runner is told to stop."""
        self.lifecycle.stop()

    def priority_goes(self) -> None:
        """The record says that the container is to end."""
        self.api.record["priority"] = 0
        self.clock.advance(5.0)

    def test_output(self) -> None:
        """The output is kept when the job has ended and before its directories go; what is missing is a warning."""
        self.missing = "The output is kept without 1 devices."
        running = self.begin(mounts={"/out": {"kind": "tmp"}}, output_path="/out")
        self.engine.jobs[0].end(ExitStatus(0))
        self.assertTrue(self.successResultOf(running))
        self.assertEqual(["door closed", "kept /jobs/one/out", "cleaned up"], self.events[-3:])
        self.assertEqual(("Complete", self.missing), (
            self.reported()["state"], self.reported()["runtime_status"]["warning"]
        ))  # fmt: skip

    def test_output_not_kept(self) -> None:
        """An output that cannot be kept is said on the record, with the exit code."""
        self.unkept = EngineFailed("The disk is full.")
        running = self.begin(mounts={"/out": {"kind": "tmp"}}, output_path="/out")
        self.engine.jobs[0].end(ExitStatus(4))
        self.assertTrue(self.successResultOf(running))
        self.assertEqual((4, "The disk is full."), (
            self.reported()["exit_code"], self.reported()["runtime_status"]["error"]
        ))  # fmt: skip

    def test_output_of_another_cycle(self) -> None:
        """A run that is over keeps nothing: another one's output may be there."""
        running = self.begin(mounts={"/out": {"kind": "tmp"}}, output_path="/out")
        self.api.record.update({"lock_count": 2})
        self.clock.advance(5.0)
        self.assertFalse(self.successResultOf(running))
        self.assertEqual([], [event for event in self.events if event.startswith("kept")])

    def test_max_run_time(self) -> None:
        """A job that runs longer than its request allows is ended and Cancelled, and its log says why."""
        running = self.begin(scheduling_parameters={"max_run_time": 60})
        self.clock.advance(59.0)
        self.assertNoResult(running)
        self.clock.advance(1.0)
        self.assertTrue(self.successResultOf(running))
        self.assertIn("max_run_time", self.reported()["runtime_status"]["error"])
        self.assertTrue(any("max_run_time" in event for event in self.events))

    def test_trouble(self) -> None:
        """What goes wrong meanwhile is a warning on the record, beside the rest, and taken back when it is over."""
        self.begin()
        self.engine.jobs[0].warning = "Docker does not answer."
        self.clock.advance(2.0)
        self.assertEqual(
            {"activity": "waiting", "warning": "Docker does not answer."}, self.reported()["runtime_status"]
        )
        self.engine.jobs[0].warning = ""
        self.clock.advance(2.0)
        self.assertEqual({"activity": "waiting"}, self.reported()["runtime_status"])

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
