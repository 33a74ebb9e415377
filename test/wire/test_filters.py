"""Tests of L{arvgate.wire.filters}."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import Invalid
from arvgate.model.kinds import CONTAINER_REQUESTS, CONTAINERS, LOGS
from arvgate.model.records import Filter
from arvgate.wire.filters import MAX_FILTERS, MAX_OPERANDS, parse_filters


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

    def test_times(self) -> None:
        """Operands for times are read as times."""
        moment = datetime(2026, 1, 31, 12, 0, 5, 123456, UTC)
        self.assertEqual(Filter("created_at", ">=", moment), one("created_at", ">=", "2026-01-31T12:00:05.123456000Z"))

    def test_numbers_as_text(self) -> None:
        """Comparisons of number columns take text, but C{in} does not."""
        self.assertEqual((Filter("id", ">", 0),), parse_filters([["id", ">", "0"]], LOGS))
        self.assertEqual(Filter("progress", "<", 0.5), one("progress", "<", "0.5"))
        self.assertRaises(Invalid, parse_filters, [["id", "in", ["1"]]], LOGS)
        self.assertRaises(Invalid, parse_filters, [["id", ">", "many"]], LOGS)

    def test_booleans(self) -> None:
        """Booleans may be words or 0 and 1."""
        for value in (True, "true", "T", "yes", "y", "1", 1):
            self.assertEqual(Filter("service", "=", True), one("service", "=", value))
        for value in (False, "false", "f", "No", "n", "0", 0):
            self.assertEqual(Filter("service", "!=", False), one("service", "!=", value))
        self.assertEqual(1, len(self.refused([["service", "=", "maybe"]])))

    def test_column_of_a_table(self) -> None:
        """The attribute may name its own table, not another one."""
        self.assertEqual("state", one("containers.state", "=", "x").attribute)
        self.assertEqual(1, len(self.refused([["users.uuid", "=", "x"]])))

    def test_unknown(self) -> None:
        """Unknown attributes and operators are named, all at once."""
        self.assertEqual(
            ["Invalid attribute 'colour' in filter", "Invalid operator '@@' in filter"],
            self.refused([["colour", "=", "red"], ["state", "@@", "x"]]),
        )

    def test_not_searchable(self) -> None:
        """Secrets and fields that are not searchable cannot be asked for."""
        for name in ("runtime_token", "gateway_address", "secret_mounts"):
            self.assertEqual([f"Invalid attribute {name!r} in filter"], self.refused([[name, "=", "x"]]))
        self.assertRaises(Invalid, parse_filters, [["runtime_token", "=", "x"]], CONTAINER_REQUESTS)

    def test_wrong_shapes(self) -> None:
        """What is no array of triples is refused."""
        for value in ({}, 5, "x", "[", [5], ["state"], [["state", "="]], [[["state"], "=", 1]], [["state", 1, 1]]):
            self.assertNotEqual([], self.refused(value))

    def test_wrong_operands(self) -> None:
        """Operands of a wrong type are refused."""
        for filter in (
            ["state", "=", 5],
            ["state", "=", ["x"]],
            ["state", "in", "x"],
            ["state", "in", [5]],
            ["exit_code", "=", True],
            ["exit_code", "=", 1.5],
            ["exit_code", "like", "1%"],
            ["service", "<", True],
            ["started_at", "=", "soon"],
            ["mounts", "=", {}],
        ):
            self.assertEqual(1, len(self.refused([filter])), filter)

    def test_too_many(self) -> None:
        """There is a limit to conditions and to operands."""
        self.assertEqual(1, len(self.refused([["state", "=", "x"]] * (MAX_FILTERS + 1))))
        self.assertEqual(1, len(self.refused([["uuid", "in", ["x"] * (MAX_OPERANDS + 1)]])))
