"""
Tests for L{arvgate.wire.contents_query}.
"""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import Invalid
from arvgate.model.contents import ContentsQuery
from arvgate.model.records import Filter
from arvgate.wire.contents_query import contents_query


class ContentsQueryTests(SynchronousTestCase):
    """L{contents_query}."""

    def filters(self, *filters: Any, **more: Any) -> dict[str, list[Any]]:
        """The filters of each kind that is in the list."""
        return {kind.path: list(query.filters) for kind, query in read(filters=list(filters), **more).parts}

    def test_everything(self) -> None:
        """Without filters every kind is there, with the limits of all lists."""
        query = read()
        self.assertEqual(
            ["groups", "container_requests", "workflows", "collections"], [kind.path for kind, _ in query.parts]
        )
        self.assertEqual((100, 0, None, False), (query.limit, query.offset, query.owner_uuid, query.recursive))
        self.assertEqual(1000, read(limit="9999").limit)

    def test_of_all(self) -> None:
        """A filter on an attribute is one of each kind that has it; the others are not there."""
        found = self.filters(["name", "like", "a%"])
        self.assertEqual(4, len(found))
        self.assertTrue(all(filters == [Filter("name", "like", "a%")] for filters in found.values()))
        self.assertEqual(["container_requests"], list(self.filters(["state", "=", "Final"])))

    def test_of_one(self) -> None:
        """A filter on a kind's attribute leaves the other kinds alone."""
        found = self.filters(["container_requests.name", "=", "x"])
        self.assertEqual([Filter("name", "=", "x")], found.pop("container_requests"))
        self.assertEqual({"groups": [], "workflows": [], "collections": []}, found)

    def test_keys(self) -> None:
        """Keys of objects and several attributes are understood as elsewhere."""
        self.assertEqual(1, len(self.filters(["groups.properties.a", "=", 1])["groups"]))
        self.assertEqual(1, len(self.filters([["name", "description"], "ilike", "%x%"])["groups"]))

    def test_select(self) -> None:
        """Each kind shows those of the attributes that it has, and always its UUID."""
        selected = {kind.path: set(query.select or ()) for kind, query in read(select=["name", "state"]).parts}
        self.assertEqual({"uuid", "name", "etag"}, selected["groups"])
        self.assertEqual({"uuid", "name", "state", "etag"}, selected["container_requests"])

    def test_more(self) -> None:
        """What else can be asked."""
        query = read(include="owner_uuid", recursive=True, exclude_home_project=True, offset="3")
        self.assertEqual((frozenset({"owner_uuid"}), True, True, 3), (
            query.include, query.recursive, query.exclude_home, query.offset,
        ))  # fmt: skip
        self.assertEqual(
            frozenset({"owner_uuid", "container_uuid"}), read(include='["owner_uuid","container_uuid"]').include
        )

    def test_refused(self) -> None:
        """What no kind has, and what is none of the forms."""
        for more in (
            {"filters": [["colour", "=", "red"]]},
            {"filters": [["name", "near", "x"]]},
            {"filters": "x"},
            {"filters": [5]},
            {"filters": [["name", "=", "x"]] * 500},
            {"select": ["colour"]},
            {"select": [5]},
            {"include": ["uuid"]},
            {"include": [5]},
            {"limit": "-1"},
        ):
            self.assertRaises(Invalid, read, **more)


def read(**parameters: Any) -> ContentsQuery:
    """What these parameters ask for."""
    return contents_query(parameters, None, 1000)
