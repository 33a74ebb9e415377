"""Tests of L{arvgate.dispatch.local}: who waits for what, and who passes meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.dispatch.kept import Keeping, Kept
from arvgate.model.kinds import CONTAINER_REQUESTS, CONTAINERS
from arvgate.policy.placement import Capacity
from arvgate.policy.user_limits import UserLimits
from test.dispatch.case import DispatcherCase


class GivenBackTests(DispatcherCase, SynchronousTestCase):
    """Containers for which their runners found no room."""

    capacity = Capacity(vcpus=8, ram=1 << 30, containers=3)

    def given_back(self, uuid: str) -> None:
        """Let the runner of a locked container give it back and exit."""
        self.launched[uuid].hold()
        self.report(uuid, state="Queued", runtime_status={"warning": "no room"})
        self.launched[uuid].die()

    def count(self, uuid: str) -> int:
        """How often a container was locked."""
        return int(self.record(uuid)["lock_count"])

    def test_not_at_once(self) -> None:
        """It is tried again after fifteen seconds, then after longer, with its warning until then."""
        uuid = self.submitted()
        self.round()
        for count, pause in enumerate((15, 30, 60, 60), 1):
            self.given_back(uuid)
            for _ in range(3):
                self.round()
                self.assertEqual(count, self.count(uuid))
            self.clock.advance(pause - 1)
            self.round()
            record = self.record(uuid)
            self.assertEqual((count, {"warning": "no room"}), (record["lock_count"], record["runtime_status"]))
            self.clock.advance(1)
            self.round()
            record = self.record(uuid)
            self.assertEqual((count + 1, {}), (record["lock_count"], record["runtime_status"]))

    def test_others_pass(self) -> None:
        """Meanwhile those behind it go on."""
        uuid = self.submitted(priority=900)
        self.round()
        self.given_back(uuid)
        other = self.submitted(priority=1)
        self.round()
        self.assertEqual(["Queued", "Locked"], [self.record(one)["state"] for one in (uuid, other)])

    def test_room_was_made(self) -> None:
        """When another container of the node has ended it is tried at once."""
        running = self.running()
        uuid = self.submitted()
        self.round()
        self.given_back(uuid)
        self.round()
        self.round()
        self.assertEqual(1, self.count(uuid))
        self.end(running)
        self.round()
        self.assertEqual(2, self.count(uuid))

    def test_no_room_by_itself(self) -> None:
        """That one of several gave up is no room for the others."""
        uuids = [self.submitted() for _ in range(2)]
        self.round()
        for uuid in uuids:
            self.given_back(uuid)
        for _ in range(4):
            self.round()
        self.assertEqual([1, 1], [self.count(uuid) for uuid in uuids])

    def test_new_gateway(self) -> None:
        """A gateway that was restarted while the runner looked for room lets it wait too."""
        uuid = self.submitted()
        self.round()
        self.launched[uuid].hold()
        self.dispatcher = self.make_dispatcher()
        self.round()
        self.given_back(uuid)
        self.round()
        self.assertEqual(1, self.count(uuid))

    def test_failed(self) -> None:
        """A container whose runner failed was not given back: it is tried again without a pause."""
        uuid = self.submitted()
        self.round()
        self.launched[uuid].die()
        self.round()
        self.assertEqual(2, self.count(uuid))


class Counted:
    """Kept outputs of which only the sizes are known."""

    def __init__(self) -> None:
        self.used: dict[str, int] = {}
        self.expired: list[tuple[float, float]] = []

    def used_by(self, user_uuid: str) -> int:
        """What a test says."""
        return self.used.get(user_uuid, 0)

    def expire(self, now: float, keep: float) -> None:
        """Note it."""
        self.expired.append((now, keep))


async def at_once(call: Callable[[], Any]) -> Any:
    """A blocking call in this very thread."""
    return call()


class LimitTests(DispatcherCase, SynchronousTestCase):
    """Users who have what one user gets."""

    capacity = Capacity(vcpus=8, ram=1 << 40, containers=6)

    def setUp(self) -> None:
        """With a limit of two containers."""
        self.limits = UserLimits(containers=2, vcpus=4, output=1000)
        self.kept = Counted()
        super().setUp()
        self.other = self.world.user()

    def more(self) -> dict[str, Any]:
        """The limits and outputs."""
        return {"limits": self.limits, "kept": Kept(self.clock, self.kept, None, Keeping(50.0), at_once)}

    def warning(self, uuid: str) -> str:
        """What a container's record warns of."""
        return str(self.record(uuid)["runtime_status"].get("warning", ""))

    def states(self, *uuids: str) -> list[str]:
        """The states of containers."""
        return [self.record(uuid)["state"] for uuid in uuids]

    def test_waits(self) -> None:
        """Who has two waits with a reason, written once; somebody else passes; when one ends, it is started."""
        mine = [self.submitted(priority=900 - number) for number in range(3)]
        theirs = self.submitted(self.other, priority=1)
        self.round()
        self.assertEqual(["Locked", "Locked", "Queued", "Locked"], self.states(*mine, theirs))
        self.assertIn("2 containers running here", self.warning(mine[2]))
        entries = len(self.world.audit(mine[2]))
        self.round()
        self.assertEqual(entries, len(self.world.audit(mine[2])))
        self.runs(mine[0])
        self.end(mine[0])
        self.round()
        self.assertEqual(("Locked", ""), (self.states(mine[2])[0], self.warning(mine[2])))

    def test_reason_goes(self) -> None:
        """A reason that holds no longer goes, and nothing else of the status with it."""
        uuids = [self.submitted() for _ in range(3)]
        self.round()
        (waiting,) = [uuid for uuid in uuids if uuid not in self.launched]
        status = {**self.record(waiting)["runtime_status"], "activity": "x"}
        self.world.run(self.world.store.update(CONTAINERS, waiting, {"runtime_status": status}, self.world.system))
        self.limits = UserLimits()
        self.capacity = Capacity(vcpus=2, ram=1 << 40)
        self.dispatcher = self.make_dispatcher()
        self.round()
        self.assertEqual(("Queued", {"activity": "x"}), (
            self.record(waiting)["state"], self.record(waiting)["runtime_status"],
        ))  # fmt: skip

    def test_on_hold(self) -> None:
        """Whoever takes the wish back is not told any more why it waits."""
        uuids = [self.submitted() for _ in range(3)]
        self.round()
        (waiting,) = [uuid for uuid in uuids if uuid not in self.launched]
        self.assertTrue(self.warning(waiting))
        hold = {"priority": 0}
        self.world.run(self.world.store.update(CONTAINER_REQUESTS, self.requests[waiting], hold, self.admin))
        self.round()
        self.assertEqual("", self.warning(waiting))

    def test_never(self) -> None:
        """What one user never gets is refused with the reason."""
        uuid = self.submitted(runtime_constraints={"vcpus": 5, "ram": 1})
        self.round()
        self.assertIn("one user gets 4", self.record(uuid)["runtime_status"]["error"])

    def test_output(self) -> None:
        """Who keeps too much output waits and knows what to do; what is left is the next container's limit."""
        self.kept.used = {str(self.admin.user_uuid): 1000, str(self.other.user_uuid): 400}
        mine, theirs = self.submitted(), self.submitted(self.other)
        self.round()
        self.assertIn("arvgate get --remove", self.warning(mine))
        self.assertEqual({theirs}, set(self.launched))
        self.assertEqual(600, self.launched[theirs].document["OutputMaxBytes"])
        self.kept.used = {}
        self.round()
        self.assertEqual(1000, self.launched[mine].document["OutputMaxBytes"])

    def test_outputs_expire(self) -> None:
        """Once a minute outputs that are too old are looked for."""
        self.round()
        self.clock.advance(30)
        self.round()
        self.clock.advance(30)
        self.round()
        self.assertEqual([(0.0, 50.0), (60.0, 50.0)], self.kept.expired)

    def test_many(self) -> None:
        """Many that wait for a limit all run in the end, never more than the limit at once, by priority."""
        uuids = [self.submitted(priority=900 - number) for number in range(12)]
        order: list[str] = []
        while len(order) < len(uuids):
            self.round()
            now = [uuid for uuid in uuids if self.record(uuid)["state"] == "Locked"]
            self.assertLessEqual(len(now), 2)
            order.extend(now)
            for uuid in now:
                self.runs(uuid)
                self.end(uuid)
        self.assertEqual(uuids, order)
        self.assertEqual({"Complete"}, set(self.states(*uuids)))

    def test_idle_timeout(self) -> None:
        """The runner is told after how long without any connection to end its container."""
        quick = self.submitted(properties={"arvgate:idle_timeout": 90})
        patient = self.submitted()
        self.round()
        self.assertEqual([90.0, 0.0], [self.launched[uuid].document["IdleTimeout"] for uuid in (quick, patient)])
