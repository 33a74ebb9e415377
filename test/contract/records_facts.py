"""
What every store does with the facts of a target.
"""

from __future__ import annotations

from typing import Any

from arvgate.model.kinds import (
    LINKS,
    USERS,
)  # fmt: skip
from arvgate.model.principals import Principal
from arvgate.model.targets import ContainerTarget, NamedTarget
from arvgate.policy.root_tokens import root_fingerprint
from test.contract.records_case import RecordsCase
from test.contract.records_world import ROOT_TOKEN

__all__ = ["FactsContract"]


class FactsContract(RecordsCase):
    """The suite."""

    def setUp(self) -> None:
        """With a running container of the owner."""
        super().setUp()
        self.request, self.container, _ = self.world.running(self.owner)
        self.uuid = self.request["uuid"]

    def _facts(self, user: Principal | None) -> list[tuple[bool, bool]]:
        target = ContainerTarget(self.container["uuid"], 8080)
        facts = self.done(self.store.container_facts(target, None if user is None else user.user_uuid))
        return [(may_read, may_write) for _, may_read, may_write in facts.requests]

    def _publish(self, writer: Principal, name: str = "app", **more: Any) -> Any:
        values = {"link_class": "published_port", "name": name, "head_uuid": self.uuid, "properties": {"port": 8080}}
        return self.store.create(LINKS, {**values, **more}, writer)

    def test_facts_of_admin(self) -> None:
        """Admins and the system read and write every request, nobody else does, inactive owners neither."""
        self.assertEqual([(True, True)], self._facts(self.world.user(admin=True)))
        self.assertEqual([(True, True)], self._facts(self.world.system))
        self.assertEqual([(True, True)], self._facts(self.owner))
        self.assertEqual([(False, False)], self._facts(self.other))
        self.assertEqual([(False, False)], self._facts(None))
        self.done(self.store.update(USERS, self.owner.user_uuid, {"is_active": False}, self.world.system))
        self.assertEqual([(False, False)], self._facts(self.owner))

    def test_locked_under(self) -> None:
        """It is known under which SystemRootToken a container was locked; one that never was has none."""
        queued = self.world.container_of(self.world.request(self.owner))["uuid"]
        for uuid, expected in ((self.container["uuid"], root_fingerprint(ROOT_TOKEN)), (queued, "")):
            facts = self.done(self.store.container_facts(ContainerTarget(uuid, 1), None))
            self.assertEqual(expected, facts.locked_under)

    def test_facts_by_request(self) -> None:
        """A request's UUID leads to its container; a draft's to nothing."""
        by_request = self.done(self.store.container_facts(ContainerTarget(self.uuid, 1), self.owner.user_uuid))
        self.assertEqual(self.container["uuid"], by_request.container["uuid"])
        draft = self.world.request(self.owner, state="Uncommitted")
        for uuid in (draft["uuid"], "zzzzz-dz642-nothingnothingn", "nonsense", ""):
            self.assertIsNone(self.done(self.store.container_facts(ContainerTarget(uuid, 1), self.owner.user_uuid)))

    def test_publish(self) -> None:
        """A port that is published under a name is found by it."""
        self.done(self._publish(self.owner))
        facts = self.done(self.store.container_facts(NamedTarget("app"), self.owner.user_uuid))
        self.assertEqual(
            (self.container["uuid"], self.uuid, 8080), (facts.container["uuid"], facts.target_uuid, facts.port)
        )
        self.assertIsNone(self.done(self.store.container_facts(NamedTarget("other"), self.owner.user_uuid)))
