"""
Tests for L{arvgate.policy.field_values}, C{token_values}, C{link_values} and C{container_values}.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from twisted.trial.unittest import SynchronousTestCase

from arvgate.model.records import Field, Kind
from arvgate.policy import container_values, field_values, link_values
from arvgate.policy.token_values import derived_expiry, expiry_within, scope_problems, worth_reusing

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


class TokenTests(SynchronousTestCase):
    """Lifetimes and scopes."""

    def test_scopes(self) -> None:
        """A scope is all, or a method and a path."""
        self.assertEqual([], scope_problems(["all", "GET /x"]))
        self.assertEqual([1, 1], [len(scope_problems(one)) for one in (["everything"], [None])])

    def test_within(self) -> None:
        """An end is moved to the latest that is allowed, if there is a limit."""
        early, late = NOW + timedelta(seconds=5), NOW + timedelta(seconds=15)
        latest = NOW + timedelta(seconds=10)
        self.assertEqual([latest, early, latest], [expiry_within(one, NOW, 10.0) for one in (None, early, late)])
        self.assertEqual([None, late], [expiry_within(one, NOW, 0.0) for one in (None, late)])

    def test_derived(self) -> None:
        """A child ends with its lifetime or its parent, whichever is first."""
        parent = NOW + timedelta(seconds=10)
        self.assertEqual(parent, derived_expiry(parent, NOW, None))
        self.assertEqual(parent, derived_expiry(parent, NOW, 20.0))
        self.assertEqual(NOW + timedelta(seconds=5), derived_expiry(parent, NOW, 5.0))
        self.assertEqual(NOW + timedelta(seconds=5), derived_expiry(None, NOW, 5.0))
        self.assertIsNone(derived_expiry(None, NOW, None))

    def test_reuse(self) -> None:
        """A token is handed out again while it lasts half as long as a new one would."""
        wanted = NOW + timedelta(seconds=100)
        self.assertEqual(
            [True, True, False, False, False],
            [worth_reusing(NOW + timedelta(seconds=one), wanted, NOW) for one in (100, 50, 49, 0, -5)],
        )
        self.assertTrue(worth_reusing(None, None, NOW))
        self.assertFalse(worth_reusing(wanted, None, NOW))
        self.assertFalse(worth_reusing(None, wanted, NOW))

    def test_past(self) -> None:
        """What ends now is never handed out again, also where nothing better can be had."""
        self.assertFalse(worth_reusing(NOW, NOW, NOW))


class LinkTests(SynchronousTestCase):
    """L{link_values.problems}."""

    def test_ends(self) -> None:
        """A link without its ends says so, one sentence each."""
        link = {"link_class": "permission", "name": "can_read", "tail_uuid": None, "head_uuid": "", "properties": {}}
        self.assertEqual(2, len(link_values.problems(link, "zzzzz")))
        published = {**link, "link_class": "published_port", "name": "a", "properties": {"port": 1}}
        self.assertEqual(1, len(link_values.problems(published, "zzzzz")))

    def test_label(self) -> None:
        """A published name is a host label that is not reserved and does not look like a UUID."""

        def count(name: str | None) -> int:
            link = {"link_class": "published_port", "name": name, "head_uuid": "x", "properties": {"port": 1}}
            return len(link_values.problems(link, "zzzzz"))

        uuid = "zzzzz-xvhdp-000000000000000"
        self.assertEqual([0] * 5, [count(one) for one in ("a", "a" * 63, "1-b", "zzzzz1", f"x{uuid}")])
        bad = ("", None, "a" * 64, "-", "a-", "-a", "A", "a_b", "a.b", "a\n", "api", "zzzzz", uuid, f"{uuid}-80")
        self.assertEqual([1] * len(bad), [count(one) for one in bad])


class ContainerTests(SynchronousTestCase):
    """L{container_values.problems}."""

    def test_values(self) -> None:
        """What a runner reports must make sense."""
        for name, value, count in (
            ("gateway_address", "127.0.0.1:80", 0), ("gateway_address", "[::1]:80", 0), ("gateway_address", None, 0),
            ("gateway_address", "tunnel https://x/", 0), ("gateway_address", "x", 1), ("gateway_address", "x:y", 1),
            ("gateway_address", "a b:80", 1), ("gateway_address", "a:80\n", 1), ("listening_ports", [1, 65535], 0),
            ("listening_ports", [True], 1), ("listening_ports", [65536], 1), ("listening_ports", None, 0),
            ("progress", 0, 0), ("progress", 1.0, 0), ("progress", 1.1, 1), ("cost", -1, 1), ("cost", 0.5, 0),
            ("subrequests_cost", -0.1, 1), ("runtime_status", {"activity": "x", "else": 1}, 0),
            ("runtime_status", {"warning": None}, 1), ("interactive_session_started", True, 0),
            ("interactive_session_started", False, 1),
        ):  # fmt: skip
            self.assertEqual(count, len(container_values.problems({name: value})), (name, value))
