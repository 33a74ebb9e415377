"""
Tests for L{arvgate.directory.live}.
"""

from __future__ import annotations

import gc
import weakref

import attrs
from twisted.internet.defer import Deferred

from arvgate.errors import Ended, Forbidden, NotAuthenticated, NotFound, Overloaded, StoreUnavailable
from arvgate.model.changes import EVERYTHING
from arvgate.model.grants import Grant
from arvgate.model.targets import ContainerTarget, Target
from arvgate.model.tokens import Token, parse_token
from test.directory.live_case import LiveCase


class EndTests(LiveCase):
    """Access that ends."""

    def test_nothing_changes(self) -> None:
        """While nothing changes nothing is asked and nothing ends."""
        self.watch()
        self.clock.pump([1.0] * 100)
        self.assertEqual(([], []), (self.asked, self.ended))

    def test_revoked(self) -> None:
        """Revoking the token ends all that uses it, once, and nothing else."""
        other = self.successResultOf(self.world.add_token(self.owner))
        self.watch()
        self.watch()
        self.watch(other)
        self.world.memory_tokens.remove(str(self.token.uuid))
        self.clock.advance(0)
        self.assertEqual([NotAuthenticated] * 2, self.ended)
        self.assertEqual(1, len(self.live))
        self.change(EVERYTHING)
        self.assertEqual([NotAuthenticated] * 2, self.ended)

    def test_parent_revoked(self) -> None:
        """Revoking the token from which a cookie's was derived ends what rests on the cookie."""
        issued = self.successResultOf(self.world.issuer.derive(self.token, self.container, 80))
        self.watch(parse_token(issued.text))
        self.world.memory_tokens.remove(str(self.token.uuid))
        self.clock.advance(0)
        self.assertEqual([NotAuthenticated], self.ended)

    def test_container_ended(self) -> None:
        """The end of the container is the end of access to it."""
        self.watch()
        self.world.memory_directory.put_container(self.container, state="Complete")
        self.clock.advance(0)
        self.assertEqual([Ended], self.ended)

    def test_share_removed(self) -> None:
        """Who loses a share loses what is open, others keep it."""
        guest = self.successResultOf(self.world.add_user())
        token = self.successResultOf(self.world.add_token(guest))
        self.world.memory_directory.share(self.request, guest, writable=True)
        self.watch(token)
        self.watch()
        self.world.memory_directory.unshare(self.request, guest)
        self.clock.advance(0)
        self.assertEqual([NotFound], self.ended)
        self.assertEqual(1, len(self.live))

    def test_another_request_shares(self) -> None:
        """A request of another user that comes to share the container ends the access of who cannot write it."""
        self.watch()
        self.world.memory_directory.put_request("zzzzz-xvhdp-999999999999999", self.container, writers={"other"})
        self.clock.advance(0)
        self.assertEqual([Forbidden], self.ended)

    def test_user_deactivated(self) -> None:
        """A user who is made inactive loses what is open."""
        self.watch()
        self.world.memory_tokens.deactivate(self.owner)
        self.clock.advance(0)
        self.assertEqual([NotAuthenticated], self.ended)

    def test_other_container(self) -> None:
        """Where a request goes on in another container, or another attempt, what rests on the former one ends."""
        self.target = ContainerTarget(self.request, 80)
        self.watch()
        self.world.memory_directory.put_container(self.container, lock_count=2)
        self.clock.advance(0)
        self.assertEqual([Ended], self.ended)
        self.watch()
        other, _ = self.successResultOf(self.world.add_container(self.owner))
        self.world.memory_directory.put_request(self.request, other, writers={self.owner})
        self.clock.advance(0)
        self.assertEqual([Ended, Ended], self.ended)

    def test_still_good(self) -> None:
        """A change that alters nothing lets it go on, and the next one counts again."""
        self.watch()
        self.change(EVERYTHING)
        self.assertEqual(([], 1), (self.ended, len(self.asked)))
        self.world.memory_directory.put_container(self.container, state="Cancelled")
        self.clock.advance(0)
        self.assertEqual([Ended], self.ended)

    def test_unknown_fault(self) -> None:
        """A decision that fails by an error of ours ends access rather than leave it open, and is logged."""
        self.watch()
        self.decide = self.broken
        self.change(EVERYTHING)
        self.assertEqual([StoreUnavailable], self.ended)
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))

    async def broken(self, token: Token | None, target: Target) -> object:
        """A decision with a bug."""
        raise ZeroDivisionError

    def test_end_fails(self) -> None:
        """One connection that cannot be ended does not keep the others open."""
        self.live.watch(self.token, self.target, self.grant(), lambda error: 1 // 0)
        self.watch()
        self.world.memory_tokens.remove(str(self.token.uuid))
        self.clock.advance(0)
        self.assertEqual([NotAuthenticated], self.ended)
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))


