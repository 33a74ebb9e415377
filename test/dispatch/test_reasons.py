"""Tests of L{arvgate.dispatch.reasons}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.dispatch.ledger import Ledger
from arvgate.dispatch.reasons import Reasons
from arvgate.model.kinds import CONTAINERS
from arvgate.model.records import Record
from test.records.sqlite import OnSQLite


class ReasonsTests(OnSQLite, SynchronousTestCase):
    """What is on the records of those who wait."""

    def setUp(self) -> None:
        """A store with two queued containers."""
        self.world = self.make_records()
        owner = self.world.user()
        self.one, self.two = (self.world.request(owner)["container_uuid"] for _ in range(2))
        self.reasons = Reasons(Ledger(self.world.store, self.world.system))

    def record(self, uuid: str) -> Record:
        """A container's record."""
        return self.world.get(CONTAINERS, uuid)

    def tell(self, reasons: dict[str, str], queued: tuple[str, ...] | None = None, others: str = "") -> list[str]:
        """Tell; the warnings of both containers afterwards."""
        both = (self.one, self.two)
        records = [self.record(uuid) for uuid in (both if queued is None else queued)]
        self.world.run(self.reasons.tell(records, reasons, lambda uuid: uuid == others))
        return [self.record(uuid)["runtime_status"].get("warning", "") for uuid in both]

    def test_told(self) -> None:
        """Each has its own reason, until it has another or none."""
        self.assertEqual(["a", ""], self.tell({self.one: "a"}))
        self.assertEqual(["b", "c"], self.tell({self.one: "b", self.two: "c"}))
        self.assertEqual(["", "c"], self.tell({self.two: "c"}))

    def test_of_somebody_else(self) -> None:
        """A warning that somebody else wrote stays, unless there is a reason."""
        warned = {"runtime_status": {"warning": "no room"}}
        self.world.run(self.world.store.update(CONTAINERS, self.one, warned, self.world.system))
        self.assertEqual(["no room", ""], self.tell({}, others=self.one))
        self.assertEqual(["a", ""], self.tell({self.one: "a"}, others=self.one))

    def test_of_an_earlier_gateway(self) -> None:
        """What an earlier gateway said and holds no longer is taken away."""
        self.tell({self.one: "a"})
        self.reasons = Reasons(Ledger(self.world.store, self.world.system))
        self.assertEqual(["", ""], self.tell({}))

    def test_not_wanted_any_more(self) -> None:
        """The reason of a container that is on hold now is taken away; one that runs meanwhile is left alone."""
        self.tell({self.one: "a", self.two: "b"})
        self.world.locked(self.two)
        entries = len(self.world.audit(self.two))
        self.assertEqual(["", ""], self.tell({}, queued=()))
        self.assertEqual(entries, len(self.world.audit(self.two)))
