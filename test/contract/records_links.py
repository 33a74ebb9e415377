"""
What every store does with links: direct permissions and published names, and what they open.
"""

from __future__ import annotations

from typing import Any

from arvgate.errors import Forbidden, Invalid, NotFound
from arvgate.model.ids import system_group_uuid
from arvgate.model.kinds import CONTAINER_REQUESTS, CONTAINERS, LINKS
from arvgate.model.principals import Principal
from arvgate.model.records import Query
from arvgate.model.targets import ContainerTarget
from test.contract.records_case import RecordsCase
from test.contract.records_world import CLUSTER

__all__ = ["LinksContract"]


class LinksContract(RecordsCase):
    """The suite."""

    def setUp(self) -> None:
        """With a running container of the owner."""
        super().setUp()
        self.request, self.container, _ = self.world.running(self.owner)
        self.uuid = self.request["uuid"]

    def _permit(self, writer: Principal, name: str = "can_read", **more: Any) -> Any:
        values = {"link_class": "permission", "name": name, "tail_uuid": self.other.user_uuid, "head_uuid": self.uuid}
        return self.store.create(LINKS, {**values, **more}, writer)

    def _publish(self, writer: Principal, name: str = "app", **more: Any) -> Any:
        values = {"link_class": "published_port", "name": name, "head_uuid": self.uuid, "properties": {"port": 8080}}
        return self.store.create(LINKS, {**values, **more}, writer)

    def _facts(self, user: Principal | None) -> list[tuple[bool, bool]]:
        target = ContainerTarget(self.container["uuid"], 8080)
        facts = self.done(self.store.container_facts(target, None if user is None else user.user_uuid))
        return [(may_read, may_write) for _, may_read, may_write in facts.requests]

    def test_permission(self) -> None:
        """The owner shares a request; the link is the system's and names the kinds of its ends."""
        link = self.done(self._permit(self.owner))
        self.assertEqual(
            (self.world.system.user_uuid, "arvados#user", "arvados#containerRequest"),
            (link["owner_uuid"], link["tail_kind"], link["head_kind"]),
        )

    def test_can_read(self) -> None:
        """Who can read sees the request and its container, and can change neither."""
        self.done(self._permit(self.owner))
        self.assertEqual(self.uuid, self.done(self.store.get(CONTAINER_REQUESTS, self.uuid, self.other))["uuid"])
        self.done(self.store.get(CONTAINERS, self.container["uuid"], self.other))
        self.refused(Forbidden, self.store.update(CONTAINER_REQUESTS, self.uuid, {"name": "x"}, self.other))
        self.refused(Forbidden, self.store.delete(CONTAINER_REQUESTS, self.uuid, self.other))
        self.assertEqual([(True, False)], self._facts(self.other))

    def test_can_write(self) -> None:
        """Who can write changes the request, and cannot share it."""
        self.done(self._permit(self.owner, "can_write"))
        values = {"priority": 0}
        self.assertEqual(0, self.done(self.store.update(CONTAINER_REQUESTS, self.uuid, values, self.other))["priority"])
        self.assertEqual([(True, True)], self._facts(self.other))
        third = self.world.user()
        self.refused(Forbidden, self._permit(self.other, tail_uuid=third.user_uuid))

    def test_can_manage(self) -> None:
        """Who can manage shares it on, and takes it back."""
        self.done(self._permit(self.owner, "can_manage"))
        third = self.world.user()
        link = self.done(self._permit(self.other, tail_uuid=third.user_uuid))
        self.done(self.store.delete(LINKS, link["uuid"], self.other))
        self.assertEqual([(False, False)], self._facts(third))

    def test_taken_back(self) -> None:
        """Without the link all is as before."""
        link = self.done(self._permit(self.owner, "can_write"))
        self.done(self.store.delete(LINKS, link["uuid"], self.owner))
        self.refused(NotFound, self.store.get(CONTAINER_REQUESTS, self.uuid, self.other))
        self.assertEqual([(False, False)], self._facts(self.other))

    def test_receiver_cannot_delete(self) -> None:
        """Who receives a permission sees the link, and cannot delete or strengthen it."""
        link = self.done(self._permit(self.owner))
        self.assertEqual(link, self.done(self.store.get(LINKS, link["uuid"], self.other)))
        self.refused(Forbidden, self.store.delete(LINKS, link["uuid"], self.other))
        self.refused(Forbidden, self.store.update(LINKS, link["uuid"], {"name": "can_manage"}, self.other))

    def test_not_shared_by_strangers(self) -> None:
        """What one cannot read cannot be shared, and is said not to exist."""
        error = self.refused(Invalid, self._permit(self.other))
        self.assertIn("not found", error.sentence)

    def test_strongest(self) -> None:
        """A second link between the same two makes the first as strong as the stronger."""
        first = self.done(self._permit(self.owner, "can_write"))
        again = self.done(self._permit(self.owner, "can_read"))
        self.assertEqual((first["uuid"], "can_write"), (again["uuid"], again["name"]))
        strongest = self.done(self._permit(self.owner, "can_manage"))
        self.assertEqual((first["uuid"], "can_manage"), (strongest["uuid"], strongest["name"]))

    def test_bad_links(self) -> None:
        """A link needs a class, a permission a known name and two ends that exist."""
        for more in (
            {"link_class": " "},
            {"link_class": None},
            {"name": "can_fly"},
            {"tail_uuid": "zzzzz-tpzed-nobodynobodynob"},
            {"tail_uuid": None},
            {"tail_uuid": system_group_uuid(CLUSTER)[:-1] + "1"},
            {"tail_uuid": self.uuid},
            {"head_uuid": "zzzzz-xvhdp-nothingnothingn"},
            {"head_uuid": "nonsense"},
            {"head_uuid": str(self.owner.token_uuid)},
        ):
            self.refused(Invalid, self._permit(self.owner, **more))

    def test_publish_needs_write(self) -> None:
        """Only who can write a request publishes its ports."""
        self.refused(Invalid, self._publish(self.other))
        self.done(self._permit(self.owner))
        self.refused(Forbidden, self._publish(self.other))
        self.done(self._permit(self.owner, "can_write"))
        self.done(self._publish(self.other))

    def test_names(self) -> None:
        """A published name is a host label, free, and nobody else's."""
        self.done(self._publish(self.owner))
        for name in ("app", "www", CLUSTER, "-a", "a-", "A", "a.b", "", "a" * 64, f"{self.uuid}-80"):
            self.refused(Invalid, self._publish(self.owner, name))
        for more in ({"properties": {}}, {"properties": {"port": "80"}}, {"head_uuid": self.container["uuid"]}):
            self.refused(Invalid, self._publish(self.owner, "b", **more))

    def test_rename_permission(self) -> None:
        """Who manages the head may change the strength of a permission, to one that exists."""
        link = self.done(self._permit(self.owner))
        self.refused(Invalid, self.store.update(LINKS, link["uuid"], {"name": "can_fly"}, self.owner))
        values = {"name": "can_write"}
        self.assertEqual("can_write", self.done(self.store.update(LINKS, link["uuid"], values, self.owner))["name"])
        self.assertEqual([(True, True)], self._facts(self.other))

    def test_publish_container(self) -> None:
        """Ports are published of requests only, also by admins."""
        self.refused(Invalid, self._publish(self.world.user(admin=True), head_uuid=self.container["uuid"]))

    def test_rename(self) -> None:
        """A published name can be changed, but not to one that is taken; the ends stay."""
        link = self.done(self._publish(self.owner))
        self.done(self._publish(self.owner, "taken"))
        self.refused(Invalid, self.store.update(LINKS, link["uuid"], {"name": "taken"}, self.owner))
        self.refused(Invalid, self.store.update(LINKS, link["uuid"], {"head_uuid": None}, self.owner))
        self.assertEqual("b", self.done(self.store.update(LINKS, link["uuid"], {"name": "b"}, self.owner))["name"])

    def test_after_the_head(self) -> None:
        """Links to what is gone can be deleted by an admin only."""
        link = self.done(self._permit(self.owner))
        self.done(self.store.delete(CONTAINER_REQUESTS, self.uuid, self.owner))
        self.refused(Forbidden, self.store.delete(LINKS, link["uuid"], self.other))
        self.done(self.store.delete(LINKS, link["uuid"], self.world.system))

    def test_lists(self) -> None:
        """Links are listed to the receiver, to who manages the head, and to the system; not to strangers."""
        link = self.done(self._permit(self.owner))
        for who, seen in (
            (self.other, True), (self.owner, True), (self.world.system, True), (self.world.user(), False),
        ):  # fmt: skip
            uuids = [item["uuid"] for item in self.done(self.store.list(LINKS, Query(), who)).items]
            self.assertEqual(seen, link["uuid"] in uuids)
