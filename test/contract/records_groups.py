"""
What every store does with groups: projects and roles, their names, freezing, and moving.
"""

from __future__ import annotations

from typing import Any

from arvgate.errors import Forbidden, Invalid, NotFound
from arvgate.model.ids import all_users_group_uuid, anonymous_group_uuid, system_group_uuid
from arvgate.model.kinds import CONTAINER_REQUESTS, GROUPS, LINKS
from arvgate.model.principals import Principal
from arvgate.model.records import Filter, Query, Record
from test.contract.records_case import RecordsCase
from test.contract.records_world import CLUSTER

__all__ = ["GroupsCase", "GroupsContract"]


class GroupsCase(RecordsCase):
    """With a hand for groups."""

    def make(self, who: Principal, name: str = "p", group_class: str = "project", **more: Any) -> Record:
        """A new group."""
        values = {"name": name, "group_class": group_class, **more}
        return self.done(self.store.create(GROUPS, values, who))

    def change(self, uuid: str, who: Principal, **values: Any) -> Record:
        """Another value of some attributes."""
        return self.done(self.store.update(GROUPS, uuid, values, who))

    def act(self, action: str, uuid: str, who: Principal, **arguments: Any) -> Record:
        """Something else that groups can do."""
        return self.done(self.store.act(GROUPS, action, uuid, arguments, who))

    def listed(self, who: Principal, **query: Any) -> list[str]:
        """The names of the projects in a list."""
        query = {"filters": (Filter("group_class", "=", "project"),), "order": (("name", "asc"),), **query}
        return [item["name"] for item in self.done(self.store.list(GROUPS, Query(**query), who)).items]


