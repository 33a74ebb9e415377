"""
Tests for L{arvgate.directory.client}.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.directory.remote import RemoteIssuer
from arvgate.errors import StoreUnavailable, TooLarge
from arvgate.interfaces import IChangeFeed
from arvgate.model.changes import EVERYTHING, Change
from arvgate.model.locations import Listing
from arvgate.model.targets import ContainerTarget, NamedTarget
from arvgate.model.tokens import Token
from test.contract.world import Heard
from test.directory.joined import RemoteWorld


class LinkCase(SynchronousTestCase):
    """A door and a control joined in memory."""

    def setUp(self) -> None:
        """A door that is connected."""
        self.clock = Clock()
        self.world = RemoteWorld(self.clock)
        self.link, self.endpoint = self.world.link, self.world.endpoint
        self.heard = Heard(self.link)
        self.addCleanup(self.leave_nothing)
        self.link.start()
        self.clock.advance(0)

    def leave_nothing(self) -> None:
        """After a stop no calls are left."""
        self.link.stop()
        self.world.server.close()
        self.clock.advance(0)
        self.clock.advance(0)
        self.assertEqual([], self.clock.getDelayedCalls())
        self.assertEqual(0, len(self.world.server.connections))
        self.assertEqual(0, len(self.world.memory_feed))

    def turn(self, times: int = 5) -> None:
        """Let the reactor turn a few times without time passing."""
        for _ in range(times):
            self.clock.advance(0)

    def ask(self, question: Coroutine[Any, Any, object] | None = None) -> Deferred[object]:
        """Ask something, and let the reactor turn."""
        asked = Deferred.fromCoroutine(question or self.world.tokens.find(Token("unknown")))
        self.turn()
        return asked

    def lose(self) -> None:
        """Control dies; whether it can be reached afterwards is the endpoint's."""
        self.endpoint.lose()
        self.turn()


class ConnectionTests(LinkCase):
    """The connection and its loss."""

    def test_connected(self) -> None:
        """Questions are answered, and everything is heard to have changed."""
        self.assertIsNone(self.successResultOf(self.ask()))
        self.assertEqual([EVERYTHING], self.heard.changes)
        self.link.available()

    def test_reconnects_at_once(self) -> None:
        """A lost connection is made anew in the same moment, and everything is heard to have changed again."""
        self.lose()
        self.assertEqual(2, self.endpoint.attempts)
        self.assertEqual([EVERYTHING] * 2, self.heard.changes)
        self.assertIsNone(self.successResultOf(self.ask()))

    def test_changes(self) -> None:
        """What control hears the door hears, in order, until it stops listening."""
        changes = [Change("users", "u"), Change("containers", "c"), Change("container_requests", "r", related="c")]
        self.world.memory_feed.publish(*changes[:2])
        self.world.memory_feed.publish(changes[2])
        self.turn()
        self.assertEqual(changes, self.heard.changes[1:])
        self.heard.stop()
        self.world.memory_feed.publish(Change("users", "u"))
        self.turn()
        self.assertEqual(4, len(self.heard.changes))

    def test_failing_observer(self) -> None:
        """An observer that fails keeps nobody else from hearing."""
        self.link.subscribe(lambda changes: 1 // 0)
        later = Heard(self.link)
        self.world.memory_feed.publish(Change("users", "u"))
        self.turn()
        self.assertEqual([Change("users", "u")], later.changes)
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))

    def test_backoff(self) -> None:
        """While nobody listens it tries again, ever more seldom, but at least twice a second."""
        self.endpoint.refuses = True
        self.lose()
        attempts = self.endpoint.attempts
        self.clock.pump([0.01] * 1000)
        self.assertIn(self.endpoint.attempts - attempts, range(20, 30))
        self.endpoint.refuses = False
        self.clock.pump([0.01] * 51)
        self.turn()
        self.link.available()


class PatienceTests(LinkCase):
    """Questions while control is away."""

    def test_waits(self) -> None:
        """A question waits for a control that is back within a second."""
        self.endpoint.refuses = True
        self.lose()
        asked = self.ask()
        self.clock.advance(0.5)
        self.assertNoResult(asked)
        self.endpoint.refuses = False
        self.clock.pump([0.05] * 8)
        self.turn()
        self.assertIsNone(self.successResultOf(asked))

    def test_second_passes(self) -> None:
        """After a second without control questions fail, those that wait and those that come; memory is not used."""
        self.endpoint.refuses = True
        self.lose()
        asked = self.ask()
        self.clock.pump([0.1] * 9)
        self.assertNoResult(asked)
        self.link.available()
        self.clock.pump([0.1] * 2)
        self.failureResultOf(asked, StoreUnavailable)
        self.failureResultOf(self.ask(), StoreUnavailable)
        self.assertRaises(StoreUnavailable, self.link.available)

    def test_connected_is_not_greeted(self) -> None:
        """A control that accepts and does not answer yet is away; once it answers all is well."""
        self.endpoint.silent = True
        self.lose()
        self.assertEqual(2, self.endpoint.attempts)
        self.clock.pump([0.1] * 11)
        self.assertRaises(StoreUnavailable, self.link.available)
        self.endpoint.silent = False
        self.endpoint.pump_soon()
        self.turn()
        self.link.available()
        self.assertIsNone(self.successResultOf(self.ask()))

    def test_before_the_first_connection(self) -> None:
        """A door may wait for the first connection, and learns when there is none in time."""
        world = RemoteWorld(self.clock)
        world.endpoint.refuses = True
        world.link.start()
        waiting = Deferred.fromCoroutine(world.link.connected(3.0))
        self.clock.pump([0.1] * 29)
        self.assertNoResult(waiting)
        self.clock.pump([0.1] * 2)
        self.assertFalse(self.successResultOf(waiting))
        world.link.stop()


