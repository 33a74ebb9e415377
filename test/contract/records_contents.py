"""
What every store does when it is asked for what is in projects, and who may do what with a record.
"""

from __future__ import annotations

from typing import Any

from arvgate.errors import Forbidden, NotFound
from arvgate.model.contents import CONTENT_KINDS, Contents, ContentsQuery
from arvgate.model.kinds import CONTAINER_REQUESTS, GROUPS, LINKS, USERS, WORKFLOWS
from arvgate.model.principals import Principal
from arvgate.model.records import Filter, Query
from test.contract.records_groups import GroupsCase

__all__ = ["ContentsContract"]


class ContentsContract(GroupsCase):
    """The suite."""

    def setUp(self) -> None:
        """With a project in a project, and in each of them a request and a workflow."""
        super().setUp()
        self.outer = self.make(self.owner, "outer")["uuid"]
        self.inner = self.make(self.owner, "inner", owner_uuid=self.outer)["uuid"]
        for name, owner in (("outside", self.outer), ("inside", self.inner)):
            self.world.request(self.owner, name=f"r {name}", owner_uuid=owner)
            self.done(self.store.create(WORKFLOWS, {"name": f"w {name}", "owner_uuid": owner}, self.owner))

    def ask(self, who: Principal, owner: str | None = None, query: Query | None = None, **more: Any) -> Contents:
        """What is there."""
        asked = query or Query(order=(("name", "asc"),))
        parts = [(kind, asked) for kind in CONTENT_KINDS]
        return self.done(self.store.contents(ContentsQuery(parts, owner_uuid=owner, **{"limit": 100, **more}), who))

    def names(self, who: Principal, owner: str | None = None, **more: Any) -> list[str]:
        """The names of what is there."""
        found = self.ask(who, owner, **more)
        self.assertEqual(len(found.items), found.items_available)
        return [str(item["name"]) for _, item in found.items]

    def test_direct(self) -> None:
        """A project has what it owns, kind by kind; a user's home what the user owns."""
        self.assertEqual(["inner", "r outside", "w outside"], self.names(self.owner, self.outer))
        self.assertEqual(["outer"], self.names(self.owner, self.owner.user_uuid))

    def test_recursive(self) -> None:
        """And, where that is asked for, what is in the projects there."""
        below = ["inner", "r inside", "r outside", "w inside", "w outside"]
        self.assertEqual(below, self.names(self.owner, self.outer, recursive=True))
        self.assertEqual([*below[:1], "outer", *below[1:]], self.names(self.owner, recursive=True))
        home = self.names(self.owner, self.owner.user_uuid, recursive=True)
        self.assertEqual([*below[:1], "outer", *below[1:]], home)

    def test_strangers(self) -> None:
        """To others the place is not there, and nothing of it anywhere."""
        self.refused(NotFound, self.store.contents(ContentsQuery((), 1, owner_uuid=self.outer), self.other))
        self.refused(NotFound, self.store.contents(ContentsQuery((), 1, owner_uuid="nonsense"), self.other))
        self.assertEqual([], self.names(self.other))
        self.world.share(self.inner, self.other, "can_read")
        self.assertEqual(["inner", "r inside", "w inside"], self.names(self.other))
        self.assertEqual(["r inside", "w inside"], self.names(self.other, self.inner))

    def test_pages(self) -> None:
        """Pages go on where the page before ended, whatever the kinds."""
        everything = [item["uuid"] for _, item in self.ask(self.owner).items]
        self.assertEqual(6, len(everything))
        for size in (1, 2, 4, 6):
            found = []
            for offset in range(0, 6, size):
                page = self.ask(self.owner, limit=size, offset=offset)
                self.assertEqual((6, min(size, 6 - offset)), (page.items_available, len(page.items)))
                found.extend(item["uuid"] for _, item in page.items)
            self.assertEqual(everything, found)
        self.assertEqual((6, []), (self.ask(self.owner, limit=0).items_available, self.ask(self.owner, limit=0).items))
        self.assertEqual([], self.ask(self.owner, offset=6).items)

    def test_shared(self) -> None:
        """Of what was shared only the uppermost is seen, and nothing of one's own."""
        self.world.share(self.inner, self.other, "can_read")
        self.make(self.other, "own")
        self.assertEqual(["inner"], self.names(self.other, exclude_home=True))
        self.assertEqual([], self.names(self.owner, exclude_home=True))
        self.assertEqual(["outer", "own"], self.names(self.world.user(admin=True), exclude_home=True))

    def test_include(self) -> None:
        """Owners and containers are given along, as far as one reads them."""
        self.world.share(self.inner, self.other, "can_read")
        found = self.ask(self.other, self.inner, include=("owner_uuid", "container_uuid"))
        self.assertEqual({"groups", "containers"}, {kind.path for kind, _ in found.included})
        found = self.ask(self.other, include=("owner_uuid",))
        self.assertEqual([self.inner], [record["uuid"] for _, record in found.included])
        home = self.ask(self.owner, self.owner.user_uuid, include=("owner_uuid",))
        self.assertEqual([(USERS, self.owner.user_uuid)], [(kind, one["uuid"]) for kind, one in home.included])

    def test_trash(self) -> None:
        """What is in the trash is only there where it is asked for."""
        self.act("trash", self.inner, self.owner)
        self.assertEqual(["r outside", "w outside"], self.names(self.owner, self.outer, recursive=True))
        self.refused(NotFound, self.store.contents(ContentsQuery((), 1, owner_uuid=self.inner), self.owner))
        trash = Query(order=(("name", "asc"),), include_trash=True)
        found = self.ask(self.owner, self.inner, trash)
        self.assertEqual(["r inside", "w inside"], [item["name"] for _, item in found.items])

    def test_permissions(self) -> None:
        """Who manages a record sees who may do what with it."""
        link = self.world.share(self.outer, self.other, "can_write")["uuid"]
        one = Query(filters=(Filter("name", "=", "can_write"),))
        for query in (Query(), one):
            page = self.done(self.store.permissions(self.outer, query, self.owner))
            self.assertEqual([link], [item["uuid"] for item in page.items])
        self.refused(Forbidden, self.store.permissions(self.outer, Query(), self.other))
        for uuid in (self.outer, link, "nonsense"):
            self.refused(NotFound, self.store.permissions(uuid, Query(), self.world.user()))
        self.assertEqual([], self.done(self.store.permissions(self.inner, Query(), self.owner)).items)

    def test_kinds(self) -> None:
        """Only the kinds that were asked for are there."""
        asked = ContentsQuery([(CONTAINER_REQUESTS, Query()), (GROUPS, Query())], 100)
        kinds = [kind.path for kind, _ in self.done(self.store.contents(asked, self.owner)).items]
        self.assertEqual(["container_requests"] * 2 + ["groups"] * 2, kinds)
        self.assertNotIn(LINKS, CONTENT_KINDS)
