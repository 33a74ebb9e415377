"""Tests of L{arvgate.edge.api.queue}, alone and behind the API's site."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.edge.api import make_api
from arvgate.edge.api.call import Answer, Call
from arvgate.edge.api.queue import QueueLimits, RequestTurns
from arvgate.edge.api.route import Route
from arvgate.edge.api.routes import ROUTES
from arvgate.edge.api.site import ApiSite
from arvgate.errors import Invalid, Overloaded
from arvgate.net.tally import Tally
from test.edge.api.case import Account, ApiCase, Connection

LIMITS = QueueLimits(places=1, room=2, timeout=60.0, impatience=2.0)


class Turns(SynchronousTestCase):
    """Work that waits for its turn."""

    def setUp(self) -> None:
        """One place, and room for two that wait."""
        self.clock = Clock()
        self.tally = Tally()
        self.turns = RequestTurns(LIMITS, self.clock, self.tally)
        self.works: list[Deferred[str]] = []
        self.discarded: list[str] = []

    async def work(self) -> str:
        """Something that ends when the test says so."""
        work: Deferred[str] = Deferred()
        self.works.append(work)
        return await work

    def run_for(self, caller: str = "a", impatient: bool = False) -> Deferred[str]:
        """Let it have its turn."""
        return Deferred.fromCoroutine(self.turns.run(caller, self.work, self.discarded.append, impatient))

    def counted(self, *key: str) -> float:
        """A gauge's or a counter's number."""
        return self.tally.present().get(key, 0) or self.tally.take().get(key, 0)

    def test_one_after_another(self) -> None:
        """What waits is begun when what was begun before is over."""
        first, second = self.run_for(), self.run_for()
        self.assertEqual((1, 1), (len(self.works), self.counted("api_waiting")))
        self.works[0].callback("one")
        self.assertEqual("one", self.successResultOf(first))
        self.works[1].callback("two")
        self.assertEqual("two", self.successResultOf(second))
        self.assertEqual((0, 0), (self.counted("api_working"), self.counted("api_waiting")))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_failure(self) -> None:
        """Work that fails frees its place, and its error is the caller's."""
        first, second = self.run_for(), self.run_for()
        self.works[0].errback(Invalid("no"))
        self.failureResultOf(first, Invalid)
        self.works[1].callback("two")
        self.successResultOf(second)

    def test_full(self) -> None:
        """Where there is no room a request is refused at once, and it is counted."""
        waiting = [self.run_for() for _ in range(3)]
        error = self.failureResultOf(self.run_for(), Overloaded)
        self.assertGreater(error.value.retry_after, 0)
        self.assertEqual(1, self.counted("api_refusals", "full"))
        for one in waiting:
            self.assertNoResult(one)

    def test_room_for_others(self) -> None:
        """A caller who has taken all the room makes way for another."""
        *_, last = [self.run_for() for _ in range(3)]
        other = self.run_for("b")
        self.failureResultOf(last, Overloaded)
        self.works[0].callback("")
        self.works[1].callback("")
        self.works[2].callback("b")
        self.assertEqual("b", self.successResultOf(other))

    def test_gone_while_waiting(self) -> None:
        """Who goes while waiting frees the room, and the work is never begun."""
        self.run_for()
        gone = self.run_for()
        gone.cancel()
        self.failureResultOf(gone, CancelledError)
        self.assertEqual(0, self.counted("api_waiting"))
        self.works[0].callback("")
        self.assertEqual(1, len(self.works))

    def test_gone_while_working(self) -> None:
        """Who goes while the work is done leaves it to its end: until then the place is taken, then it is closed."""
        gone, next_one = self.run_for(), self.run_for()
        gone.cancel()
        self.failureResultOf(gone, CancelledError)
        self.assertNoResult(next_one)
        self.assertEqual(1, len(self.works))
        self.works[0].callback("open file")
        self.assertEqual(["open file"], self.discarded)
        self.assertEqual(2, len(self.works))

    def test_gone_before_a_failure(self) -> None:
        """Work that fails when nobody waits for it any more frees its place."""
        gone = self.run_for()
        gone.cancel()
        self.failureResultOf(gone, CancelledError)
        self.works[0].errback(Invalid("no"))
        self.assertEqual(0, self.counted("api_working"))

    def test_waits_too_long(self) -> None:
        """A request waits no longer than the time-out, an impatient one much shorter."""
        self.run_for().addErrback(lambda _: None)
        patient, impatient = self.run_for(), self.run_for(impatient=True)
        self.clock.advance(LIMITS.impatience)
        self.failureResultOf(impatient, Overloaded)
        self.clock.advance(LIMITS.timeout - LIMITS.impatience)
        self.failureResultOf(patient, Overloaded)
        self.assertEqual(2, self.counted("api_refusals", "waited"))
        self.assertEqual(0, self.counted("api_waiting"))

    def test_works_too_long(self) -> None:
        """Who waits for slow work is told when the time is over; its place stays taken until it ends."""
        slow = self.run_for()
        self.clock.advance(LIMITS.timeout / 2)
        waiting = self.run_for()
        self.clock.advance(LIMITS.timeout / 2)
        self.failureResultOf(slow, Overloaded)
        self.assertEqual(1, self.counted("api_refusals", "timeout"))
        self.assertNoResult(waiting)
        self.works[0].callback("late")
        self.assertEqual(["late"], self.discarded)
        self.assertEqual(2, len(self.works))

    def test_many_at_once(self) -> None:
        """However many wait, and however soon each is over, they are served without an end of the stack."""
        turns = RequestTurns(QueueLimits(places=1, room=3000), self.clock, self.tally)
        block: Deferred[str] = Deferred()

        async def slow() -> str:
            return await block

        async def quick() -> str:
            return "quick"

        Deferred.fromCoroutine(turns.run("a", slow, self.discarded.append))
        waiting = [Deferred.fromCoroutine(turns.run("a", quick, self.discarded.append)) for _ in range(2000)]
        block.callback("")
        for one in waiting:
            self.assertEqual("quick", self.successResultOf(one))