class SlowDirectory:
    """A directory that never answers."""

    def __init__(self) -> None:
        self.asked: list[Deferred[Listing | None]] = []

    async def locate(self, target: object, user_uuid: str | None) -> Listing | None:
        """Wait."""
        answer: Deferred[Listing | None] = Deferred()
        self.asked.append(answer)
        return await answer


class LossTests(LinkCase):
    """Control dies or hangs over a question."""

    def setUp(self) -> None:
        """A control whose directory does not answer."""
        super().setUp()
        self.slow = SlowDirectory()
        self.world.memory_directory.locate = self.slow.locate

    def locate(self) -> Deferred[object]:
        """A question without an answer."""
        return self.ask(self.world.directory.locate(NamedTarget("x"), None))

    def test_asked_again(self) -> None:
        """A question that can be repeated is put to the next control."""
        asked = self.locate()
        self.lose()
        self.assertEqual(2, len(self.slow.asked))
        self.slow.asked[1].callback(None)
        self.turn()
        self.assertIsNone(self.successResultOf(asked))

    def test_deadly_question(self) -> None:
        """A question over which one control after the other dies is given up."""
        asked = self.locate()
        for _ in range(3):
            self.lose()
        self.failureResultOf(asked, StoreUnavailable)
        self.assertEqual(3, len(self.slow.asked))

    def test_code_is_not_repeated(self) -> None:
        """Giving back a code is not repeated: it may have been used up."""
        answers: list[Deferred[Token | None]] = [Deferred(), Deferred()]
        waiting = iter(answers)
        self.world.memory_issuer.redeem_code = lambda code, host, navigation: next(waiting)
        asked = self.ask(RemoteIssuer(self.link).redeem_code("code", "host", True))
        self.lose()
        self.failureResultOf(asked, StoreUnavailable)
        self.assertFalse(answers[1].called)
        self.assertIs(answers[1], next(waiting))

    def test_nobody_waits_any_more(self) -> None:
        """What a lost door asked is cancelled in control."""
        self.locate()
        self.lose()
        self.assertTrue(self.slow.asked[0].called)

    def test_no_answer(self) -> None:
        """A question that is not answered within five seconds fails; the connection stays."""
        asked = self.locate()
        self.clock.pump([1.0] * 4)
        self.assertNoResult(asked)
        self.clock.advance(1.1)
        self.failureResultOf(asked, StoreUnavailable)
        self.assertEqual(1, self.endpoint.attempts)

    def test_hanging_control(self) -> None:
        """A control that answers nothing at all is left for a new connection."""
        self.endpoint.silent = True
        self.clock.pump([1.0] * 7)
        self.assertEqual(2, self.endpoint.attempts)
        self.endpoint.silent = False
        self.endpoint.pump_soon()
        self.turn()
        self.assertIsNone(self.successResultOf(self.ask()))


class SizeTests(LinkCase):
    """What does not fit into an AMP value."""

    def test_question(self) -> None:
        """A question that is too large is refused with a clear error, and the connection is of use afterwards."""
        failure = self.failureResultOf(self.ask(self.world.tokens.find(Token("x" * 70000))), TooLarge)
        self.assertIn("internal socket", failure.value.sentence)
        self.assertIsNone(self.successResultOf(self.ask()))
        self.assertEqual(1, self.endpoint.attempts)

    def test_answer(self) -> None:
        """So is an answer."""
        owner = self.successResultOf(self.world.add_user())
        container, _ = self.successResultOf(self.world.add_container(owner))
        for number in range(2500):
            self.world.memory_directory.put_request(f"zzzzz-xvhdp-{number:015}", container)
        failure = self.failureResultOf(
            self.ask(self.world.directory.locate(ContainerTarget(container, 80), owner)), TooLarge
        )
        self.assertIn("requests", failure.value.sentence)
        self.assertIsNone(self.successResultOf(self.ask()))
        self.assertEqual(1, self.endpoint.attempts)


class InterfaceTests(SynchronousTestCase):
    """The link itself."""

    def test_feed(self) -> None:
        """It is a change feed before it is connected."""
        self.assertTrue(IChangeFeed.providedBy(RemoteWorld(Clock()).link))
