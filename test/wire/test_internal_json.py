"""
Tests for L{arvgate.wire.internal_json}.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta, timezone
from typing import Any

from hypothesis import given, strategies
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import PeerFault
from arvgate.model.changes import EVERYTHING, Change
from arvgate.model.locations import Listing, RequestFacts
from arvgate.model.targets import ContainerTarget, NamedTarget, PortTarget, Target
from arvgate.model.tokens import Authorization, IssuedToken, Token
from arvgate.wire.internal_json import (
    authorization_json,
    changes_json,
    issued_json,
    listing_json,
    numbers_json,
    read_authorization,
    read_changes,
    read_issued,
    read_json,
    read_listing,
    read_numbers,
    read_target,
    read_token,
    target_json,
    token_json,
    write_json,
)

TEXT = strategies.text(max_size=40)
MAYBE = strategies.none() | TEXT
PORTS = strategies.integers(1, 65535)
BOOLEAN = strategies.booleans()
TIMES = strategies.none() | strategies.datetimes(
    timezones=strategies.sampled_from((UTC, timezone(timedelta(hours=-5, minutes=30))))
)
TOKENS = strategies.builds(Token, secret=TEXT, uuid=MAYBE, container_uuid=MAYBE, nonce=MAYBE)
TARGETS = (
    strategies.builds(NamedTarget, TEXT)
    | strategies.builds(ContainerTarget, TEXT, PORTS, BOOLEAN)
    | strategies.builds(PortTarget, PORTS)
)
AUTHORIZATIONS = strategies.none() | strategies.builds(
    Authorization,
    uuid=TEXT,
    user_uuid=TEXT,
    is_admin=BOOLEAN,
    is_active=BOOLEAN,
    scopes=strategies.lists(TEXT).map(tuple),
    expires_at=TIMES,
    parent_uuid=MAYBE,
)
REQUESTS = strategies.builds(
    RequestFacts, TEXT, BOOLEAN, BOOLEAN, BOOLEAN, strategies.lists(PORTS, max_size=3).map(tuple)
)
LISTINGS = strategies.none() | strategies.builds(
    Listing,
    container_uuid=TEXT,
    target_uuid=TEXT,
    port=PORTS,
    state=TEXT,
    gateway_address=TEXT,
    lock_count=strategies.integers(0),
    requests=strategies.lists(REQUESTS, max_size=4).map(tuple),
    auth_secret=TEXT,
    public_ports=strategies.lists(PORTS, max_size=3).map(tuple),
    interactive_session_started=BOOLEAN,
    tls=BOOLEAN,
    note=strategies.text(max_size=20),
    external_ports=strategies.lists(PORTS, max_size=3).map(tuple),
    names=strategies.lists(TEXT, max_size=3).map(tuple),
    max_body_size=strategies.integers(0),
)
CHANGES = strategies.lists(strategies.builds(Change, TEXT, TEXT, TEXT) | strategies.just(EVERYTHING)).map(tuple)


class RoundTripTests(SynchronousTestCase):
    """What goes in comes out."""

    def returns(self, value: Any, write: Callable[[Any], Any], read: Callable[[Any], Any]) -> None:
        """A value survives the way through JSON text."""
        self.assertEqual(value, read_json(write_json(write(value)), read))

    @given(TOKENS)
    def test_token(self, value: Token) -> None:
        """A token."""
        self.returns(value, token_json, read_token)

    @given(TARGETS)
    def test_target(self, value: Target) -> None:
        """A target."""
        self.returns(value, target_json, read_target)

    @given(AUTHORIZATIONS)
    def test_authorization(self, value: Authorization | None) -> None:
        """An authorization, or none."""
        self.returns(value, authorization_json, read_authorization)

    @given(LISTINGS)
    def test_listing(self, value: Listing | None) -> None:
        """A listing, or none."""
        self.returns(value, listing_json, read_listing)

    @given(strategies.builds(IssuedToken, TEXT, TEXT, TIMES))
    def test_issued(self, value: IssuedToken) -> None:
        """An issued token."""
        self.returns(value, issued_json, read_issued)

    @given(CHANGES)
    def test_changes(self, value: tuple[Change, ...]) -> None:
        """A batch of changes."""
        self.returns(value, changes_json, read_changes)

    def test_thousand_requests_fit(self) -> None:
        """A container that a thousand requests share still fits into one AMP value."""
        requests = tuple(RequestFacts(f"zzzzz-xvhdp-{number:015}", True, True, False, (80,)) for number in range(1000))
        listing = Listing("c" * 27, "c" * 27, 80, "Running", "127.0.0.1:1", 1, requests, "0" * 64)
        self.assertLess(len(write_json(listing_json(listing))), 0xFFFF)

    def test_numbers(self) -> None:
        """What a process counts."""
        numbers = {("requests", "api", "2xx"): 3.0, ("connections",): 0.5}
        self.assertEqual(numbers, read_json(write_json(numbers_json(numbers)), read_numbers))


class BadTextTests(SynchronousTestCase):
    """What does not fit is a fault of the other end."""

    def test_refused(self) -> None:
        """No JSON, other forms and other types are refused, never guessed at."""
        for text, read in (
            ("", read_token),
            ("{", read_token),
            ("null", read_token),
            ("[]", read_token),
            ('["s", 1, null, null]', read_token),
            ('["s", null, null]', read_token),
            ('["uuid", "80", false]', read_target),
            ('["uuid", true, false]', read_target),
            ("[1]", read_target),
            ("{}", read_authorization),
            ("[]", read_listing),
            ('{"container": "c"}', read_listing),
            ('[["kind", "uuid"]]', read_changes),
            ('["u", "t", "yesterday"]', read_issued),
        ):
            error = self.assertRaises(PeerFault, read_json, text, read)
            self.assertNotIn("internal", error.sentence, text)

    def test_truth_is_not_guessed(self) -> None:
        """Only true is true where rights are read."""
        value = authorization_json(Authorization("u", "v", False, False, ()))
        value["admin"] = value["active"] = "yes"
        found = read_authorization(value)
        assert found is not None
        self.assertEqual((False, False), (found.is_admin, found.is_active))
