"""
Tests for L{arvgate.policy.why_entry}.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product

import attrs
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import ArvgateError
from arvgate.model.checks import Check, Result
from arvgate.model.grants import Grant
from arvgate.model.ids import Uuid
from arvgate.model.locations import Listing, RequestFacts
from arvgate.model.tokens import Authorization, Token
from arvgate.policy.authenticator import authenticate
from arvgate.policy.authorizer import authorize
from arvgate.policy.why_entry import entry_checks, state_check

NOW = datetime(2030, 1, 1, tzinfo=UTC)
CONTAINER = "zzzzz-dz642-aaaaaaaaaaaaaaa"
TOKEN = Token("secret", Uuid("zzzzz-gj3su-aaaaaaaaaaaaaaa"))
KNOWN = Authorization(
    uuid=Uuid("zzzzz-gj3su-aaaaaaaaaaaaaaa"),
    user_uuid=Uuid("zzzzz-tpzed-aaaaaaaaaaaaaaa"),
    is_admin=False,
    is_active=True,
    scopes=("all",),
)
OWN = RequestFacts("zzzzz-xvhdp-ooooooooooooooo", readable=True, writable=True)
READABLE = RequestFacts("zzzzz-xvhdp-rrrrrrrrrrrrrrr", readable=True, writable=False)
HIDDEN = RequestFacts("zzzzz-xvhdp-hhhhhhhhhhhhhhh", readable=False, writable=False)
CLOSED = attrs.evolve(OWN, uuid="zzzzz-xvhdp-ccccccccccccccc", web=False)
HIDDEN_CLOSED = attrs.evolve(HIDDEN, web=False)


def listing(*requests: RequestFacts, port: int = 8080, public: Sequence[int] = (), **more: str) -> Listing:
    """A container on a port."""
    values = {"state": "Running", "target_uuid": CONTAINER, **more}
    return Listing(
        container_uuid=CONTAINER,
        port=port,
        gateway_address="127.0.0.1:1",
        lock_count=1,
        requests=requests,
        public_ports=public,
        **values,
    )


class EntryTests(SynchronousTestCase):
    """Up to the gate."""

    def last(
        self, where: Listing | None, known: Authorization | None = KNOWN, token: Token | None = TOKEN
    ) -> tuple[Check, Grant | None]:
        """The last check; those before it are in order."""
        checks, grant = entry_checks(token, known, where, NOW)
        self.assertEqual(["token", "container", "scope", "access"][: len(checks)], [check.name for check in checks])
        self.assertEqual({Result.OK}, {check.result for check in checks[:-1]} | {Result.OK})
        return checks[-1], grant

    def refused(self, name: str, where: Listing | None, *words: str, **who: object) -> Check:
        """The check of that name fails, with a cure."""
        check, grant = self.last(where, **who)  # type: ignore[arg-type]
        self.assertEqual((name, Result.FAILED, None), (check.name, check.result, grant))
        self.assertTrue(check.cure and check.code)
        for word in words:
            self.assertIn(word, check.sentence + " " + check.cure)
        return check

    def test_as_the_gate(self) -> None:
        """Somebody passes all checks if and only if the gate lets them in."""
        requests = ((), (OWN,), (OWN, READABLE), (OWN, HIDDEN), (HIDDEN,), (CLOSED,), (OWN, HIDDEN_CLOSED))
        path = f"/arvados/v1/containers/{CONTAINER}"
        scopes = (("all",), (f"CONNECT {path}/8080",), (f"GET {path}",), (f"CONNECT {path}/",), ("SESSION", "all"), ())
        tokens = (None, TOKEN)
        ends = (None, NOW, NOW + timedelta(seconds=1))
        for facts, public, scope, admin, active, token, end in product(
            requests, ((), (8080,)), scopes, (False, True), (False, True), tokens, ends
        ):
            known = attrs.evolve(KNOWN, scopes=scope, is_admin=admin, is_active=active, expires_at=end)
            authorization = None if token is None else known
            where = listing(*facts, public=public)
            checks, grant = entry_checks(token, authorization, where, NOW)
            self.assertEqual(grant is None, checks[-1].result is Result.FAILED)
            self.assertEqual(4 if grant else None, len(checks) if grant else None)
            try:
                expected: Grant | None = authorize(authenticate(token, authorization, NOW), where, NOW)
            except ArvgateError as error:
                expected = None
                if not public:
                    self.assertEqual(error.code, checks[-1].code)
            if not public:
                self.assertEqual(expected, grant)
            elif expected is not None:
                self.assertIsNotNone(grant)

    def test_token(self) -> None:
        """What is wrong with a token is said: none, unknown, expired, its user not active."""
        self.refused("token", listing(OWN), "No token", "Log in", token=None, known=None)
        self.refused("token", listing(OWN), "not known", known=None)
        expired = attrs.evolve(KNOWN, expires_at=NOW)
        self.refused("token", listing(OWN), "2030-01-01 00:00:00 UTC", "new token", known=expired)
        self.refused("token", listing(OWN), "not active", known=attrs.evolve(KNOWN, is_active=False))
        checks, _ = entry_checks(TOKEN, attrs.evolve(KNOWN, expires_at=NOW + timedelta(hours=1)), listing(OWN), NOW)
        self.assertIn("until 2030-01-01 01:00:00 UTC", checks[0].sentence)

    def test_outsider(self) -> None:
        """What does not exist, what is not readable, and what a token may not know of get the same answer."""
        scoped = attrs.evolve(KNOWN, scopes=("GET /arvados/v1/users/current",))
        missing = entry_checks(TOKEN, KNOWN, None, NOW)
        self.refused("container", None)
        self.assertEqual(missing, entry_checks(TOKEN, KNOWN, listing(HIDDEN), NOW))
        self.assertEqual(missing, entry_checks(TOKEN, scoped, listing(OWN), NOW))

    def test_nobody(self) -> None:
        """Without a token nothing is said of a container, there or not."""
        self.assertEqual(entry_checks(None, None, None, NOW), entry_checks(None, None, listing(OWN), NOW))

    def test_found(self) -> None:
        """The container's UUID is told, and whose it is where a request was asked for."""
        checks, _ = entry_checks(TOKEN, KNOWN, listing(OWN), NOW)
        self.assertEqual(f"The container is {CONTAINER}.", checks[1].sentence)
        checks, _ = entry_checks(TOKEN, KNOWN, listing(OWN, target_uuid=OWN.uuid), NOW)
        self.assertEqual(f"The container of {OWN.uuid} is {CONTAINER}.", checks[1].sentence)

    def test_scope(self) -> None:
        """A token that does not cover the port is told which scope would."""
        path = f"/arvados/v1/containers/{CONTAINER}"
        known = attrs.evolve(KNOWN, scopes=(f"GET {path}",))
        self.refused("scope", listing(OWN), f'"CONNECT {path}/8080"', known=known)
        self.refused("scope", listing(OWN, port=0), f'"CONNECT {path}/"', known=known)
        for scope, port, word in (
            ("all", 8080, "everything"),
            (f"CONNECT {path}/8080", 8080, "port 8080"),
            (f"CONNECT {path}/", 0, "all ports"),
        ):
            checks, _ = entry_checks(TOKEN, attrs.evolve(KNOWN, scopes=(scope,)), listing(OWN, port=port), NOW)
            self.assertEqual(("scope", Result.OK), (checks[2].name, checks[2].result))
            self.assertIn(word, checks[2].sentence)

    def test_property(self) -> None:
        """A request that forbids the web is named, if the caller may read it."""
        check = self.refused("access", listing(CLOSED, OWN), "arvgate:web", CLOSED.uuid)
        self.assertNotIn(OWN.uuid, check.sentence)
        check = self.refused("access", listing(OWN, HIDDEN_CLOSED), "a request that you cannot read")
        self.assertNotIn(HIDDEN.uuid, check.sentence)

    def test_not_writable(self) -> None:
        """Requests that are not writable are named as far as they may be, some of them, and the others counted."""
        check = self.refused("access", listing(OWN, READABLE, HIDDEN), READABLE.uuid, "a request that you cannot read")
        self.assertNotIn(HIDDEN.uuid, check.sentence)
        self.assertNotIn(OWN.uuid, check.sentence)
        many = [attrs.evolve(READABLE, uuid=f"zzzzz-xvhdp-{number:015}") for number in range(5)]
        self.refused("access", listing(*many, HIDDEN, HIDDEN), "2 more", "2 requests that you cannot read", "can_write")

    def test_reasons(self) -> None:
        """Why somebody may enter is said, too."""
        for where, who, word in (
            (listing(OWN), KNOWN, "may write"),
            (listing(READABLE), attrs.evolve(KNOWN, is_admin=True), "administrator"),
            (listing(HIDDEN, public=(8080,)), KNOWN, "public"),
        ):
            check, grant = self.last(where, who)
            self.assertEqual(("access", Result.OK), (check.name, check.result))
            self.assertIsNotNone(grant)
            self.assertIn(word, check.sentence)

    def test_public(self) -> None:
        """At a public port no token is needed, and one that is not valid does not matter."""
        for token, known in ((None, None), (TOKEN, None), (TOKEN, attrs.evolve(KNOWN, expires_at=NOW))):
            checks, grant = entry_checks(token, known, listing(HIDDEN, public=(8080,)), NOW)
            self.assertIsNotNone(grant)
            self.assertIn("none is needed", checks[0].sentence)


class StateTests(SynchronousTestCase):
    """Whether it runs."""

    def test_states(self) -> None:
        """Each state has its result, with what was said of it and what to do."""
        for state, result, code, word in (
            ("Queued", Result.FAILED, "not-ready", "queued"),
            ("Locked", Result.FAILED, "not-ready", "being started"),
            ("Running", Result.OK, "", "running"),
            ("Complete", Result.FAILED, "ended", "(Complete)"),
            ("Cancelled", Result.FAILED, "ended", "(Cancelled)"),
        ):
            check = state_check(listing(state=state, note="It is so."))
            self.assertEqual(("state", result, code), (check.name, check.result, check.code))
            self.assertIn(word, check.sentence)
            self.assertTrue(check.sentence.endswith(" It is so."))
            self.assertEqual(result is Result.FAILED, CONTAINER in check.cure)
            self.assertFalse(state_check(listing(state=state)).sentence.endswith(" "))