class StopTests(LiveCase):
    """Connections that are over by themselves."""

    def test_stop_watching(self) -> None:
        """What is watched no more is not asked about; stopping twice is nothing."""
        stop = self.watch()
        stop()
        stop()
        self.assertEqual(0, len(self.live))
        self.change(EVERYTHING)
        self.assertEqual(([], []), (self.asked, self.ended))

    def test_stop_one_of_two(self) -> None:
        """The other one goes on to be watched."""
        stop = self.watch()
        self.watch()
        stop()
        self.world.memory_tokens.remove(str(self.token.uuid))
        self.clock.advance(0)
        stop()
        self.assertEqual([NotAuthenticated], self.ended)

    def test_stop_while_asked(self) -> None:
        """A connection that ends while its decision is on the way is not ended again."""
        answer: Deferred[Grant] = Deferred()
        stop = self.watch()
        self.decide = lambda token, target: answer
        self.change(EVERYTHING)
        stop()
        answer.errback(NotFound())
        self.assertEqual([], self.ended)

    def test_stop_everything(self) -> None:
        """When all is stopped a decision on its way is cancelled, and no connection is ended by it."""
        cancelled: list[Deferred[Grant]] = []
        self.watch()
        self.decide = lambda token, target: Deferred(cancelled.append)
        self.change(EVERYTHING)
        self.live.stop()
        self.assertEqual(1, len(cancelled))
        self.assertEqual(([], 0), (self.ended, len(self.live)))


class ExpiryTests(LiveCase):
    """Tokens that end at a time."""

    def expiring(self, seconds: float) -> Token:
        """A token that ends in that many seconds."""
        self.world.time = self.now()
        token = self.successResultOf(self.world.add_token(self.owner, expires_in=seconds))
        self.clock.advance(31)
        return token

    def test_expires(self) -> None:
        """Access ends when its token does, and not before; without any question."""
        self.watch(self.expiring(131.5))
        self.clock.pump([1.0] * 100)
        self.assertEqual([], self.ended)
        self.clock.pump([0.25] * 2)
        self.assertEqual(([NotAuthenticated], []), (self.ended, self.asked))

    def test_one_after_another(self) -> None:
        """Each of several tokens ends at its own time, in whatever order they came."""
        late, early, soon = self.expiring(140.0), self.expiring(80.0), self.expiring(60.0)
        for token in (late, early, soon):
            self.watch(token)
        # made at 60, 91 and 122 seconds
        for moment, ended in ((170.5, 0), (171.0, 1), (181.5, 1), (182.0, 2), (199.5, 2), (200.0, 3)):
            self.clock.advance(moment - self.clock.seconds())
            self.assertEqual(ended, len(self.ended), moment)

    def test_prolonged(self) -> None:
        """A token that is prolonged in time goes on until its new end."""
        token = self.expiring(131.0)
        self.watch(token)
        self.world.time = self.now()
        longer = self.successResultOf(self.world.add_token(self.owner, expires_in=300.0))
        found = self.successResultOf(self.world.tokens.find(longer))
        old = self.successResultOf(self.world.tokens.find(token))
        self.world.memory_tokens.add(token.secret, attrs.evolve(old, expires_at=found.expires_at))
        self.clock.pump([1.0] * 290)
        self.assertEqual([], self.ended)
        self.clock.pump([1.0] * 12)
        self.assertEqual([NotAuthenticated], self.ended)

    def test_over_before(self) -> None:
        """What was closed before its token's end is not ended by it."""
        self.watch(self.expiring(50.0))()
        self.clock.pump([1.0] * 100)
        self.assertEqual([], self.ended)

    def test_nothing_is_kept(self) -> None:
        """Of a connection that is over nothing is kept until its token's far end."""
        token = self.expiring(86400.0)
        grant = self.grant(token)
        self.watch(token, grant)()
        kept = weakref.ref(grant)
        del grant
        gc.collect()
        self.assertIsNone(kept())

    def test_expired_from_the_start(self) -> None:
        """A grant whose token has expired since is ended at once."""
        token = self.expiring(40.0)
        grant = self.grant(token)
        self.clock.advance(20)
        self.watch(token, grant)
        self.clock.advance(0)
        self.assertEqual([NotAuthenticated], self.ended)


class RecordsAwayTests(LiveCase):
    """While the records cannot be asked."""

    def test_streams_stay(self) -> None:
        """What is open stays; it is decided upon as soon as the records answer again."""
        self.watch()
        away = [StoreUnavailable(), Overloaded(), StoreUnavailable()]
        self.world.memory_tokens.fail_next(*away)
        self.change(EVERYTHING)
        self.clock.pump([1.0] * 3)
        self.assertEqual([], self.ended)
        self.world.memory_directory.put_container(self.container, state="Complete")
        self.clock.pump([1.0] * 3)
        self.assertEqual([Ended], self.ended)

    def test_asked_again(self) -> None:
        """It is asked again every second or two, not more often."""
        self.watch()
        self.world.memory_tokens.fail_next(*[StoreUnavailable() for _ in range(100)])
        self.change(EVERYTHING)
        self.clock.pump([0.1] * 100)
        self.assertIn(len(self.asked), range(5, 12))

    def test_closed_meanwhile(self) -> None:
        """What is closed meanwhile is not asked about."""
        stop = self.watch()
        self.world.memory_tokens.fail_next(StoreUnavailable())
        self.change(EVERYTHING)
        stop()
        self.clock.pump([1.0] * 5)
        self.assertEqual(1, len(self.asked))
