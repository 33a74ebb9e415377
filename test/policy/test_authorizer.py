"""
Tests for L{arvgate.policy.authorizer}.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import attrs
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import ArvgateError, Ended, Forbidden, NotAuthenticated, NotFound, NotReady
from arvgate.model.ids import Uuid
from arvgate.model.locations import Listing, RequestFacts
from arvgate.model.principals import ANYBODY, Principal
from arvgate.policy.authorizer import authorize, check_running

NOW = datetime(2030, 1, 1, tzinfo=UTC)
CONTAINER = "zzzzz-dz642-aaaaaaaaaaaaaaa"
OWN = RequestFacts("zzzzz-xvhdp-aaaaaaaaaaaaaaa", readable=True, writable=True)
READABLE = RequestFacts("zzzzz-xvhdp-bbbbbbbbbbbbbbb", readable=True, writable=False)
HIDDEN = RequestFacts("zzzzz-xvhdp-ccccccccccccccc", readable=False, writable=False)
USER = Principal(
    user_uuid=Uuid("zzzzz-tpzed-aaaaaaaaaaaaaaa"), token_uuid=Uuid("zzzzz-gj3su-aaaaaaaaaaaaaaa"), scopes=("all",)
)
ADMIN = attrs.evolve(USER, is_admin=True)


def listing(*requests: RequestFacts, state: str = "Running", public: Sequence[int] = ()) -> Listing:
    """A container on port 8080."""
    return Listing(
        container_uuid=CONTAINER,
        target_uuid=CONTAINER,
        port=8080,
        state=state,
        gateway_address="127.0.0.1:1",
        lock_count=1,
        requests=requests,
        public_ports=public,
    )


def enter(principal: Principal, where: Listing | None) -> None:
    """Enter now."""
    check_running(authorize(principal, where, NOW).listing)


class AuthorizeTests(SynchronousTestCase):
    """Who may enter."""

    def refused(self, kind: type[ArvgateError], principal: Principal, where: Listing | None) -> ArvgateError:
        """The refusal, which must be of exactly that kind."""
        error = self.assertRaises(kind, enter, principal, where)
        self.assertIs(kind, type(error))
        return error

    def test_owner(self) -> None:
        """Who can write every request enters."""
        where = listing(OWN)
        grant = authorize(USER, where, NOW)
        self.assertEqual((USER, where, False), (grant.principal, grant.listing, grant.public))

    def test_one_request_not_writable(self) -> None:
        """One shared request that the user cannot write is enough to be kept out, with the reason."""
        self.assertIn("write permission", self.refused(Forbidden, USER, listing(OWN, READABLE)).sentence)

    def test_one_request_hidden(self) -> None:
        """A request that the user cannot even read keeps out as well."""
        self.refused(Forbidden, USER, listing(OWN, HIDDEN))

    def test_writable_counts_only_if_readable(self) -> None:
        """Write permission without read permission, which no record gives, does not let in."""
        self.refused(NotFound, USER, listing(attrs.evolve(HIDDEN, writable=True)))

    def test_admin(self) -> None:
        """An admin enters where nothing is shared with her."""
        self.assertFalse(authorize(ADMIN, listing(HIDDEN), NOW).public)

    def test_no_requests(self) -> None:
        """A container without any request is for admins only."""
        self.refused(NotFound, USER, listing())
        authorize(ADMIN, listing(), NOW)

    def test_outsider_learns_nothing(self) -> None:
        """Not existing and not being the user's give the same class and sentence, in every state."""
        missing = self.refused(NotFound, USER, None)
        for state in ("Queued", "Locked", "Running", "Complete", "Cancelled"):
            self.assertEqual(missing.sentence, self.refused(NotFound, USER, listing(HIDDEN, state=state)).sentence)

    def test_nobody_learns_nothing(self) -> None:
        """Who is not logged in gets one answer, whether the container exists or not."""
        missing = self.refused(NotAuthenticated, ANYBODY, None)
        self.assertEqual(missing.sentence, self.refused(NotAuthenticated, ANYBODY, listing(OWN)).sentence)
        self.refused(NotAuthenticated, ANYBODY, listing(OWN, state="Complete"))

    def test_public(self) -> None:
        """Anybody enters a public port, logged in or not, and only that port."""
        for principal in (ANYBODY, USER):
            self.assertTrue(authorize(principal, listing(HIDDEN, public=[8080]), NOW).public)
        self.refused(NotAuthenticated, ANYBODY, listing(HIDDEN, public=[8081]))

    def test_public_but_not_running(self) -> None:
        """A public port of a container that does not run says so to anybody."""
        self.refused(NotReady, ANYBODY, listing(HIDDEN, public=[8080], state="Locked"))
        self.refused(Ended, ANYBODY, listing(HIDDEN, public=[8080], state="Complete"))

    def test_web_switched_off(self) -> None:
        """One request with the property arvgate:web false keeps everybody out, and makes a public port private."""
        off = attrs.evolve(OWN, uuid="zzzzz-xvhdp-ddddddddddddddd", web=False)
        self.refused(Forbidden, USER, listing(OWN, off))
        self.refused(Forbidden, ADMIN, listing(OWN, off))
        self.refused(NotAuthenticated, ANYBODY, listing(OWN, off, public=[8080]))
        outsider = listing(attrs.evolve(HIDDEN, web=False), public=[8080])
        self.refused(NotFound, USER, outsider)

    def test_scope_names_the_port(self) -> None:
        """A token for one port of one container enters there and nowhere else."""
        here = attrs.evolve(USER, scopes=[f"CONNECT /arvados/v1/containers/{CONTAINER}/8080"])
        authorize(here, listing(OWN), NOW)
        for scopes in (
            [f"CONNECT /arvados/v1/containers/{CONTAINER}/808"],
            [f"CONNECT /arvados/v1/containers/{CONTAINER}/80800"],
            ["CONNECT /arvados/v1/containers/zzzzz-dz642-bbbbbbbbbbbbbbb/8080"],
            [f"CONNECT /arvados/v1/containers/{CONTAINER}/80", f"CONNECT /arvados/v1/container/{CONTAINER}/81"],
        ):
            self.refused(NotAuthenticated, attrs.evolve(ADMIN, scopes=scopes), listing(OWN))
        self.refused(NotFound, attrs.evolve(ADMIN, scopes=[]), listing(OWN))

    def test_for_ports_only(self) -> None:
        """A token for ports only gets one answer for what does not exist, what is hidden, and what it is not for."""
        here = attrs.evolve(USER, scopes=[f"CONNECT /arvados/v1/containers/{CONTAINER}/8080"])
        elsewhere = attrs.evolve(USER, scopes=["CONNECT /arvados/v1/containers/zzzzz-dz642-bbbbbbbbbbbbbbb/8080"])
        for principal in (here, elsewhere):
            for found in (None, listing(HIDDEN)):
                self.refused(NotAuthenticated, principal, found)
        self.assertTrue(authorize(elsewhere, listing(HIDDEN, public=[8080]), NOW).public)

    def test_scope_reads_but_does_not_enter(self) -> None:
        """A token that may read the record but not enter is told so."""
        reader = attrs.evolve(USER, scopes=["GET /arvados/v1/containers/"])
        self.assertIn("scopes", self.refused(Forbidden, reader, listing(OWN)).sentence)

    def test_whatever_the_state(self) -> None:
        """Who may enter is decided before it runs and after it ended, too."""
        for state in ("Queued", "Locked", "Complete"):
            self.assertEqual(USER, authorize(USER, listing(OWN, state=state), NOW).principal)

    def test_states(self) -> None:
        """Before it runs it is not ready, afterwards it has ended."""
        for state in ("Queued", "Locked"):
            self.refused(NotReady, USER, listing(OWN, state=state))
        for state in ("Complete", "Cancelled"):
            self.refused(Ended, USER, listing(OWN, state=state))

    def test_expired_meanwhile(self) -> None:
        """A token that expired since it was authenticated counts as none."""
        late = attrs.evolve(USER, expires_at=NOW)
        self.refused(NotAuthenticated, late, listing(OWN))
        self.refused(NotAuthenticated, late, None)
        self.assertTrue(authorize(late, listing(OWN, public=[8080]), NOW).public)
        authorize(attrs.evolve(USER, expires_at=NOW + timedelta(microseconds=1)), listing(OWN), NOW)
