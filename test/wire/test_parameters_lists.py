"""Tests of L{arvgate.wire.parameters_lists}."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import Invalid
from arvgate.model.kinds import CONTAINER_REQUESTS, USERS
from arvgate.model.records import AnyOf, Filter, Query
from arvgate.wire.parameters import selected_names
from arvgate.wire.parameters_lists import list_query


class ListQuery(SynchronousTestCase):
    """What a list asks for."""

    def query(self, **parameters: Any) -> Query:
        """A query for users with at most 1000 items."""
        return list_query(parameters, USERS, 1000)

    def test_defaults(self) -> None:
        """Nothing asked for is the first hundred of everything, counted."""
        self.assertEqual(Query(limit=100, offset=0, count=True), self.query())

    def test_numbers(self) -> None:
        """Limit and offset are numbers or their digits; the limit is lowered to the maximum."""
        self.assertEqual((5, 7), (self.query(limit="5").limit, self.query(offset=7).offset))
        self.assertEqual(0, self.query(limit=0).limit)
        self.assertEqual(1000, self.query(limit=10**9).limit)
        self.assertEqual(100, self.query(limit="").limit)

    def test_bad_numbers(self) -> None:
        """Anything else is refused."""
        for value in (-1, "-1", "1.5", 1.5, "many", True, [], "٣", "9" * 30, 2**70):
            self.assertRaises(Invalid, self.query, limit=value)
            self.assertRaises(Invalid, self.query, offset=value)

    def test_count(self) -> None:
        """The count is exact or none."""
        self.assertTrue(self.query(count="exact").count)
        self.assertTrue(self.query(count="").count)
        self.assertFalse(self.query(count="none").count)
        self.assertRaises(Invalid, self.query, count="roughly")

    def test_order(self) -> None:
        """Orders are arrays, JSON text or comma lists."""
        expected = (("email", "desc"), ("uuid", "asc"))
        self.assertEqual(expected, self.query(order=["email desc", "uuid"]).order)
        self.assertEqual(expected, self.query(order='["email DESC","users.uuid asc"]').order)
        self.assertEqual(expected, self.query(order="email desc, uuid").order)

    def test_unknown_order(self) -> None:
        """Items that cannot be understood are dropped, and so are repeated ones."""
        order = [
            "colour",
            "email sideways",
            "groups.uuid",
            5,
            "",
            "a b c",
            "prefs.x",
            "prefs",
            "email; --",
            "uuid",
            "uuid desc",
        ]
        self.assertEqual((("uuid", "asc"),), self.query(order=order).order)
        self.assertRaises(Invalid, self.query, order=5)
        self.assertRaises(Invalid, self.query, order="[")

    def test_select(self) -> None:
        """The etag is read besides what is selected, for it is always shown."""
        self.assertEqual(("uuid", "etag"), self.query(select=["uuid", "kind", "uuid"]).select)
        self.assertEqual(("uuid", "etag"), self.query(select='["uuid","etag"]').select)
        self.assertIsNone(self.query(select=[]).select)

    def test_bad_select(self) -> None:
        """Unknown names, secrets and what is no array are refused."""
        for value in (["colour"], [5], "uuid", {}, "["):
            self.assertRaises(Invalid, self.query, select=value)
        self.assertRaises(Invalid, selected_names, {"select": ["runtime_token"]}, CONTAINER_REQUESTS)

    def test_filters(self) -> None:
        """Filters and the old where are conditions together."""
        self.assertEqual(
            (Filter("email", "=", "a"), Filter("uuid", "in", ("b",)), Filter("username", "=", "c")),
            self.query(filters=[["email", "=", "a"]], where={"uuid": ["b"], "username": "c"}).filters,
        )
        self.assertRaises(Invalid, self.query, where=[])
        self.assertRaises(Invalid, self.query, where={"colour": 1})

    def test_where(self) -> None:
        """A where is an object or its JSON text; a text that must be contained is taken as it is."""
        (found,) = self.query(where='{"email": ["contains", "5%_\\\\"]}').filters
        self.assertEqual(Filter("email", "like", "%5\\%\\_\\\\%"), found)
        (anywhere,) = self.query(where={"any": ["contains", "x"]}).filters
        assert isinstance(anywhere, AnyOf)
        self.assertEqual({("ilike", "%x%")}, {(one.operator, one.operand) for one in anywhere.filters})
        self.assertEqual((Filter("email", "=", None),), self.query(where={"email": None}).filters)
        self.assertEqual((), self.query(where={}).filters)
        for value in ("[", "[]", 5, {"email": {}}, {"email": 5}, {"email": ["contains", 5]}):
            self.assertRaises(Invalid, self.query, where=value)

    def test_distinct(self) -> None:
        """What is selected is all that there is of a distinct row, the etag only if it is selected."""
        query = self.query(distinct=True, select=["email"])
        self.assertEqual((True, ("email",)), (query.distinct, query.select))
        self.assertEqual((False, None), (self.query(distinct=True).distinct, self.query(distinct=True).select))
        self.assertFalse(self.query(distinct=False, select=["email"]).distinct)

    def test_trash(self) -> None:
        """What is usually left out can be asked for."""
        query = self.query(include_trash=True, include_old_versions=True)
        self.assertEqual((True, True), (query.include_trash, query.include_old_versions))
        self.assertEqual((False, False), (self.query().include_trash, self.query().include_old_versions))
