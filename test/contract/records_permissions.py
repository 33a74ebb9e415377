"""
What every store does with permissions that go through projects and roles.
"""

from __future__ import annotations

from typing import Any

import attrs

from arvgate.errors import Forbidden, Invalid, NotFound
from arvgate.model.ids import Uuid, all_users_group_uuid, anonymous_group_uuid, anonymous_user_uuid
from arvgate.model.kinds import API_CLIENT_AUTHORIZATIONS, CONTAINER_REQUESTS, CONTAINERS, GROUPS, LINKS, LOGS
from arvgate.model.principals import Principal
from arvgate.model.records import Kind, Query
from arvgate.model.targets import ContainerTarget
from test.contract.records_case import RecordsCase
from test.contract.records_world import CLUSTER

__all__ = ["PermissionsContract"]


class PermissionsContract(RecordsCase):
    """The suite."""

    def setUp(self) -> None:
        """With a project of the owner, one in it, and a running container of a request in that."""
        super().setUp()
        self.project = self.group(self.owner.user_uuid)
        self.inner = self.group(self.project)
        self.request, self.container, _ = self.world.running(self.owner)
        self.uuid = self.request["uuid"]
        self.done(self.store.update(CONTAINER_REQUESTS, self.uuid, {"owner_uuid": self.inner}, self.world.system))

    def group(self, owner: str | None, group_class: str = "project") -> str:
        """The UUID of a new group."""
        self.groups = getattr(self, "groups", 0) + 1
        values = {"owner_uuid": owner, "group_class": group_class, "name": f"group {self.groups}"}
        record: dict[str, Any] = self.done(self.store._write(self.world.system, lambda tx: tx.insert(GROUPS, values)))
        return str(record["uuid"])

    def role(self, *members: Principal, level: str = "can_manage") -> Principal:
        """A role with members, as if it were a user: the receiver of links."""
        uuid = Uuid(self.group(self.world.system.user_uuid, "role"))
        for member in members:
            self.world.share(uuid, member, level)
        return attrs.evolve(self.other, user_uuid=uuid)

    def level_of(self, who: Principal, uuid: str = "") -> tuple[bool, bool]:
        """Whether somebody reads and writes a request."""
        uuid = uuid or self.uuid
        try:
            self.done(self.store.get(CONTAINER_REQUESTS, uuid, who))
        except NotFound:
            self.refused(NotFound, self.store.update(CONTAINER_REQUESTS, uuid, {"name": "x"}, who))
            return False, False
        try:
            self.done(self.store.update(CONTAINER_REQUESTS, uuid, {"description": who.user_uuid}, who))
        except Forbidden:
            return True, False
        return True, True

    def seen(self, kind: Kind, who: Principal) -> set[str]:
        """What somebody's list of a kind has."""
        return {str(item["uuid"]) for item in self.done(self.store.list(kind, Query(limit=1000), who)).items}

    def facts(self, who: Principal) -> list[tuple[bool, bool]]:
        """Whether somebody reads and writes the requests of the container."""
        target = ContainerTarget(self.container["uuid"], 8080)
        return [
            (may_read, may_write)
            for _, may_read, may_write in self.done(self.store.container_facts(target, who.user_uuid)).requests
        ]

    def test_owner_of_project(self) -> None:
        """Who owns a project manages what is in it, however deep; nobody else sees it."""
        self.assertEqual((True, True), self.level_of(self.owner))
        self.assertEqual((False, False), self.level_of(self.other))
        self.assertEqual([(True, True)], self.facts(self.owner))
        self.assertEqual([(False, False)], self.facts(self.other))

    def test_shared_project(self) -> None:
        """A project's share is good for all in it, at its level, until it is taken back."""
        for name, wanted in (("can_read", (True, False)), ("can_write", (True, True)), ("can_manage", (True, True))):
            link = self.world.share(self.project, self.other, name)
            self.assertEqual(wanted, self.level_of(self.other))
            self.assertEqual([wanted], self.facts(self.other))
            self.assertIn(self.uuid, self.seen(CONTAINER_REQUESTS, self.other))
            self.assertIn(self.inner, self.seen(GROUPS, self.other))
            self.assertIn(self.container["uuid"], self.seen(CONTAINERS, self.other))
            self.done(self.store.get(CONTAINERS, self.container["uuid"], self.other))
            self.done(self.store.delete(LINKS, link["uuid"], self.world.system))
            self.assertEqual((False, False), self.level_of(self.other))
            self.assertEqual([(False, False)], self.facts(self.other))
            self.assertNotIn(self.container["uuid"], self.seen(CONTAINERS, self.other))

    def test_overview_of_projects(self) -> None:
        """What one may write by a project is in the overview, what one may only read is not."""
        for name, wanted in (("can_read", []), ("can_write", [self.uuid])):
            self.world.share(self.project, self.other, name)
            shown = self.done(self.store.writable_requests(self.other, 10, 0))
            self.assertEqual(wanted, [request["uuid"] for request, _ in shown])

    def test_role(self) -> None:
        """A role's members have what was given to it, no more than their membership allows."""
        reader, writer, stranger = self.world.user(), self.world.user(), self.world.user()
        role = self.role(reader, level="can_read")
        self.world.share(role.user_uuid, writer, "can_write")
        self.world.share(self.project, role, "can_manage")
        self.assertEqual((True, False), self.level_of(reader))
        self.assertEqual((True, True), self.level_of(writer))
        self.assertEqual((False, False), self.level_of(stranger))

    def test_roles_in_roles(self) -> None:
        """The weakest step of a path counts, the strongest of several paths."""
        first = self.role(self.other)
        second = self.role()
        self.world.share(second.user_uuid, first, "can_read")
        self.world.share(self.project, second, "can_manage")
        self.assertEqual((True, False), self.level_of(self.other))
        self.world.share(self.uuid, first, "can_write")
        self.assertEqual((True, True), self.level_of(self.other))

    def test_through_users(self) -> None:
        """What a user owns is reached by who manages that user, and by nobody who may less."""
        for name, wanted in (("can_read", (False, False)), ("can_write", (False, False)), ("can_manage", (True, True))):
            self.world.share(str(self.owner.user_uuid), self.other, name)
            self.assertEqual(wanted, self.level_of(self.other), name)

    def test_all_users(self) -> None:
        """What is shared with the role of all users is every active user's, without any link to them."""
        role = attrs.evolve(self.other, user_uuid=all_users_group_uuid(CLUSTER))
        self.world.share(self.project, role, "can_write")
        self.assertEqual((True, True), self.level_of(self.other))
        idle = self.world.user(active=False)
        self.refused(NotFound, self.store.get(CONTAINER_REQUESTS, self.uuid, idle))
        self.refused(NotFound, self.store.get(CONTAINER_REQUESTS, self.uuid, self.anonymous()))

    def anonymous(self) -> Principal:
        """Who came without a token where that is allowed."""
        return Principal(anonymous_user_uuid(CLUSTER), None, scopes=("GET /",))

    def test_anonymous(self) -> None:
        """Everybody reads what is shared with the anonymous role, and nobody writes it for that."""
        role = attrs.evolve(self.other, user_uuid=anonymous_group_uuid(CLUSTER))
        self.assertEqual(set(), self.seen(CONTAINER_REQUESTS, self.anonymous()))
        self.world.share(self.project, role, "can_manage")
        for reader in (self.anonymous(), self.other):
            self.assertEqual({self.uuid}, self.seen(CONTAINER_REQUESTS, reader))
        self.assertEqual((True, False), self.level_of(self.other))
        self.refused(Forbidden, self.store.update(CONTAINER_REQUESTS, self.uuid, {"name": "x"}, self.anonymous()))
        self.refused(Forbidden, self.store.create(CONTAINER_REQUESTS, {}, self.anonymous()))

    def test_reading_also(self) -> None:
        """As whom one reads besides adds to what is read, never to what is written, and shows no tokens."""
        both = attrs.evolve(self.other, also=(self.owner,))
        mine = self.world.request(self.other)["uuid"]
        self.assertEqual({self.uuid, mine}, self.seen(CONTAINER_REQUESTS, both))
        self.done(self.store.get(CONTAINER_REQUESTS, self.uuid, both))
        self.refused(NotFound, self.store.update(CONTAINER_REQUESTS, self.uuid, {"name": "x"}, both))
        self.assertEqual(self.seen(API_CLIENT_AUTHORIZATIONS, self.other), self.seen(API_CLIENT_AUTHORIZATIONS, both))

    def test_logs(self) -> None:
        """Logs of what is in a project are read by who reads the project, those of the container too."""
        self.assertNotIn(self.uuid, self.logged(self.other))
        self.world.share(self.project, self.other, "can_read")
        self.assertLessEqual({self.uuid, self.container["uuid"], self.inner}, self.logged(self.other))
        self.assertNotIn(str(self.owner.user_uuid), self.logged(self.other))

    def logged(self, who: Principal) -> set[str]:
        """The objects of the logs that somebody sees."""
        return {item["object_uuid"] for item in self.done(self.store.list(LOGS, Query(limit=1000), who)).items}

    def test_links(self) -> None:
        """A permission is seen by who has it and who manages the head, a name by all who read the request."""
        permission = self.world.share(self.project, self.other, "can_write")["uuid"]
        name = {"link_class": "published_port", "name": "app", "head_uuid": self.uuid, "properties": {"port": 80}}
        published = self.done(self.store.create(LINKS, name, self.owner))["uuid"]
        reader, manager, stranger = self.world.user(), self.world.user(), self.world.user()
        self.world.share(self.project, reader, "can_read")
        self.world.share(self.project, manager, "can_manage")
        for who, wanted in (
            (self.owner, {permission, published}),
            (self.other, {permission, published}),
            (manager, {permission, published}),
            (reader, {published}),
            (stranger, set()),
        ):
            self.assertEqual(wanted, self.seen(LINKS, who) & {permission, published})
            for uuid in (permission, published):
                if uuid in wanted:
                    self.done(self.store.get(LINKS, uuid, who))
                else:
                    self.refused(NotFound, self.store.get(LINKS, uuid, who))

    def test_sharing_projects(self) -> None:
        """Who manages a project shares it with users and roles; who may write it does not."""
        self.world.share(self.project, self.other, "can_write")
        third = self.world.user()
        values = {"link_class": "permission", "name": "can_read", "head_uuid": self.inner}
        for tail in (third.user_uuid, self.role().user_uuid):
            self.refused(Forbidden, self.store.create(LINKS, {**values, "tail_uuid": tail}, self.other))
            self.done(self.store.create(LINKS, {**values, "tail_uuid": tail}, self.owner))
        for tail in (self.project, self.uuid):
            self.refused(Invalid, self.store.create(LINKS, {**values, "tail_uuid": tail}, self.owner))
        self.assertEqual((True, False), self.level_of(third))
