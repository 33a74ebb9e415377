"""
Tests for L{arvgate.directory.touching}.
"""

from __future__ import annotations

import attrs
from twisted.trial.unittest import SynchronousTestCase

from arvgate.directory.touching import Touched, grant_rests_on, listing_rests_on, token_rests_on, touched_by
from arvgate.model.changes import EVERYTHING, Change
from arvgate.model.grants import Grant
from arvgate.model.ids import INFIXES
from arvgate.model.locations import Listing, RequestFacts
from arvgate.model.principals import ANYBODY, Principal
from arvgate.model.targets import ContainerTarget, NamedTarget
from arvgate.model.tokens import Authorization, Token

LISTING = Listing("container", "request", 80, "Running", "", 1, (RequestFacts("other", True, True),))


class TouchedTests(SynchronousTestCase):
    """From changes to what they touch."""

    def test_every_kind_is_thought_of(self) -> None:
        """Each kind of record touches itself, everything or nothing."""
        itself, everything, nothing = Touched(frozenset({"u"})), Touched(everything=True), Touched()
        expected = {
            "users": itself,
            "api_client_authorizations": itself,
            "containers": itself,
            "container_requests": itself,
            "links": everything,
            "groups": everything,
            "collections": nothing,
            "workflows": nothing,
            "logs": nothing,
            "authorized_keys": nothing,
        }
        self.assertEqual(set(INFIXES), set(expected))
        self.assertEqual(expected, {kind: touched_by([Change(kind, "u")]) for kind in expected})

    def test_unknown_kind(self) -> None:
        """A kind that is not known may touch everything, as may the change that says so."""
        self.assertTrue(touched_by([Change("of_a_later_version", "u")]).everything)
        self.assertTrue(touched_by([Change("logs", "u"), EVERYTHING]).everything)

    def test_related(self) -> None:
        """A request touches its container; a token does not touch its user."""
        self.assertEqual({"r", "c"}, touched_by([Change("container_requests", "r", related="c")]).uuids)
        self.assertEqual({"t"}, touched_by([Change("api_client_authorizations", "t", related="u")]).uuids)

    def test_truth(self) -> None:
        """Nothing touched is false."""
        self.assertFalse(touched_by([Change("logs", "u")]))
        self.assertTrue(touched_by([Change("users", "u")]))
        self.assertTrue(touched_by([EVERYTHING]))

    def test_includes(self) -> None:
        """It includes what rests on one of its records."""
        touched = touched_by([Change("users", "u")])
        self.assertTrue(touched.includes(frozenset({"u", "v"})))
        self.assertFalse(touched.includes(frozenset({"v"})))
        self.assertTrue(touched_by([EVERYTHING]).includes(frozenset()))


class RestsOnTests(SynchronousTestCase):
    """On which records answers rest."""

    def test_token(self) -> None:
        """A token rests on itself, its user, its parent and the container that it names."""
        authorization = Authorization("token", "user", False, True, (), parent_uuid="parent")
        named = Token("secret", "token", container_uuid="container")
        self.assertEqual({"token", "user", "parent", "container"}, token_rests_on(named, authorization))
        alone = attrs.evolve(authorization, parent_uuid=None)
        self.assertEqual({"token", "user"}, token_rests_on(Token("secret"), alone))

    def test_listing(self) -> None:
        """A listing rests on the container, all its requests, and the user."""
        everything = {"container", "request", "other", "user"}
        self.assertEqual(everything, listing_rests_on(ContainerTarget("request", 80), "user", LISTING))
        self.assertEqual(everything - {"user"}, listing_rests_on(NamedTarget("name"), None, LISTING))

    def test_grant(self) -> None:
        """A grant rests on its listing, its token, that one's parent and the container that the token names."""
        principal = Principal("user", "token", parent_uuid="parent", container_uuid="running")
        self.assertEqual(
            {"container", "request", "other", "user", "token", "parent", "running"},
            grant_rests_on(ContainerTarget("request", 80), Grant(principal, LISTING)),
        )
        self.assertEqual(
            {"container", "request", "other"}, grant_rests_on(NamedTarget("name"), Grant(ANYBODY, LISTING, True))
        )
