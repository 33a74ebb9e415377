"""Tests of L{arvgate.dispatch.local}, with runners that only pretend to be."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import StoreUnavailable
from arvgate.model.changes import Change
from arvgate.model.tokens import parse_token
from arvgate.runner.lock_file import take_lock_file
from test.dispatch.case import DispatcherCase


class Away:
    """Records that cannot be asked the first time."""

    def __init__(self, records: Any) -> None:
        self._records = records
        self._away = True

    def __getattr__(self, name: str) -> Any:
        if self._away:
            self._away = False
            raise StoreUnavailable
        return getattr(self._records, name)


class DispatcherTests(DispatcherCase, SynchronousTestCase):
    """A dispatcher on a node with room for two containers."""

    def test_started(self) -> None:
        """A queued container is locked by a token of its own, and its runner told that token and the cycle's secret."""
        uuid = self.submitted()
        self.round()
        document = self.launched[uuid].document
        token = parse_token(document["Env"]["ARVADOS_API_TOKEN"])
        assert token is not None
        record = self.record(uuid)
        self.assertEqual(("Locked", token.uuid, 1), (record["state"], record["locked_by_uuid"], record["lock_count"]))
        self.assertEqual(f"secret of {uuid} 1", document["Env"]["GatewayAuthSecret"])

    def test_once(self) -> None:
        """A container that was started is not started again while its runner is on its way or alive."""
        uuid = self.submitted()
        self.round()
        first = self.launched[uuid]
        self.round()
        first.hold()
        self.round()
        self.assertIs(first, self.launched[uuid])
        self.assertEqual("Locked", self.record(uuid)["state"])

    def test_limit(self) -> None:
        """No more are started than the node has room for; the next follows when one has ended."""
        uuids = [self.submitted(priority=priority) for priority in (1, 900, 500)]
        self.round()
        self.assertEqual(set(uuids[1:]), set(self.launched))

    def test_on_hold(self) -> None:
        """A container with priority 0 stays queued."""
        uuid = self.submitted(priority=0)
        self.round()
        self.assertEqual(({}, "Queued"), (self.launched, self.record(uuid)["state"]))

    def test_refused(self) -> None:
        """What this node will never run is cancelled with the reason."""
        uuid = self.submitted(self.world.user())
        self.round()
        record = self.record(uuid)
        self.assertEqual("Cancelled", record["state"])
        self.assertIn("administrators only", record["runtime_status"]["error"])

    def test_runner_died(self) -> None:
        """A running container whose runner died is cancelled with a reason, and its request goes on with another."""
        uuid = self.running()
        self.launched[uuid].die()
        self.round()
        record = self.record(uuid)
        self.assertEqual("Cancelled", record["state"])
        self.assertIn("runner died", record["runtime_status"]["error"])
        request = self.request_of(uuid)
        self.assertEqual(("Committed", 2), (request["state"], request["container_count"]))
        self.assertNotEqual(uuid, request["container_uuid"])
        self.assertEqual(request["priority"] > 0, self.record(request["container_uuid"])["priority"] > 0)

    def test_runner_never_reported(self) -> None:
        """A locked container whose runner exited before it reported is queued and tried again."""
        uuid = self.submitted()
        self.round()
        self.launched[uuid].die()
        self.round()
        self.assertEqual(("Locked", 2), (self.record(uuid)["state"], self.record(uuid)["lock_count"]))

    def test_new_gateway(self) -> None:
        """A gateway that was restarted leaves live runners alone, and counts them."""
        uuids = [self.running(), self.running()]
        self.dispatcher = self.make_dispatcher()
        waiting = self.submitted()
        self.round()
        self.assertEqual(["Running", "Running"], [self.record(uuid)["state"] for uuid in uuids])
        self.assertEqual("Queued", self.record(waiting)["state"])

    def test_new_gateway_finds_it_dead(self) -> None:
        """A container whose runner died while there was no gateway is cancelled."""
        uuid = self.running()
        self.launched[uuid].die()
        self.dispatcher = self.make_dispatcher()
        self.round()
        self.assertEqual("Cancelled", self.record(uuid)["state"])

    def test_locked_by_somebody_else(self) -> None:
        """A container that was locked elsewhere gets a moment of grace before it is queued again."""
        uuid = self.submitted()
        self.round()
        self.launched[uuid].die()
        self.dispatcher = self.make_dispatcher()
        self.round()
        self.assertEqual("Locked", self.record(uuid)["state"])
        self.assertEqual(1, self.record(uuid)["lock_count"])
        self.clock.advance(11)
        self.round()
        self.assertEqual(2, self.record(uuid)["lock_count"])

    def test_old_runner_still_there(self) -> None:
        """While the runner of an earlier attempt holds the lock file, no second one is started."""
        uuid = self.submitted()
        lock = take_lock_file(str(self.files.path(uuid)), 1, 1, "")
        assert lock is not None
        self.round()
        self.assertEqual("Queued", self.record(uuid)["state"])
        lock.release()
        self.round()
        self.assertEqual("Locked", self.record(uuid)["state"])

    def test_no_runner_can_be_started(self) -> None:
        """A container whose runner cannot be started goes back to the queue."""
        uuid = self.submitted()
        self.fail_next = True
        self.round()
        self.assertEqual("Queued", self.record(uuid)["state"])

    def test_ended_meanwhile(self) -> None:
        """A container that ended by itself stays as it is, also if its runner is gone before anybody looks."""
        uuid = self.running()
        self.end(uuid)
        self.round()
        self.assertEqual(("Complete", 0), (self.record(uuid)["state"], self.record(uuid)["exit_code"]))

    def test_tidy(self) -> None:
        """The lock file of a runner that is gone is removed."""
        uuid = self.running()
        self.launched[uuid].die()
        self.round()
        self.round()
        self.assertEqual([], self.files.containers())

    def test_left_working_directory(self) -> None:
        """The working directory of a runner that was killed is taken away, that of one that lives is not."""
        dead, living = self.running(), self.running()
        for uuid in (dead, living):
            (self.state_directory / "jobs" / uuid / "out").mkdir(parents=True)
        self.launched[dead].die()
        self.round()
        self.assertFalse((self.state_directory / "jobs" / dead).exists())
        self.assertTrue((self.state_directory / "jobs" / living / "out").exists())

    def test_working_directory_stays(self) -> None:
        """What cannot be cleared away now is left for the next round, which is not disturbed by it."""
        uuid = self.running()
        (self.state_directory / "jobs").write_text("no directory")
        self.launched[uuid].die()
        self.round()
        self.assertEqual([uuid], self.files.containers())
        (self.state_directory / "jobs").unlink()
        self.round()
        self.assertEqual([], self.files.containers())

    def test_woken_by_changes(self) -> None:
        """A change of a container brings the next round at once; else it comes after a while."""
        self.dispatcher.start()
        uuid = self.submitted()
        self.feed.publish(Change("containers", uuid))
        self.clock.advance(0)
        self.assertIn(uuid, self.launched)
        other = self.submitted()
        self.clock.advance(2.0)
        self.assertIn(other, self.launched)
        self.successResultOf(self.stopped())
        self.assertEqual((0, []), (len(self.feed), self.clock.getDelayedCalls()))

    async def stopped(self) -> None:
        """The end of the dispatcher."""
        await self.dispatcher.stop()

    def test_records_away(self) -> None:
        """While the records cannot be asked nothing is decided, and then it goes on."""
        uuid = self.submitted()
        self.dispatcher = self.make_dispatcher(Away(self.world.store))
        self.dispatcher.start()
        self.assertEqual({}, self.launched)
        self.clock.advance(2.0)
        self.assertIn(uuid, self.launched)
        self.successResultOf(self.stopped())
