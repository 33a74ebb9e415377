"""Tests of L{arvgate.wire.filters_operands}."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import Invalid
from arvgate.model.kinds import CONTAINERS, LINKS, LOGS
from arvgate.model.records import Kind
from arvgate.wire.filters_attributes import subject_of
from arvgate.wire.filters_operands import MAX_PATTERN, operand_of, operators_of


def read(attribute: str, operator: str, operand: Any, kind: Kind = CONTAINERS) -> Any:
    """The operand as its value."""
    subject = subject_of(attribute, kind)
    assert operator in operators_of(subject)
    return operand_of(subject, operator, operand)


class OperandsOf(SynchronousTestCase):
    """Operands for fields."""

    def same(self, expected: Any, actual: Any) -> None:
        """Equal and of the same type."""
        self.assertEqual((type(expected), expected), (type(actual), actual))

    def test_null(self) -> None:
        """Equality with null is a condition, order with null is none."""
        self.assertIsNone(read("auth_uuid", "=", None))
        self.assertIsNone(read("mounts", "!=", None))
        self.assertEqual((None, 1), read("exit_code", "in", [None, 1]))
        for attribute, operator in (("auth_uuid", "<"), ("cwd", "like"), ("mounts", "exists"), ("cwd", "in")):
            self.assertRaises(Invalid, read, attribute, operator, None)

    def test_empty_set(self) -> None:
        """An empty array is a good operand of C{in}."""
        self.assertEqual((), read("uuid", "in", []))

    def test_times(self) -> None:
        """Operands for times are read as times, nine digits exactly."""
        moment = datetime(2026, 1, 31, 12, 0, 5, 123456, UTC)
        self.assertEqual(moment, read("created_at", ">=", "2026-01-31T12:00:05.123456000Z"))
        self.assertEqual((moment,), read("created_at", "in", ["2026-01-31 12:00:05.123456"]))

    def test_numbers(self) -> None:
        """Comparisons of numbers take text, C{in} does not; numbers may be larger than the column's."""
        self.same(0, read("id", ">", "0", LOGS))
        self.same(-7, read("exit_code", "=", "-7"))
        self.same(2**40, read("exit_code", "<", 2**40))
        self.same(2, read("exit_code", "=", 2.0))
        self.same(0.5, read("progress", "<", "0.5"))
        self.same(3.0, read("progress", "<", "3"))
        self.same(1e-5, read("progress", ">", "1E-5"))
        self.assertRaises(Invalid, read, "id", "in", ["1"], LOGS)
        for operand in ("many", "", "1.5", "1_0", " 1", "٣", "0x1", 1.5, True, 2**63, -(2**63) - 1, "9" * 19, [], {}):
            self.assertRaises(Invalid, read, "exit_code", "=", operand)
        for operand in ("nan", "inf", "1e999", "", ".", True, [], {}):
            self.assertRaises(Invalid, read, "progress", "=", operand)

    def test_booleans(self) -> None:
        """Booleans may be words or 0 and 1."""
        for value in (True, "true", "T", "yes", "y", "1", 1):
            self.assertIs(True, read("service", "=", value))
        for value in (False, "false", "f", "No", "n", "0", 0):
            self.assertIs(False, read("service", "!=", value))
        self.assertEqual((True, False), read("service", "in", ["yes", False]))
        for value in ("maybe", 2, 1.0, [], {}):
            self.assertRaises(Invalid, read, "service", "=", value)

    def test_patterns(self) -> None:
        """Patterns are texts that end with no half escape and are not too long."""
        self.assertEqual("a\\\\", read("cwd", "like", "a\\\\"))
        for pattern in ("a\\", "\\\\\\", "%" * (MAX_PATTERN + 1), 5, ["x"]):
            self.assertRaises(Invalid, read, "cwd", "ilike", pattern)

    def test_kinds(self) -> None:
        """Kinds become the infixes of their UUIDs, those that there are not become nothing."""
        self.assertEqual(("4zz18",), read("head_uuid", "is_a", "arvados#collection", LINKS))
        both = ["arvados#user", "arvados#group", "arvados#virtualMachine"]
        self.assertEqual({"tpzed", "j7d0g"}, set(read("tail_uuid", "is_a", both, LINKS)))
        for operand in (5, None, [5], {}):
            self.assertRaises(Invalid, read, "uuid", "is_a", operand)
        self.assertNotIn("is_a", operators_of(subject_of("name", LINKS)))

    def test_contents(self) -> None:
        """Objects have keys, arrays have texts."""
        self.assertEqual("/out", read("mounts", "exists", "/out"))
        self.assertEqual(("/out",), read("mounts", "contains", "/out"))
        self.assertEqual(("sh", "-c"), read("command", "contains", ["sh", "-c"]))
        for operand in (5, None, [5], {}):
            self.assertRaises(Invalid, read, "mounts", "contains", operand)
        self.assertNotIn("exists", operators_of(subject_of("command", CONTAINERS)))

    def test_wrong_types(self) -> None:
        """Operands of a wrong type are refused."""
        for attribute, operator, operand in (
            ("state", "=", 5),
            ("state", "=", ["x"]),
            ("state", "in", "x"),
            ("state", "in", [5]),
            ("started_at", "=", "soon"),
            ("started_at", "=", 5),
            ("mounts", "=", {}),
            ("mounts", "=", "{}"),
            ("command", "!=", []),
        ):
            self.assertRaises(Invalid, read, attribute, operator, operand)

    def test_operators(self) -> None:
        """Not everything can be asked of every type."""
        for attribute, operator in (
            ("exit_code", "like"), ("service", "<"), ("mounts", "in"), ("command", "exists"), ("cwd", "contains"),
            ("cwd", "exists"), ("state", "is_a"),
        ):  # fmt: skip
            self.assertNotIn(operator, operators_of(subject_of(attribute, CONTAINERS)))


class OperandsOfKeys(SynchronousTestCase):
    """Operands for what an object has under a key."""

    def test_scalars(self) -> None:
        """Everything that JSON has but objects and arrays."""
        for value in ("5", 5, 5.5, True, None, -(2**63)):
            self.assertEqual(value, read("mounts.k", "=", value))
            self.assertEqual((value,), read("mounts.k", "not in", [value]))
        for value in ([], {}, 2**63):
            self.assertRaises(Invalid, read, "mounts.k", "=", value)
            self.assertRaises(Invalid, read, "mounts.k", "in", [value])

    def test_order(self) -> None:
        """Only texts and numbers are before one another."""
        self.assertEqual("5", read("mounts.k", "<", "5"))
        for value in (None, True, []):
            self.assertRaises(Invalid, read, "mounts.k", "<", value)

    def test_contents(self) -> None:
        """A key is there or not, and its value can contain several."""
        self.assertIs(False, read("mounts.k", "exists", False))
        self.assertEqual(("a", 5), read("mounts.k", "contains", ["a", 5]))
        for value in ("true", 1, None):
            self.assertRaises(Invalid, read, "mounts.k", "exists", value)
        self.assertRaises(Invalid, read, "mounts.k", "contains", [["a"]])
