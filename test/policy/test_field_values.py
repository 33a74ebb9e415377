"""
Tests for L{arvgate.policy.field_values}.
"""

from __future__ import annotations

from datetime import UTC, datetime

from twisted.trial.unittest import SynchronousTestCase

from arvgate.model.records import Field, Kind
from arvgate.policy import field_values

NOW = datetime(2026, 1, 1, tzinfo=UTC)

KIND = Kind(
    "links",
    "link",
    "arvados#link",
    (
        Field("uuid", "string", nullable=False),
        Field("string", "string"),
        Field("text", "text"),
        Field("integer", "integer", nullable=False),
        Field("bigint", "bigint"),
        Field("float", "float"),
        Field("boolean", "boolean"),
        Field("datetime", "datetime"),
        Field("object", "object"),
        Field("array", "array"),
        Field("any", "any"),
        Field("system", "string", settable=False),
    ),
)


class FieldTests(SynchronousTestCase):
    """L{field_values.problems}."""

    def _count(self, **attributes: object) -> int:
        return len(field_values.problems(KIND, attributes, is_admin=False, is_new=True))

    def test_fitting(self) -> None:
        """Values of the field's type are fine, also at their limits."""
        for name, value in (
            ("string", "x" * 255), ("string", None), ("text", "x" * 10000), ("integer", -(2**31)),
            ("integer", 2**31 - 1), ("bigint", 2**63 - 1), ("float", 1), ("float", -0.5),
            ("boolean", False), ("datetime", NOW),
            ("object", {"a": [None]}), ("array", []), ("any", 1), ("any", "x"), ("system", None),
        ):  # fmt: skip
            self.assertEqual(0, self._count(**{name: value}), (name, value))

    def test_not_fitting(self) -> None:
        """Other values are one problem each."""
        nested: list[object] = []
        nested.append(nested)
        for name, value in (
            ("string", "x" * 256), ("string", 1), ("string", "\0"), ("string", "\ud800"), ("text", b"x"),
            ("integer", 2**31), ("integer", True), ("integer", None), ("integer", 1.0), ("bigint", 2**63),
            ("float", float("nan")), ("float", float("inf")), ("float", True), ("float", "1"), ("boolean", 1),
            ("datetime", "2026"), ("datetime", NOW.replace(tzinfo=None)), ("object", []),
            ("object", {"a": float("nan")}),
            ("object", {"a": "\ud800"}), ("object", {"\0": 1}), ("array", {}), ("array", nested), ("any", NOW),
            ("system", "x"), ("nonsense", 1),
        ):  # fmt: skip
            self.assertEqual(1, self._count(**{name: value}), (name, value))

    def test_uuid(self) -> None:
        """Only an admin chooses a UUID, of the right kind, for a new record."""
        good, bad = "zzzzz-o0j2j-000000000000000", "zzzzz-tpzed-000000000000000"
        for value, is_admin, is_new, count in (
            (good, True, True, 0), (good, False, True, 1), (good, True, False, 1), (bad, True, True, 1),
            (1, True, True, 1),
        ):  # fmt: skip
            self.assertEqual(count, len(field_values.problems(KIND, {"uuid": value}, is_admin, is_new)))

    def test_ignored(self) -> None:
        """What nobody looks at is left out."""
        self.assertEqual({"a": 1}, field_values.known_attributes({"a": 1, "etag": "x", "kind": "y", "modified_at": 1}))
