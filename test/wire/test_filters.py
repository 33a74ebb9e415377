"""Tests of L{arvgate.wire.filters}."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import Invalid
from arvgate.model.kinds import COLLECTIONS, CONTAINERS
from arvgate.model.records import AnyOf, FieldName, Filter
from arvgate.wire.filters import MAX_COMPARISONS, MAX_FILTERS, MAX_OPERANDS, parse_filters


def one(*filter: Any) -> Filter:
    """The single condition that was read."""
    (found,) = parse_filters([list(filter)], CONTAINERS)
    return found


class ParseFilters(SynchronousTestCase):
    """Filters of lists."""

    def refused(self, value: Any) -> list[str]:
        """The problems of filters of containers."""
        return list(self.assertRaises(Invalid, parse_filters, value, CONTAINERS).problems)

    def test_none(self) -> None:
        """No filters, an empty array and empty text mean no condition."""
        for value in (None, [], "", "[]"):
            self.assertEqual((), parse_filters(value, CONTAINERS))

    def test_json_text(self) -> None:
        """Filters may be JSON text."""
        self.assertEqual((Filter("state", "=", "Queued"),), parse_filters('[["state","=","Queued"]]', CONTAINERS))

    def test_order_is_kept(self) -> None:
        """All conditions are read, in their order."""
        found = parse_filters([["state", "=", "Queued"], ["uuid", "!=", "x"]], CONTAINERS)
        self.assertEqual((Filter("state", "=", "Queued"), Filter("uuid", "!=", "x")), found)

    def test_operators(self) -> None:
        """Operators are read in any case; the two spellings of inequality are one."""
        self.assertEqual("!=", one("state", "<>", "x").operator)
        self.assertEqual("not in", one("state", "NOT IN", ["x"]).operator)
        self.assertEqual("ilike", one("cwd", "ILike", "%x%").operator)

    def test_null(self) -> None:
        """Equality with null is a condition, order with null is none."""
        self.assertEqual(Filter("auth_uuid", "=", None), one("auth_uuid", "=", None))
        self.assertEqual(Filter("exit_code", "in", (None, 1)), one("exit_code", "in", [None, 1]))
        self.assertEqual(1, len(self.refused([["auth_uuid", "<", None]])))

    def test_empty_set(self) -> None:
        """An empty array is a good operand of C{in}."""
        self.assertEqual(Filter("uuid", "in", ()), one("uuid", "in", []))

    def test_unknown(self) -> None:
        """Unknown attributes and operators are named, all at once."""
        self.assertEqual(
            ["Invalid attribute 'colour' in filter", "Invalid operator '@@' in filter"],
            self.refused([["colour", "=", "red"], ["state", "@@", "x"]]),
        )

    def test_several_attributes(self) -> None:
        """One of several attributes is enough; C{any} stands for all that have text."""
        self.assertEqual(AnyOf((Filter("cwd", "=", "x"), Filter("log", "=", "x"))), one(["cwd", "log"], "=", "x"))
        self.assertEqual(Filter("cwd", "=", "x"), one(["cwd"], "=", "x"))
        found = one("any", "ilike", "%x%")
        assert isinstance(found, AnyOf)
        self.assertTrue({"uuid", "state", "log"} <= {each.attribute for each in found.filters})
        self.assertFalse({"priority", "gateway_address", "runtime_token"} & {each.attribute for each in found.filters})
        self.assertEqual(["Invalid attribute 'colour' in filter"], self.refused([[["cwd", "colour"], "=", "x"]]))

    def test_two_columns(self) -> None:
        """Two columns of whole numbers are compared by a text in brackets."""
        for text, operator in (("(exit_code < priority)", "<"), ("( exit_code>=priority )", ">=")):
            self.assertEqual((Filter("exit_code", operator, FieldName("priority")),), parse_filters([text], CONTAINERS))
        for text in ("exit_code < priority", "(exit_code < 5)", "(exit_code != priority)", "(exit_code < cost)",
                     "(exit_code < colour)", "(a < b) OR 1=1", ""):  # fmt: skip
            self.assertEqual(1, len(self.refused([text])), text)

    def test_wrong_shapes(self) -> None:
        """What is no array of triples is refused."""
        for value in ({}, 5, "x", "[", [5], ["state"], [["state", "="]], [[["state", 5], "=", "x"]], [["state", 1, 1]],
                      [[[], "=", "x"]], [[None, "=", "x"]]):  # fmt: skip
            self.assertNotEqual([], self.refused(value), value)

    def test_all_problems(self) -> None:
        """Problems of operands and operators are each named."""
        self.assertEqual(
            [
                "Invalid operand for attribute 'state' and operator '=' in filter",
                "Invalid operator 'like' for attribute 'exit_code' in filter",
            ],
            self.refused([["state", "=", 5], ["exit_code", "like", "1%"]]),
        )

    def test_too_many(self) -> None:
        """There is a limit to filters, to all their attributes, and to operands."""
        self.assertEqual(1, len(self.refused([["state", "=", "x"]] * (MAX_FILTERS + 1))))
        self.assertEqual(1, len(self.refused([["uuid", "in", ["x"] * (MAX_OPERANDS + 1)]])))
        self.assertEqual(1, len(self.refused([[["uuid", "log"], "in", ["x"] * (MAX_OPERANDS // 2 + 1)]])))
        self.assertEqual(1, len(self.refused([["any", "=", "x"]] * MAX_FILTERS)))
        self.assertEqual(1, len(self.refused([["mounts", "contains", ["x"] * (MAX_COMPARISONS + 1)]])))

    def test_searchable_text(self) -> None:
        """The text of a collection's files is not among what C{any} looks into."""
        (found,) = parse_filters([["any", "like", "x"]], COLLECTIONS)
        assert isinstance(found, AnyOf)
        self.assertNotIn("manifest_text", {each.attribute for each in found.filters})
