"""
What every store does when it is asked for lists.
"""

from __future__ import annotations

import json
from typing import Any

import attrs
import orjson

from arvgate.errors import Invalid
from arvgate.model.kinds import CONTAINER_REQUESTS, CONTAINERS
from arvgate.model.principals import ANYBODY
from arvgate.model.records import Filter, Query
from test.contract.records_case import RecordsCase

__all__ = ["ListsContract"]


class ListsContract(RecordsCase):
    """The suite."""

    def setUp(self) -> None:
        """With three requests, a second apart, and one of another user."""
        super().setUp()
        self.records = []
        for name, priority in (("ant", 1), ("Bee", 2), ("cat%", None)):
            self.records.append(
                self.world.request(self.owner, name=name, priority=priority, state="Uncommitted", use_existing=False)
            )
            self.world.pass_time(1)
        self.world.request(self.other, name="hidden")

    def _page(self, **query: Any) -> Any:
        return self.done(self.store.list(CONTAINER_REQUESTS, Query(**query), self.owner))

    def _names(self, *filters: tuple[str, str, Any], **query: Any) -> list[str]:
        found = self._page(filters=tuple(Filter(*one) for one in filters), **query)
        return [item["name"] for item in found.items]

    def test_newest_first(self) -> None:
        """Without an order the newest come first, and only one's own."""
        self.assertEqual(["cat%", "Bee", "ant"], self._names())

    def test_equal(self) -> None:
        """Equality compares text, numbers, truth, times and null exactly."""
        middle = self.records[1]
        for attribute in ("uuid", "name", "priority", "created_at"):
            self.assertEqual(["Bee"], self._names((attribute, "=", middle[attribute])))
        self.assertEqual(["cat%"], self._names(("priority", "=", None)))
        self.assertEqual(3, len(self._names(("use_existing", "=", False))))
        self.assertEqual([], self._names(("use_existing", "=", True)))

    def test_unequal(self) -> None:
        """Inequality includes records without a value."""
        self.assertEqual(["cat%", "Bee"], self._names(("priority", "!=", 1)))
        self.assertEqual(["Bee", "ant"], self._names(("priority", "!=", None)))

    def test_ordered(self) -> None:
        """Comparisons work on numbers and on times to the microsecond."""
        moment = self.records[1]["created_at"]
        self.assertEqual(["cat%"], self._names(("created_at", ">", moment)))
        self.assertEqual(["cat%", "Bee"], self._names(("created_at", ">=", moment)))
        self.assertEqual(["ant"], self._names(("created_at", "<", moment)))
        self.assertEqual(["Bee", "ant"], self._names(("created_at", "<=", moment)))
        self.assertEqual(["Bee"], self._names(("priority", ">", 1)))

    def test_within(self) -> None:
        """Membership works on lists of any length, also none, and with null among them."""
        self.assertEqual(["Bee", "ant"], self._names(("priority", "in", (1, 2, 3))))
        self.assertEqual([], self._names(("priority", "in", ())))
        self.assertEqual(["cat%", "ant"], self._names(("priority", "in", (1, None))))
        self.assertEqual(["cat%", "Bee"], self._names(("priority", "not in", (1,))))
        self.assertEqual(3, len(self._names(("priority", "not in", ()))))
        self.assertEqual(["Bee"], self._names(("priority", "not in", (1, None))))
        self.assertEqual(["Bee", "ant"], self._names(("priority", "not in", (None,))))

    def test_like(self) -> None:
        """Patterns tell upper from lower case, unless asked not to; a backslash takes the meaning away."""
        self.assertEqual(["Bee"], self._names(("name", "like", "B%")))
        self.assertEqual([], self._names(("name", "like", "b%")))
        self.assertEqual(["Bee"], self._names(("name", "ilike", "b_E")))
        self.assertEqual(["cat%"], self._names(("name", "like", "%\\%")))

    def test_all_must_hold(self) -> None:
        """Several filters must hold together."""
        self.assertEqual([], self._names(("name", "=", "ant"), ("priority", "=", 2)))

    def test_unknown(self) -> None:
        """What a kind does not have, or what is secret, cannot be asked for."""
        for one in (
            ("nonsense", "=", 1), ("runtime_token", "=", "x"), ("secret_mounts", "=", "x"), ("name", "@@", "x"),
        ):  # fmt: skip
            self.assertRaises(Invalid, self._names, one)
        containers = Query(filters=(Filter("gateway_address", "=", "127.0.0.1:1"),))
        self.refused(Invalid, self.store.list(CONTAINERS, containers, self.world.system))

    def test_order(self) -> None:
        """An order is followed, then the newest come first; what is unknown in it does not count."""
        self.assertEqual(["ant", "Bee", "cat%"], self._names(order=(("created_at", "asc"),)))
        self.assertEqual(["cat%", "Bee", "ant"], self._names(order=(("nonsense", "asc"), ("priority", "desc"))))
        self.assertEqual(["cat%", "Bee", "ant"], self._names(order=(("state", "asc"),)))

    def test_pages(self) -> None:
        """Limit and offset cut a piece out; the count is of all."""
        page = self._page(limit=1, offset=1)
        self.assertEqual((["Bee"], 3), ([item["name"] for item in page.items], page.items_available))
        self.assertEqual((0, 3), (len(self._page(limit=0).items), self._page(limit=0).items_available))
        self.assertIsNone(self._page(count=False).items_available)

    def test_select(self) -> None:
        """Only what is selected comes, and the etag; what is unknown or secret is refused or left out."""
        self.assertEqual([{"name", "etag"}] * 3, [set(item) for item in self._page(select=("name",)).items])
        self.assertEqual([{"etag"}] * 3, [set(item) for item in self._page(select=("runtime_token",)).items])
        self.assertRaises(Invalid, self._page, select=("nonsense",))

    def test_distinct(self) -> None:
        """Each combination of what is selected comes once, is counted once, and nothing else comes with it."""
        page = self._page(select=("state",), distinct=True)
        self.assertEqual(([{"state": "Uncommitted"}], 1), ([dict(item) for item in page.items], page.items_available))
        found = self._page(
            select=("state", "priority"), distinct=True, order=(("created_at", "asc"), ("priority", "desc"))
        )
        self.assertEqual([None, 2, 1], [item["priority"] for item in found.items])
        page = self._page(select=("name",), distinct=True, limit=1, offset=1)
        self.assertEqual(([{"name": "ant"}], 3), ([dict(item) for item in page.items], page.items_available))
        page = self._page(select=("use_existing", "command"), distinct=True, filters=(Filter("name", "!=", "ant"),))
        self.assertEqual(1, page.items_available)
        self.assertRaises(Invalid, self._page, select=("kind",), distinct=True)

    def test_written(self) -> None:
        """What is only written is the same JSON: numbers of any size, other letters and nothing at all too."""
        properties = {"number": 10**30, "Länge": [1.5, None, {}], "empty": []}
        self.world.request(self.owner, name="dog", properties=properties, state="Uncommitted")
        query = Query(filters=(Filter("name", "in", ["ant", "dog"]),), order=(("name", "desc"),), written=True)
        items = self.done(self.store.list(CONTAINER_REQUESTS, query, self.owner)).items
        written = [json.loads(orjson.dumps(item)) for item in items]
        read = self.done(self.store.list(CONTAINER_REQUESTS, attrs.evolve(query, written=False), self.owner)).items
        self.assertEqual(properties, written[0]["properties"])
        for one, other in zip(written, read, strict=True):
            for name in ("name", "properties", "command", "mounts", "environment", "etag"):
                self.assertEqual(other[name], one[name], name)
            self.assertEqual(set(other), set(one))

    def test_far_pages(self) -> None:
        """No limit or offset is too large."""
        self.assertEqual(0, len(self._page(limit=1000, offset=2**63 - 1).items))

    def test_nobody(self) -> None:
        """Who came without a token sees nothing."""
        self.assertEqual(0, self.done(self.store.list(CONTAINER_REQUESTS, Query(), ANYBODY)).items_available)

    def test_large_priority(self) -> None:
        """A container's priority of more than 53 bits compares and comes back exactly."""
        container = self.world.container_of(self.world.request(self.owner, priority=1000))
        self.assertGreater(container["priority"], 2**53)
        for value, count in ((container["priority"], 1), (container["priority"] + 1, 0)):
            query = Query(filters=(Filter("priority", "=", value),))
            self.assertEqual(count, self.done(self.store.list(CONTAINERS, query, self.world.system)).items_available)
