"""
What every store does with projects in the trash, and with what is in them.
"""

from __future__ import annotations

from datetime import timedelta

from arvgate.errors import Forbidden, Invalid, NotFound
from arvgate.model.kinds import CONTAINER_REQUESTS, CONTAINERS, GROUPS
from arvgate.model.records import Query
from arvgate.model.targets import ContainerTarget
from test.contract.records_groups import GroupsCase

__all__ = ["GroupTrashContract"]


class GroupTrashContract(GroupsCase):
    """The suite."""

    def setUp(self) -> None:
        """With a project in a project, and a request in that."""
        super().setUp()
        self.outer = self.make(self.owner, "outer")["uuid"]
        self.inner = self.make(self.owner, "inner", owner_uuid=self.outer)["uuid"]
        self.request = self.world.request(self.owner, owner_uuid=self.inner)

    def test_hidden(self) -> None:
        """What is in the trash is hidden with all that is in it, unless it is asked for, and comes out whole."""
        trashed = self.done(self.store.delete(GROUPS, self.outer, self.owner))
        self.assertTrue(trashed["is_trashed"])
        self.assertEqual(self.world.moment + timedelta(days=14), trashed["delete_at"])
        for who in (self.owner, self.world.user(admin=True)):
            self.assertEqual([], self.listed(who))
            self.assertEqual(["inner", "outer"], self.listed(who, include_trash=True))
            self.refused(NotFound, self.store.get(GROUPS, self.inner, who))
            self.done(self.store.get(GROUPS, self.inner, who, include_trash=True))
            self.refused(NotFound, self.store.get(CONTAINER_REQUESTS, self.request["uuid"], who))
            self.assertEqual([], self.done(self.store.list(CONTAINER_REQUESTS, Query(), who)).items)
            self.assertEqual(
                1, len(self.done(self.store.list(CONTAINER_REQUESTS, Query(include_trash=True), who)).items)
            )
            self.refused(NotFound, self.store.update(CONTAINER_REQUESTS, self.request["uuid"], {"name": "x"}, who))
        self.assertEqual([], self.done(self.store.writable_requests(self.owner, 10, 0)))
        restored = self.act("untrash", self.outer, self.owner)
        self.assertEqual((False, None, None), tuple(restored[n] for n in ("is_trashed", "trash_at", "delete_at")))
        self.assertEqual(["inner", "outer"], self.listed(self.owner))
        self.done(self.store.get(CONTAINER_REQUESTS, self.request["uuid"], self.owner))

    def test_nothing_runs(self) -> None:
        """Nothing runs for what is in the trash, and nobody enters; out of it, it is as before."""
        before = self.world.get(CONTAINERS, self.request["container_uuid"])
        target = ContainerTarget(before["uuid"], 80)
        self.act("trash", self.outer, self.owner)
        self.assertEqual(0, self.world.get(CONTAINERS, self.request["container_uuid"])["priority"])
        facts = self.done(self.store.container_facts(target, self.owner.user_uuid))
        self.assertEqual([(False, False)], [(read, write) for _, read, write in facts.requests])
        self.act("untrash", self.outer, self.owner)
        self.assertEqual(before["priority"], self.world.get(CONTAINERS, self.request["container_uuid"])["priority"])

    def test_rights(self) -> None:
        """Who may write a project puts it into the trash; who manages it takes it out."""
        self.world.share(self.outer, self.other, "can_read")
        self.refused(Forbidden, self.store.act(GROUPS, "trash", self.outer, {}, self.other))
        self.refused(Forbidden, self.store.delete(GROUPS, self.outer, self.other))
        self.world.share(self.outer, self.other, "can_write")
        self.act("trash", self.outer, self.other)
        self.assertEqual(self.act("trash", self.outer, self.other)["uuid"], self.outer)
        self.refused(Forbidden, self.store.act(GROUPS, "untrash", self.outer, {}, self.other))
        self.refused(NotFound, self.store.act(GROUPS, "untrash", self.outer, {}, self.world.user()))
        role = self.make(self.owner, "role", "role")["uuid"]
        self.refused(Invalid, self.store.act(GROUPS, "trash", role, {}, self.owner))

    def test_names(self) -> None:
        """A name in the trash is free; who has it again comes out of the trash with another one."""
        self.act("trash", self.outer, self.owner)
        self.make(self.owner, "outer")
        self.refused(Invalid, self.store.act(GROUPS, "untrash", self.outer, {}, self.owner))
        restored = self.act("untrash", self.outer, self.owner, ensure_unique_name=True)
        self.assertEqual(f"outer ({self.outer[-15:]})", restored["name"])

    def test_times(self) -> None:
        """A project goes to the trash at its time, and is deleted at its time with all that is in it."""
        tomorrow = self.world.moment + timedelta(days=1)
        waiting = self.change(self.outer, self.owner, trash_at=tomorrow)
        self.assertEqual((False, tomorrow + timedelta(days=14)), (waiting["is_trashed"], waiting["delete_at"]))
        self.done(self.store.sweep())
        self.assertEqual(["inner", "outer"], self.listed(self.owner))
        self.world.pass_time(86400)
        self.done(self.store.sweep())
        self.assertEqual([], self.listed(self.owner))
        self.assertEqual(0, self.world.get(CONTAINERS, self.request["container_uuid"])["priority"])
        link = self.world.share(self.outer, self.other, "can_read")
        self.world.pass_time(14 * 86400)
        self.done(self.store.sweep())
        for kind, uuid in (
            (GROUPS, self.outer), (GROUPS, self.inner), (CONTAINER_REQUESTS, self.request["uuid"]),
        ):  # fmt: skip
            self.refused(NotFound, self.store.get(kind, uuid, self.world.system, include_trash=True))
        self.assertIn("delete", [entry["event_type"] for entry in self.world.audit(link["uuid"])])

    def test_bad_times(self) -> None:
        """The end is not before the trash, and there is none without it."""
        now = self.world.moment
        for values in (
            {"trash_at": now + timedelta(days=2), "delete_at": now + timedelta(days=1)},
            {"delete_at": now + timedelta(days=1)},
        ):
            self.refused(Invalid, self.store.update(GROUPS, self.outer, values, self.owner))