class Requests(ApiCase):
    """Requests over the site, which has one place and room for two."""

    def setUp(self) -> None:
        """A route whose answers the test gives."""
        super().setUp()
        self.works: list[Deferred[Answer]] = []
        routes = [
            Route(("POST",), "/slow", self.slow),
            Route(("POST",), "/lock", self.slow, impatient=True),
            Route(("GET",), "/open", _public, access="public"),
        ]
        self.site = ApiSite(
            make_api(
                self.store,
                self.store,
                self.issuer,
                self.options(queue=LIMITS),
                self.clock,
                self.now,
                secrets.randbelow,
                routes=routes,
            ),
            self.clock,
        )

    def slow(self, call: Call) -> Awaitable[Answer]:
        """An operation that takes as long as the test wants."""
        self.works.append(Deferred())
        return self.works[-1]

    def ask(self, account: Account, path: str = "/slow") -> Connection:
        """Send a request on a new connection."""
        connection = Connection(self.site)
        connection.send(
            f"POST {path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {account.token}\r\n"
            "Content-Length: 0\r\n\r\n".encode()
        )
        return connection

    def test_overload(self) -> None:
        """What there is no room for is answered 503 in the envelope of errors, with the time to come again."""
        for _ in range(3):
            self.ask(self.alice)
        response = self.ask(self.alice).response()
        self.assertEqual(503, response.status)
        self.assertRegex(response.headers["retry-after"], r"\A[1-9]\d*\Z")
        self.assertEqual(1, len(response.errors))

    def test_others_have_their_turn(self) -> None:
        """One user's many requests do not keep another's away."""
        connections = [self.ask(self.alice) for _ in range(3)]
        other = self.ask(self.bob)
        self.assertEqual(503, connections[-1].response().status)
        self.works[0].callback(Answer({}))
        self.works[1].callback(Answer({}))
        self.works[2].callback(Answer({"who": "bob"}))
        self.assertEqual({"who": "bob"}, other.response().json)

    def test_public(self) -> None:
        """What needs no token, such as health checks, never waits."""
        self.ask(self.alice)
        self.assertEqual({}, self.ok("GET", "/open"))

    def test_lock(self) -> None:
        """A request that is of no use later is refused soon."""
        self.ask(self.alice)
        lock = self.ask(self.bob, "/lock")
        self.clock.advance(LIMITS.impatience)
        self.assertEqual(503, lock.response().status)

    def test_client_goes(self) -> None:
        """A client that goes while its request waits frees the room, and the work is never begun."""
        self.ask(self.alice)
        gone, _ = self.ask(self.alice), self.ask(self.alice)
        gone.transport.loseConnection()
        late = self.ask(self.alice)
        self.assertEqual(b"", late.received())
        for work in range(3):
            self.works[work].callback(Answer({}))
        self.assertEqual(3, len(self.works))
        self.assertEqual(200, late.response().status)

    def test_slow_reader(self) -> None:
        """A place is free as soon as the answer is there, whether or not the client takes it."""
        reader = self.ask(self.alice)
        self.ask(self.bob)
        self.works[0].callback(Answer({"long": "x" * 1_000_000}))
        self.assertEqual(2, len(self.works))
        self.assertEqual(200, reader.response().status)

    def test_lock_route(self) -> None:
        """Of the API's own routes it is that which locks a container."""
        self.assertEqual(["lock"], [route.name for route in ROUTES if route.impatient])


async def _public(call: Call) -> Any:
    return Answer({})
