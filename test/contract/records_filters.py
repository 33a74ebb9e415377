"""
What every store does with the filters of a list, beyond plain comparisons (L{test.contract.records_lists}).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from arvgate.errors import Invalid
from arvgate.model.kinds import COLLECTIONS, CONTAINER_REQUESTS, LINKS, WORKFLOWS
from arvgate.model.records import Filter, Kind, Query
from arvgate.records.transaction import Transaction
from arvgate.wire.filters import MAX_COMPARISONS, MAX_FILTERS, MAX_OPERANDS, parse_filters
from arvgate.wire.filters_operands import MAX_PATTERN
from test.contract.records_case import RecordsCase

__all__ = ["REQUESTS", "FilteredRequests", "FiltersContract"]

#: Of each request the name, which is what the tests see, and what else it has.
REQUESTS: Sequence[tuple[str, dict[str, Any]]] = (
    ("none", {}),
    ("number", {"properties": {"k": 5, "x.y": 1}, "command": ["sh", "-c"], "description": "a 100% \\ sure"}),
    ("text", {"properties": {"k": "5", 'q"\\é': True}, "description": "ÄRGER"}),
    ("true", {"properties": {"k": True, "http://example.com/x": "a"}, "priority": 7, "container_count_max": 7}),
    ("null", {"properties": {"k": None}, "priority": 3, "container_count_max": 4, "command": ["5"]}),
    ("list", {"properties": {"k": ["a", 5, None]}, "priority": 9, "container_count_max": 2}),
    ("object", {"properties": {"k": {"a": 1}}, "output_name": "list"}),
    ("half", {"properties": {"k": 5.5}}),
    ("big", {"properties": {"k": 2**60 + 1}}),
)


class FilteredRequests(RecordsCase):
    """With some requests that differ."""

    def setUp(self) -> None:
        """With the requests, a second apart."""
        super().setUp()
        for name, attributes in REQUESTS:
            self.world.request(self.owner, **{"name": name, "state": "Uncommitted", "priority": None, **attributes})
            self.world.pass_time(1)

    def names(self, *filters: Any, kind: Kind = CONTAINER_REQUESTS, who: Any = None) -> str:
        """The names of the requests that are found, in the order of making."""
        query = Query(parse_filters(list(filters), kind), order=(("created_at", "asc"), ("name", "asc")), limit=1000)
        page = self.done(self.store.list(kind, query, who or self.owner))
        self.assertEqual(len(page.items), page.items_available)
        return " ".join(item["name"] for item in page.items)


class FiltersContract(FilteredRequests):
    """The suite."""

    def test_contains(self) -> None:
        """Objects contain keys and arrays texts, all that are asked for."""
        self.assertEqual("number", self.names(["properties", "contains", ["k", "x.y"]]))
        self.assertEqual("number", self.names(["command", "contains", "sh"]))
        self.assertEqual("number", self.names(["command", "contains", ["-c", "sh"]]))
        self.assertEqual("null", self.names(["command", "contains", "5"]))
        self.assertEqual("", self.names(["command", "contains", ["sh", "0"]]))
        self.assertEqual(len(REQUESTS), len(self.names(["command", "contains", []]).split()))

    def test_any_of_attributes(self) -> None:
        """One of several attributes is enough, and C{any} is all those with text."""
        self.assertEqual("list object", self.names([["name", "output_name"], "=", "list"]))
        self.assertEqual("list object", self.names(["any", "=", "list"]))
        self.assertEqual("number", self.names(["any", "ilike", "%SURE"]))
        self.assertEqual("number true", self.names([["properties.k", "properties.x.y"], "in", [1, True]]))

    def test_patterns(self) -> None:
        """A backslash takes the meaning of what follows; letters of all scripts have cases."""
        self.assertEqual("number", self.names(["description", "like", "a 100\\% \\\\ _ure"]))
        self.assertEqual("text", self.names(["description", "ilike", "%ärger%"]))
        self.assertEqual("", self.names(["description", "like", "%ärger%"]))

    def test_two_columns(self) -> None:
        """Two columns of whole numbers are compared with one another; where one has no value nothing holds."""
        self.assertEqual("null", self.names("(priority < container_count_max)"))
        self.assertEqual("true list", self.names("(priority >= container_count_max)"))
        self.assertEqual("true", self.names("(priority = container_count_max)"))

    def test_text_is_ordered_by_its_bytes(self) -> None:
        """Capital letters come before small ones, and those come before letters beyond ASCII."""
        self.assertEqual("text", self.names(["description", ">", "z"]))
        self.assertEqual("number text", self.names(["description", ">", "Z"]))

    def test_null(self) -> None:
        """What has no value is unequal to all values and in no set."""
        self.assertEqual("true null list", self.names(["priority", "!=", None]))
        self.assertEqual("none number text object half big", self.names(["priority", "=", None]))
        self.assertNotIn("list", self.names(["priority", "!=", 9]))
        self.assertIn("none", self.names(["priority", "!=", 9]))
        self.assertEqual("true null", self.names(["priority", "not in", [9, None]]))
        self.assertEqual(len(REQUESTS), len(self.names(["filters", "=", None]).split()))

    def test_container(self) -> None:
        """A request can be found by its container; one without a container is as one without a value."""
        self.world.request(self.owner, name="committed", priority=5)
        self.assertEqual("committed", self.names(["container.state", "=", "Queued"]))
        self.assertEqual("committed", self.names(["container.runtime_constraints.vcpus", "=", 1]))
        self.assertEqual("", self.names(["container.state", "=", "Running"]))
        rest = " ".join(name for name, _ in REQUESTS)
        self.assertEqual(rest, self.names(["container.state", "!=", "Queued"]))
        self.assertEqual(rest, self.names(["container.state", "=", None]))
        self.assertEqual(rest, self.names(["container.state", "not in", ["Queued"]]))
        self.assertEqual(f"{rest} committed", self.names(["container.state", "!=", "Running"]))
        self.assertEqual("committed", self.names(["container.state", "not in", [None]]))

    def test_collection(self) -> None:
        """A workflow can be found by its collection, of which nothing is learned that cannot be read."""
        own = {"owner_uuid": self.owner.user_uuid}

        def make(tx: Transaction) -> None:
            for name, owner in (("mine", self.owner), ("secret", self.other)):
                collection = tx.insert(COLLECTIONS, {"owner_uuid": owner.user_uuid, "name": name})
                tx.insert(WORKFLOWS, {**own, "name": f"with {name}", "collection_uuid": collection["uuid"]})

        self.done(self.store._write(self.world.system, make))
        both = [["collection.name", "like", "%"], ["collection.file_count", "=", 0]]
        self.assertEqual("with mine", self.names(*both, kind=WORKFLOWS))
        self.assertEqual("with mine with secret", self.names(*both, kind=WORKFLOWS, who=self.world.system))
        self.assertEqual("", self.names(["collection.name", "=", "secret"], kind=WORKFLOWS))
        self.assertEqual("with mine with secret", self.names(["collection.name", "!=", "secret"], kind=WORKFLOWS))
        self.assertEqual("with secret", self.names(["collection.uuid", "=", None], kind=WORKFLOWS))

    def test_is_a(self) -> None:
        """UUIDs tell the kind of what they name; kinds that there are not name nothing."""
        request = self.world.request(self.owner)
        link = self.world.share(request["uuid"], self.other, "can_read")
        for operand, count in (
            ("arvados#containerRequest", 1), (["arvados#user", "arvados#containerRequest"], 1),
            ("arvados#user", 0), ("arvados#virtualMachine", 0), ([], 0),
        ):  # fmt: skip
            filters = parse_filters([["head_uuid", "is_a", operand], ["uuid", "=", link["uuid"]]], LINKS)
            page = self.done(self.store.list(LINKS, Query(filters), self.world.system))
            self.assertEqual(count, page.items_available, operand)

    def test_most(self) -> None:
        """As many filters, comparisons and operands as are permitted can be answered."""
        operands = [*range(MAX_OPERANDS - 1), None]
        self.assertEqual("true null list", self.names(["priority", "in", operands[:-1]]))
        for name in ("properties.k", "priority"):
            self.assertNotEqual("", self.names([name, "in", operands]))
            self.assertNotEqual("", self.names([[name] * 10, "not in", operands[: MAX_OPERANDS // 10]]))
        for name in ("properties.k", "properties", "command"):
            self.assertEqual("", self.names([name, "contains", ["zz"] * MAX_COMPARISONS]))
        fields = ["name", "description", "properties.k", "priority", "container.state"]
        self.assertNotEqual("", self.names(*[[fields, "!=", None]] * (MAX_COMPARISONS // len(fields))))
        self.assertNotEqual("", self.names([["container.state"] * MAX_FILTERS, "!=", "x"]))
        self.assertNotEqual("", self.names(*[["properties.k", "!=", "x"]] * MAX_FILTERS))
        self.assertEqual("", self.names(*[["properties.k", "like", "%" * MAX_PATTERN]] * 20, ["name", "=", ""]))

    def test_unknown_operators(self) -> None:
        """What nobody parsed is refused all the same."""
        for one in (Filter("name", "@@", "x"), Filter("properties", "@@", "x", key="k")):
            self.refused(Invalid, self.store.list(CONTAINER_REQUESTS, Query((one,)), self.owner))
