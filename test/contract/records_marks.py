"""
What every store does with links that mean something to clients alone.
"""

from __future__ import annotations

from typing import Any

from arvgate.errors import Forbidden, Invalid, NotFound
from arvgate.model.kinds import CONTAINER_REQUESTS, GROUPS, LINKS
from arvgate.model.principals import Principal
from arvgate.model.records import Query
from test.contract.records_case import RecordsCase

__all__ = ["MarksContract"]


class MarksContract(RecordsCase):
    """The suite."""

    def setUp(self) -> None:
        """With a request of the owner's."""
        super().setUp()
        self.uuid = self.world.request(self.owner)["uuid"]

    def mark(self, writer: Principal, **more: Any) -> Any:
        """A tag on the request."""
        values = {"link_class": "tag", "name": "important", "head_uuid": self.uuid, **more}
        return self.store.create(LINKS, values, writer)

    def seen(self, who: Principal) -> list[str]:
        """The UUIDs of the links that somebody lists."""
        return [item["uuid"] for item in self.done(self.store.list(LINKS, Query(), who)).items]

    def test_of_ones_own(self) -> None:
        """Whoever makes one has it, and it names the kinds of its ends."""
        link = self.done(self.mark(self.owner, tail_uuid=self.owner.user_uuid, properties={"a": 1}))
        self.assertEqual(
            (self.owner.user_uuid, "arvados#user", "arvados#containerRequest", {"a": 1}),
            (link["owner_uuid"], link["tail_kind"], link["head_kind"], link["properties"]),
        )
        self.assertEqual(link, self.done(self.store.get(LINKS, link["uuid"], self.owner)))
        endless = self.done(self.mark(self.owner, head_uuid=None))
        self.assertEqual((None, None), (endless["head_uuid"], endless["head_kind"]))

    def test_opens_nothing(self) -> None:
        """It gives nobody a right, whatever it is called."""
        self.done(self.mark(self.owner, name="can_manage", tail_uuid=self.other.user_uuid))
        self.refused(NotFound, self.store.get(CONTAINER_REQUESTS, self.uuid, self.other))

    def test_never_becomes_a_permission(self) -> None:
        """Its class and its ends are for ever."""
        link = self.done(self.mark(self.owner, name="can_manage", tail_uuid=self.other.user_uuid))
        another = self.world.request(self.owner)["uuid"]
        for values in ({"link_class": "permission"}, {"head_uuid": another}, {"tail_uuid": None}):
            self.refused(Invalid, self.store.update(LINKS, link["uuid"], values, self.owner))
        changed = self.done(self.store.update(LINKS, link["uuid"], {"name": "x", "properties": {"b": 2}}, self.owner))
        self.assertEqual(("x", {"b": 2}), (changed["name"], changed["properties"]))

    def test_ends_must_be_readable(self) -> None:
        """Nobody marks what they cannot read, or what there is not."""
        for uuid in (self.uuid, "zzzzz-xvhdp-nothingnothingn", "nonsense"):
            error = self.refused(Invalid, self.mark(self.other, head_uuid=uuid))
            self.assertIn("not found", error.sentence)

    def test_seen_by_its_owner(self) -> None:
        """Who reads what is marked does not see the marks of others, unless they are in a project that is shared."""
        self.world.share(self.uuid, self.other, "can_read")
        link = self.done(self.mark(self.owner))["uuid"]
        self.assertNotIn(link, self.seen(self.other))
        self.refused(NotFound, self.store.get(LINKS, link, self.other))
        project = self.done(self.store.create(GROUPS, {"name": "p", "group_class": "project"}, self.owner))["uuid"]
        self.world.share(project, self.other, "can_read")
        shared = self.done(self.mark(self.owner, owner_uuid=project))["uuid"]
        self.assertIn(shared, self.seen(self.other))
        self.refused(Forbidden, self.store.update(LINKS, shared, {"name": "x"}, self.other))
        self.refused(Forbidden, self.store.delete(LINKS, shared, self.other))
        self.refused(Forbidden, self.mark(self.other, owner_uuid=project))

    def test_given_to_a_project(self) -> None:
        """It can be given to a project that its owner may write to, and no other."""
        link = self.done(self.mark(self.owner))["uuid"]
        foreign = self.done(self.store.create(GROUPS, {"name": "p", "group_class": "project"}, self.other))["uuid"]
        own = self.done(self.store.create(GROUPS, {"name": "p", "group_class": "project"}, self.owner))["uuid"]
        with self.assertRaises((Forbidden, Invalid)):
            self.done(self.store.update(LINKS, link, {"owner_uuid": foreign}, self.owner))
        moved = self.done(self.store.update(LINKS, link, {"owner_uuid": own}, self.owner))
        self.assertEqual(own, moved["owner_uuid"])
        self.done(self.store.delete(LINKS, link, self.owner))
