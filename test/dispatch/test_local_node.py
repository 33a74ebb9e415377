"""Tests of L{arvgate.dispatch.local} on a node where something may be left when a runner has died."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from arvgate.interfaces import Left
from arvgate.model.kinds import CONTAINERS
from arvgate.testing.node import FakeNode
from test.dispatch.case import DispatcherCase


class NodeTests(DispatcherCase, SynchronousTestCase):
    """Nothing runs twice, and nothing runs on."""

    def setUp(self) -> None:
        """With a node."""
        self.node = FakeNode()
        super().setUp()

    def more(self) -> dict[str, Any]:
        """The node."""
        return {"node": self.node}

    def left(self, uuid: str, lock_count: int = 1) -> Left:
        """Something of a container on the node."""
        left = Left(uuid, lock_count, f"arvgate-{uuid}-{lock_count}")
        self.node.there.append(left)
        return left

    def state(self, uuid: str) -> str:
        """A container's state."""
        return str(self.record(uuid)["state"])

    def warning(self, uuid: str) -> str:
        """What a container's record warns of."""
        return str(self.record(uuid)["runtime_status"].get("warning", ""))

    def test_ended_with_its_runner(self) -> None:
        """What a dead runner left is ended, and then the record is Cancelled."""
        uuid = self.running()
        left = self.left(uuid)
        self.launched[uuid].die()
        self.round()
        self.assertEqual(([left], "Cancelled"), (self.node.ended, self.state(uuid)))
        self.assertIn("runner died", self.record(uuid)["runtime_status"]["error"])

    def test_adopted(self) -> None:
        """A gateway that was restarted leaves alone what has a live runner."""
        uuid = self.running()
        self.left(uuid)
        self.dispatcher = self.make_dispatcher()
        for _ in range(3):
            self.round()
            self.clock.advance(11)
        self.assertEqual(([], "Running"), (self.node.ended, self.state(uuid)))

    def test_on_its_way(self) -> None:
        """What a runner of ours has already started is left alone before the runner holds its lock file."""
        uuid = self.submitted()
        self.round()
        self.left(uuid)
        self.clock.advance(11)
        self.round()
        self.assertEqual([], self.node.ended)

    def test_engine_is_back(self) -> None:
        """What was given back since the engine had gone is tried as soon as that is seen to be back."""
        uuid = self.submitted()
        self.round()
        self.node.silent = True
        self.launched[uuid].hold()
        self.report(uuid, state="Queued", runtime_status={"warning": "Docker does not answer."})
        self.launched[uuid].die()
        for _ in range(3):
            self.round()
            self.assertEqual(1, self.record(uuid)["lock_count"])
        self.node.silent = False
        self.round()
        self.assertEqual(2, self.record(uuid)["lock_count"])

    def test_in_grace(self) -> None:
        """What belongs to a lock that somebody else took is left alone for a moment, then ended before the next."""
        uuid = self.submitted()
        self.round()
        self.launched[uuid].die()
        left = self.left(uuid)
        self.dispatcher = self.make_dispatcher()
        self.round()
        self.assertEqual([], self.node.ended)
        self.clock.advance(11)
        self.round()
        self.assertEqual(([left], 2), (self.node.ended, self.record(uuid)["lock_count"]))

    def test_without_record(self) -> None:
        """What belongs to no record at all is ended too, as soon as there is a gateway."""
        left = self.left("zzzzz-dz642-nothingnothingn")
        self.round()
        self.assertEqual([left], self.node.ended)

    def test_found_later(self) -> None:
        """Every ten seconds somebody looks, and not with every change."""
        self.round()
        left = self.left("zzzzz-dz642-nothingnothingn")
        self.round()
        self.assertEqual((1, []), (self.node.looks, self.node.ended))
        self.clock.advance(10)
        self.round()
        self.assertEqual([left], self.node.ended)

    def test_silent(self) -> None:
        """While the engine does not answer the record stays as it is, with a warning that is written once."""
        uuid = self.running()
        left = self.left(uuid)
        self.report(uuid, runtime_status={"activity": "computing"})
        self.launched[uuid].die()
        self.node.silent = True
        self.round()
        record = self.record(uuid)
        self.assertEqual(("Running", "computing"), (record["state"], record["runtime_status"]["activity"]))
        self.assertIn("Docker does not answer", record["runtime_status"]["warning"])
        entries = len(self.world.audit(uuid))
        for _ in range(3):
            self.clock.advance(2)
            self.round()
        self.assertEqual(("Running", entries), (self.state(uuid), len(self.world.audit(uuid))))
        self.node.silent = False
        self.round()
        self.assertEqual(([left], "Cancelled"), (self.node.ended, self.state(uuid)))

    def test_silent_while_locked(self) -> None:
        """Nor is a container queued again before it is known that nothing of it runs, however long that takes."""
        uuid = self.submitted()
        self.round()
        left = self.left(uuid)
        self.launched[uuid].die()
        self.node.silent = True
        for _ in range(10):
            self.round()
            self.clock.advance(5)
        self.assertEqual(("Locked", 1), (self.state(uuid), self.record(uuid)["lock_count"]))
        self.node.silent = False
        self.round()
        self.assertEqual(([left], "Locked", 2), (self.node.ended, self.state(uuid), self.record(uuid)["lock_count"]))

    def test_silent_to_a_new_gateway(self) -> None:
        """A gateway that starts while the engine does not answer gives up nothing either."""
        uuid = self.submitted()
        self.round()
        self.launched[uuid].die()
        self.node.silent = True
        self.dispatcher = self.make_dispatcher()
        for _ in range(10):
            self.round()
            self.clock.advance(5)
        self.assertEqual(("Locked", 1), (self.state(uuid), self.record(uuid)["lock_count"]))
        self.assertIn("Docker does not answer", self.warning(uuid))

    def test_nothing_started_while_silent(self) -> None:
        """While the engine does not answer nothing is started; who waits for it is told, and then goes on."""
        self.node.silent = True
        uuid = self.submitted()
        self.round()
        self.assertEqual(({}, "Queued"), (self.launched, self.state(uuid)))
        self.assertIn("Docker does not answer", self.warning(uuid))
        self.node.silent = False
        self.round()
        self.assertEqual(("Locked", ""), (self.state(uuid), self.warning(uuid)))

    def test_stopped_while_it_hangs(self) -> None:
        """A gateway that stops does not wait for an engine that hangs, and says nothing false of it."""

        async def never() -> Any:
            return await Deferred()

        self.patch(self.node, "found", never)
        uuid = self.submitted()
        self.dispatcher.start()
        self.successResultOf(Deferred.fromCoroutine(self.dispatcher.stop()))
        self.assertEqual(("Queued", "", []), (self.state(uuid), self.warning(uuid), self.clock.getDelayedCalls()))

    def test_cannot_be_ended(self) -> None:
        """What cannot be ended is tried again each round; others are looked after meanwhile."""
        stuck, other = self.running(), self.running()
        self.left(stuck)
        self.left(other)
        for uuid in (stuck, other):
            self.launched[uuid].die()
        self.node.stuck = {stuck}
        self.round()
        self.assertEqual(["Running", "Cancelled"], [self.state(uuid) for uuid in (stuck, other)])
        self.assertIn("could not end", self.warning(stuck))
        self.node.stuck = set()
        self.round()
        self.assertEqual("Cancelled", self.state(stuck))

    def test_takes_room(self) -> None:
        """What lost its runner takes room on the node until it is ended."""
        uuids = [self.running(), self.running()]
        for uuid in uuids:
            self.left(uuid)
            self.launched[uuid].die()
        self.node.stuck = set(uuids)
        waiting = self.submitted()
        self.round()
        self.assertEqual("Queued", self.state(waiting))

    def test_not_started_beside_its_past(self) -> None:
        """A container of which something is left is not started again before that is ended; the next one is."""
        uuid = self.submitted(priority=900)
        self.round()
        self.launched[uuid].hold()
        self.left(uuid)
        self.world.run(self.world.store.unlock(uuid, self.world.system))
        self.launched[uuid].die()
        self.node.stuck = {uuid}
        other = self.submitted()
        self.round()
        self.clock.advance(16)
        self.round()
        self.assertEqual(["Queued", "Locked"], [self.state(one) for one in (uuid, other)])
        self.assertIn("not ended yet", self.warning(uuid))
        self.node.stuck = set()
        self.round()
        self.assertEqual(("Locked", 2), (self.state(uuid), self.record(uuid)["lock_count"]))

    def test_working_directory_in_use(self) -> None:
        """The working directory of a container that still runs stays."""
        uuid = self.running()
        (self.state_directory / "jobs" / uuid).mkdir(parents=True)
        self.left(uuid)
        self.launched[uuid].die()
        self.node.silent = True
        self.round()
        self.assertTrue((self.state_directory / "jobs" / uuid).exists())
        self.node.silent = False
        self.round()
        self.assertFalse((self.state_directory / "jobs" / uuid).exists())
        self.assertEqual([], self.files.containers())

    def test_left_after_its_end(self) -> None:
        """What is left of a container that ended well is ended, and its record stays as it is."""
        uuid = self.running()
        left = self.left(uuid)
        self.end(uuid)
        self.round()
        self.assertEqual(([left], "Complete"), (self.node.ended, self.state(uuid)))

    def test_store_is_asked_again(self) -> None:
        """A container that ended by itself while the engine was asked is not Cancelled."""
        uuid = self.running()
        self.left(uuid)
        holder = self.holder(uuid)
        self.launched[uuid].die()
        self.node.silent = True
        self.round()
        self.world.run(self.world.store.update(CONTAINERS, uuid, {"state": "Complete", "exit_code": 0}, holder))
        self.node.silent = False
        self.round()
        self.assertEqual(("Complete", 0), (self.state(uuid), self.record(uuid)["exit_code"]))