class GroupsContract(GroupsCase):
    """The suite."""

    def test_create(self) -> None:
        """A project is its maker's, and says what its reader may do with it."""
        project = self.make(self.owner)
        self.assertEqual(
            (self.owner.user_uuid, "project", False, True, True),
            tuple(project[name] for name in ("owner_uuid", "group_class", "is_trashed", "can_write", "can_manage")),
        )
        self.assertEqual([self.owner.user_uuid], project["writable_by"])
        self.world.share(project["uuid"], self.other, "can_write")
        for seen in (
            self.done(self.store.get(GROUPS, project["uuid"], self.other)),
            self.done(self.store.list(GROUPS, Query(filters=(Filter("name", "=", "p"),)), self.other)).items[0],
        ):
            self.assertEqual((True, False), (seen["can_write"], seen["can_manage"]))
            self.assertEqual([self.owner.user_uuid, self.other.user_uuid], seen["writable_by"])
        for bad in ({"group_class": "club"}, {"group_class": None}, {"is_trashed": True}, {"colour": "red"}):
            self.refused(Invalid, self.store.create(GROUPS, {"name": "q", "group_class": "project", **bad}, self.owner))

    def test_class_stays(self) -> None:
        """A project does not become a role, nor the other way."""
        project, role = self.make(self.owner), self.make(self.owner, "r", "role")
        for uuid, group_class in ((project["uuid"], "role"), (role["uuid"], "project")):
            self.refused(Invalid, self.store.update(GROUPS, uuid, {"group_class": group_class}, self.owner))

    def test_role(self) -> None:
        """A role is the system's, managed by its maker, and owns nothing."""
        role = self.make(self.owner, "r", "role")
        self.assertEqual((self.world.system.user_uuid, True), (role["owner_uuid"], role["can_manage"]))
        inside = {"name": "x", "group_class": "project", "owner_uuid": role["uuid"]}
        self.refused(Invalid, self.store.create(GROUPS, inside, self.owner))
        self.refused(Invalid, self.store.create(GROUPS, inside, self.world.system))
        self.assertEqual("new", self.change(role["uuid"], self.owner, name="new")["name"])
        self.world.share(role["uuid"], self.other, "can_write")
        self.refused(Forbidden, self.store.update(GROUPS, role["uuid"], {"name": "x"}, self.other))
        self.refused(Forbidden, self.store.delete(GROUPS, role["uuid"], self.other))
        self.refused(Invalid, self.store.update(GROUPS, role["uuid"], {"owner_uuid": self.owner.user_uuid}, self.owner))
        self.done(self.store.delete(GROUPS, role["uuid"], self.owner))
        self.refused(NotFound, self.store.get(GROUPS, role["uuid"], self.world.system))
        ends = Query(filters=(Filter("head_uuid", "=", role["uuid"]),))
        self.assertEqual([], self.done(self.store.list(LINKS, ends, self.world.system)).items)

    def test_roles_are_visible(self) -> None:
        """Everybody with an active account sees that a role is there, without being a member."""
        role = self.make(self.owner, "r", "role")
        seen = self.done(self.store.get(GROUPS, role["uuid"], self.other))
        self.assertEqual((False, False), (seen["can_write"], seen["can_manage"]))
        self.refused(Forbidden, self.store.update(GROUPS, role["uuid"], {"name": "x"}, self.other))

    def test_system_groups(self) -> None:
        """The groups that the system needs are neither renamed, moved nor deleted."""
        admin = self.world.user(admin=True)
        for uuid in (system_group_uuid(CLUSTER), all_users_group_uuid(CLUSTER), anonymous_group_uuid(CLUSTER)):
            self.refused(Invalid, self.store.update(GROUPS, uuid, {"name": "x"}, admin))
            self.refused(Invalid, self.store.delete(GROUPS, uuid, admin))
            self.assertEqual("x", self.change(uuid, admin, description="x")["description"])
            for call in (self.store.update(GROUPS, uuid, {"description": "y"}, self.owner),):
                self.refused(Forbidden, call)

    def test_names(self) -> None:
        """An owner has a name once, unless the new one may be changed to be unique; others have it too."""
        first = self.make(self.owner, "n" * 255)
        self.make(self.other, "n" * 255)
        self.refused(Invalid, self.store.create(GROUPS, {"name": "n" * 255, "group_class": "project"}, self.owner))
        values = {"name": "n" * 255, "group_class": "project"}
        second = self.done(self.store.create(GROUPS, values, self.owner, ensure_unique_name=True))
        self.assertEqual(f"{'n' * 237} ({second['uuid'][-15:]})", second["name"])
        self.refused(Invalid, self.store.update(GROUPS, second["uuid"], {"name": first["name"]}, self.owner))
        inner = self.make(self.owner, first["name"], owner_uuid=second["uuid"])
        self.refused(
            Invalid, self.store.update(GROUPS, inner["uuid"], {"owner_uuid": self.owner.user_uuid}, self.owner)
        )

    def test_owner(self) -> None:
        """Into a project writes who may write it; it must be one, be readable, and not be in the trash."""
        project = self.make(self.owner)
        inside = {"name": "inside", "group_class": "project", "owner_uuid": project["uuid"]}
        self.refused(Invalid, self.store.create(GROUPS, inside, self.other))
        self.world.share(project["uuid"], self.other, "can_read")
        self.refused(Forbidden, self.store.create(GROUPS, inside, self.other))
        self.world.share(project["uuid"], self.other, "can_write")
        self.assertEqual(project["uuid"], self.make(self.other, "inside", owner_uuid=project["uuid"])["owner_uuid"])
        self.done(self.store.delete(GROUPS, project["uuid"], self.owner))
        self.refused(Invalid, self.store.create(GROUPS, {**inside, "name": "late"}, self.owner))

    def test_moving(self) -> None:
        """A project moves to where one may write, and never into itself."""
        outer = self.make(self.owner, "outer")["uuid"]
        middle = self.make(self.owner, "middle", owner_uuid=outer)["uuid"]
        inner = self.make(self.owner, "inner", owner_uuid=middle)["uuid"]
        for owner in (outer, middle, inner):
            self.refused(Invalid, self.store.update(GROUPS, outer, {"owner_uuid": owner}, self.owner))
        self.assertEqual(outer, self.change(inner, self.owner, owner_uuid=outer)["owner_uuid"])
        theirs = self.make(self.other, "theirs")["uuid"]
        self.refused(Invalid, self.store.update(GROUPS, inner, {"owner_uuid": theirs}, self.owner))
        self.world.share(theirs, self.owner, "can_write")
        self.change(inner, self.owner, owner_uuid=theirs)
        self.assertIn("inner", self.listed(self.other))

    def test_requests_in_projects(self) -> None:
        """A request is made in a project, and moved out of it, by who may write there."""
        project = self.make(self.owner)["uuid"]
        request = self.world.request(self.owner, owner_uuid=project)
        self.assertEqual(project, request["owner_uuid"])
        self.refused(NotFound, self.store.get(CONTAINER_REQUESTS, request["uuid"], self.other))
        self.world.share(project, self.other, "can_write")
        mine = {"owner_uuid": self.other.user_uuid}
        moved = self.done(self.store.update(CONTAINER_REQUESTS, request["uuid"], mine, self.other))
        self.assertEqual(self.other.user_uuid, moved["owner_uuid"])
        self.refused(NotFound, self.store.get(CONTAINER_REQUESTS, request["uuid"], self.owner))

    def test_frozen(self) -> None:
        """Nothing in a frozen project changes, for whomever, until who manages it unfreezes it."""
        outer = self.make(self.owner, "outer")["uuid"]
        inner = self.make(self.owner, "inner", owner_uuid=outer)["uuid"]
        request = self.world.request(self.owner, owner_uuid=inner, state="Uncommitted")["uuid"]
        self.world.share(outer, self.other, "can_write")
        self.refused(Forbidden, self.store.update(GROUPS, outer, {"frozen_by_uuid": self.other.user_uuid}, self.other))
        self.refused(Invalid, self.store.update(GROUPS, outer, {"frozen_by_uuid": self.other.user_uuid}, self.owner))
        frozen = self.change(outer, self.owner, frozen_by_uuid=self.owner.user_uuid)
        self.assertEqual((False, False), (frozen["can_write"], frozen["can_manage"]))
        for who in (self.owner, self.other, self.world.user(admin=True)):
            for call in (
                self.store.update(GROUPS, outer, {"name": "x"}, who),
                self.store.update(GROUPS, inner, {"name": "x"}, who),
                self.store.delete(GROUPS, inner, who),
                self.store.create(GROUPS, {"name": "x", "group_class": "project", "owner_uuid": inner}, who),
                self.store.update(CONTAINER_REQUESTS, request, {"name": "x"}, who),
                self.store.delete(CONTAINER_REQUESTS, request, who),
                self.store.update(CONTAINER_REQUESTS, request, {"owner_uuid": who.user_uuid}, who),
            ):
                self.refused(Forbidden, call)
        self.assertEqual([], self.done(self.store.writable_requests(self.owner, 10, 0)))
        self.refused(Forbidden, self.store.update(GROUPS, outer, {"frozen_by_uuid": None}, self.other))
        self.assertTrue(self.change(outer, self.owner, frozen_by_uuid=None)["can_write"])
        self.done(self.store.update(CONTAINER_REQUESTS, request, {"name": "x"}, self.other))

    def test_frozen_by_both(self) -> None:
        """A frozen project in a frozen one is unfrozen after that."""
        outer = self.make(self.owner, "outer")["uuid"]
        inner = self.make(self.owner, "inner", owner_uuid=outer)["uuid"]
        for uuid in (inner, outer):
            self.change(uuid, self.owner, frozen_by_uuid=self.owner.user_uuid)
        self.refused(Forbidden, self.store.update(GROUPS, inner, {"frozen_by_uuid": None}, self.owner))
        for uuid in (outer, inner):
            self.change(uuid, self.owner, frozen_by_uuid=None)
