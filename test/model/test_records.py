"""
Tests for L{arvgate.model.records}, and for the plain values beside it.
"""

from __future__ import annotations

import attrs
from twisted.trial.unittest import SynchronousTestCase

from arvgate.model.changes import EVERYTHING, Change
from arvgate.model.grants import Grant
from arvgate.model.locations import Listing
from arvgate.model.principals import ANYBODY, Principal
from arvgate.model.records import Field, Filter, Kind, Page, Query
from arvgate.model.targets import ContainerTarget, NamedTarget


class KindTests(SynchronousTestCase):
    """L{Kind}."""

    def test_field(self) -> None:
        """A field is found by its name."""
        field = Field("a", "string")
        kind = Kind("things", "thing", "arvados#thing", (field,))
        self.assertIs(field, kind.field("a"))
        self.assertIsNone(kind.field("b"))


class ValueTests(SynchronousTestCase):
    """Values."""

    def test_frozen(self) -> None:
        """No value can be changed."""
        listing = Listing("c", "c", 1, "Running", "", 0, ())
        for value in (
            Field("a", "string"), Filter("a", "=", 1), Query(), Page((), 0), Change("users", "u"), ANYBODY,
            ContainerTarget("u", 1), NamedTarget("n"), listing, Grant(ANYBODY, listing),
        ):  # fmt: skip
            for name in attrs.fields_dict(type(value)):
                self.assertRaises(attrs.exceptions.FrozenInstanceError, setattr, value, name, None)

    def test_equal(self) -> None:
        """Values with the same parts are equal and can be keys."""
        self.assertEqual(1, len({ContainerTarget("u", 1), ContainerTarget("u", 1)}))
        self.assertEqual(1, len({Change("users", "u"), Change("users", "u", "")}))
        self.assertNotEqual(EVERYTHING, Change("users", ""))

    def test_anybody(self) -> None:
        """Who came without a token has no user, no rights and no scopes."""
        self.assertEqual((None, None, False, ()), (
            ANYBODY.user_uuid, ANYBODY.token_uuid, ANYBODY.is_admin, tuple(ANYBODY.scopes),
        ))  # fmt: skip
        self.assertEqual(ANYBODY, Principal(None, None))

    def test_secret_of_listing(self) -> None:
        """A listing does not show its secret."""
        self.assertNotIn("hush", repr(Listing("c", "c", 1, "Running", "", 1, (), auth_secret="hushhush")))
