"""
Tests for L{arvgate.gate}: the whole request path in memory.
"""

from __future__ import annotations

from datetime import timedelta

from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import ArvgateError, Ended, Forbidden, NotAuthenticated, NotFound, NotReady, StoreUnavailable
from arvgate.gate import Gate
from arvgate.model.grants import Grant
from arvgate.model.targets import ContainerTarget, NamedTarget, Target
from arvgate.model.tokens import Token
from test.contract.memory import MemoryWorld


class GateTests(SynchronousTestCase):
    """Credentials that want a target."""

    def setUp(self) -> None:
        """An owner and a stranger, a container and its request."""
        self.world = MemoryWorld()
        self.owner, self.stranger = [self.successResultOf(self.world.add_user()) for _ in range(2)]
        self.token = self.successResultOf(self.world.add_token(self.owner, expires_in=60.0))
        self.foreign = self.successResultOf(self.world.add_token(self.stranger))
        self.container, self.request = self.successResultOf(self.world.add_container(self.owner))
        self.target = ContainerTarget(self.container, 80)
        self.dialed: list[Grant] = []
        self.gate = Gate(self.world.tokens, self.world.directory, self.dial, self.world.now)

    def dial(self, grant: Grant) -> str:
        """Where a grant leads."""
        self.dialed.append(grant)
        return f"to {grant.listing.container_uuid}:{grant.listing.port}"

    def refused(self, kind: type[ArvgateError], token: Token | None, target: Target) -> None:
        """The gate is shut for that reason, and nothing is dialed."""
        failure = self.failureResultOf(self.gate.open(token, target), ArvgateError)
        self.assertIs(kind, failure.type)
        self.assertEqual([], self.dialed)

    def test_open(self) -> None:
        """The owner gets a grant and the route that was dialed for it."""
        passage = self.successResultOf(self.gate.open(self.token, self.target))
        self.assertEqual(f"to {self.container}:80", passage.route)
        self.assertEqual([passage.grant], self.dialed)
        self.assertEqual((self.owner, self.token.uuid), self.who(passage.grant))
        self.assertFalse(passage.grant.public)

    def test_decide(self) -> None:
        """A decision alone dials nothing."""
        grant = self.successResultOf(self.gate.decide(self.token, self.target))
        self.assertEqual((self.owner, self.token.uuid), self.who(grant))
        self.assertEqual([], self.dialed)

    def test_look(self) -> None:
        """What a decision rests on is shown without deciding; a token that is not valid is nobody's."""
        sight = self.successResultOf(self.gate.look(self.token, self.target))
        assert sight.authorization is not None and sight.listing is not None
        self.assertEqual((self.owner, self.world.now()), (sight.authorization.user_uuid, sight.now))
        self.assertTrue(sight.listing.requests[0].readable)
        for token in (None, Token("unknown"), self.foreign):
            sight = self.successResultOf(self.gate.look(token, self.target))
            self.assertEqual(token is self.foreign, sight.authorization is not None)
            assert sight.listing is not None
            self.assertFalse(sight.listing.requests[0].readable)
        self.assertEqual([], self.dialed)

    def test_public(self) -> None:
        """A published port is open to who has no token; by a wrong one nobody gets in."""
        self.world.memory_directory.put_container(self.container, public_ports=(80,))
        self.assertTrue(self.successResultOf(self.gate.decide(None, self.target)).public)
        self.refused(NotAuthenticated, Token("wrong"), self.target)

    def test_name(self) -> None:
        """A published name leads to its port, for who may enter it."""
        self.successResultOf(self.world.publish_name(self.request, "app", 81))
        passage = self.successResultOf(self.gate.open(self.token, NamedTarget("app")))
        self.assertEqual(f"to {self.container}:81", passage.route)

    def test_credentials(self) -> None:
        """No token, an unknown one, and one that has expired are not enough."""
        self.refused(NotAuthenticated, None, self.target)
        self.refused(NotAuthenticated, Token("unknown"), self.target)
        self.world.time += timedelta(seconds=60)
        self.refused(NotAuthenticated, self.token, self.target)

    def test_rights(self) -> None:
        """Who cannot read it is told that it does not exist, as for what does not; who can only read it, that not."""
        self.refused(NotFound, self.foreign, self.target)
        self.refused(NotFound, self.foreign, ContainerTarget("zzzzz-dz642-999999999999999", 80))
        self.successResultOf(self.world.share(self.request, self.stranger, "can_read"))
        self.refused(Forbidden, self.foreign, self.target)

    def test_state(self) -> None:
        """A container that does not run yet, or no more, is not entered."""
        for state, kind in (("Queued", NotReady), ("Locked", NotReady), ("Complete", Ended), ("Cancelled", Ended)):
            self.world.memory_directory.put_container(self.container, state=state)
            self.refused(kind, self.token, self.target)

    def test_records_away(self) -> None:
        """Where the records cannot be asked nobody enters."""
        self.world.memory_tokens.fail_next(StoreUnavailable())
        self.refused(StoreUnavailable, self.token, self.target)
        self.world.memory_directory.fail_next(StoreUnavailable())
        self.refused(StoreUnavailable, self.token, self.target)

    def who(self, grant: Grant) -> tuple[object, object]:
        """The user and the token of a grant."""
        return grant.principal.user_uuid, grant.principal.token_uuid
