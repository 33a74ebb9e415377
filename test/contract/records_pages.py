"""
What every store promises of the pages of a list whose records belong to several owners, and of their count.
"""

from __future__ import annotations

from arvgate.model.kinds import CONTAINER_REQUESTS, GROUPS, LINKS
from arvgate.model.principals import Principal
from arvgate.model.records import Filter, Page, Query
from test.contract.records_case import RecordsCase

__all__ = ["PagesContract"]

_ORDERS = (
    (),
    (("modified_at", "asc"),),
    (("created_at", "asc"), ("uuid", "asc")),
    (("name", "desc"),),
    (("priority", "asc"), ("name", "asc")),
)


class PagesContract(RecordsCase):
    """The suite."""

    def setUp(self) -> None:
        """The owner has requests of its own and in two projects, one of which the other reads, and one more of them."""
        super().setUp()
        self.projects = [
            self.done(self.store.create(GROUPS, {"name": name, "group_class": "project"}, self.owner))["uuid"]
            for name in ("one", "two")
        ]
        self.shared: dict[str, str] = {}
        for number in range(18):
            owner_uuid = (self.owner.user_uuid, *self.projects)[number * 7 % 3]
            name = f"{number * 5 % 18:02d}"
            request = self.world.request(self.owner, name=name, priority=number % 4, state="Uncommitted")
            self.done(
                self.store.update(CONTAINER_REQUESTS, request["uuid"], {"owner_uuid": owner_uuid}, self.world.system)
            )
            if owner_uuid == self.projects[0] or number == 5:
                self.shared[name] = request["uuid"]
            self.world.pass_time(number % 3)
        self.share = self.world.share(self.projects[0], self.other, "can_read")
        self.world.share(self.done(self._find("07")), self.other, "can_read")

    async def _find(self, name: str) -> str:
        query = Query(filters=(Filter("name", "=", name),))
        page = await self.store.list(CONTAINER_REQUESTS, query, self.world.system)
        return str(page.items[0]["uuid"])

    def _page(self, who: Principal, query: Query) -> Page:
        return self.done(self.store.list(CONTAINER_REQUESTS, query, who))

    def test_pages(self) -> None:
        """Page by page a list is the same as at once, and the same as who reads all has it, in every order."""
        visible = (self.owner, 18), (self.other, 7)
        for who, count in visible:
            mine = {item["uuid"] for item in self._page(who, Query(limit=100)).items}
            self.assertEqual(count, len(mine))
            for order in _ORDERS:
                everything = self._page(self.world.system, Query(order=order, limit=100)).items
                wanted = [item["name"] for item in everything if item["uuid"] in mine]
                pages = [
                    self._page(who, Query(order=order, limit=4, offset=offset)).items for offset in range(0, 20, 4)
                ]
                self.assertEqual(wanted, [item["name"] for page in pages for item in page], order)

    def test_filtered(self) -> None:
        """So is a list with filters."""
        query = Query(filters=(Filter("priority", "<", 2), Filter("name", ">=", "04")), limit=3)
        names = [item["name"] for item in self._page(self.owner, query).items]
        everything = self._page(self.world.system, query).items
        self.assertEqual([item["name"] for item in everything], names)
        self.assertEqual(3, len(names))

    def test_count(self) -> None:
        """The count is right each time, also after what others did, and after a share was taken back."""
        query = Query(limit=0)
        counts = []
        for act in (
            lambda: None,
            lambda: self.store.delete(CONTAINER_REQUESTS, self.done(self._find("07")), self.world.system),
            lambda: self.store.delete(LINKS, self.share["uuid"], self.world.system),
        ):
            acting = act()
            if acting is not None:
                self.done(acting)
            for _ in range(2):
                counts.append(
                    (self._page(self.owner, query).items_available, self._page(self.other, query).items_available)
                )
        self.assertEqual([(18, 7), (18, 7), (17, 6), (17, 6), (17, 0), (17, 0)], counts)

    def test_twice(self) -> None:
        """Who reaches a project in two ways, and a request in it by itself, is shown and counted each record once."""
        self.world.share(self.projects[0], self.owner, "can_read")
        self.world.share(self.done(self._find("07")), self.owner, "can_write")
        page = self._page(self.owner, Query(limit=100))
        self.assertEqual((18, 18), (page.items_available, len({item["uuid"] for item in page.items})))
