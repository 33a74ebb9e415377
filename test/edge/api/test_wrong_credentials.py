"""Tests of L{arvgate.edge.api.wrong_credentials}, alone and behind the API's site."""

from __future__ import annotations

import base64

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.edge.api.wrong_credentials import WrongCredentials
from arvgate.net.tally import Tally
from test.edge.api.case import ApiCase, Connection

HERE, THERE = "192.0.2.1", "192.0.2.2"
WRONG = "v2/zzzzz-gj3su-000000000000000/wrongwrongwrongwrongwrong"


class Holding(SynchronousTestCase):
    """Answers that wait."""

    def setUp(self) -> None:
        """Nobody has failed yet."""
        self.clock = Clock()
        self.tally = Tally()
        self.wrong = WrongCredentials(self.clock, self.tally)

    def hold(self, address: str = HERE) -> Deferred[None]:
        """One more failure."""
        return Deferred.fromCoroutine(self.wrong.hold(address))

    def fail(self, times: int, address: str = HERE) -> None:
        """Failures whose answers nobody looks at."""
        for _ in range(times):
            self.hold(address)

    def test_a_few_are_free(self) -> None:
        """The first failures of an address are answered at once."""
        for _ in range(9):
            self.successResultOf(self.hold())

    def test_wait_grows(self) -> None:
        """Then each waits longer, and never longer than some seconds."""
        self.fail(9)
        for seconds in (1, 2, 4, 8, 10, 10):
            held = self.hold()
            self.clock.advance(seconds - 0.01)
            self.assertNoResult(held)
            self.clock.advance(0.01)
            self.successResultOf(held)
        self.assertEqual({("api_slowed",): 6.0}, self.tally.take())

    def test_other_addresses(self) -> None:
        """Another address is not slowed."""
        self.fail(20)
        self.successResultOf(self.hold(THERE))

    def test_bounded(self) -> None:
        """No more than a few answers of an address wait; others are given at once."""
        self.fail(9 + 32)
        self.successResultOf(self.hold())
        self.assertEqual(32, len(self.clock.getDelayedCalls()))

    def test_bounded_in_all(self) -> None:
        """However many addresses there are, a bounded number of answers waits."""
        for number in range(20):
            self.fail(9 + 32, f"192.0.2.{number}")
        self.assertEqual(512, len(self.clock.getDelayedCalls()))

    def test_client_goes(self) -> None:
        """Who does not wait for the answer makes room."""
        self.fail(9)
        held = self.hold()
        held.cancel()
        self.failureResultOf(held, CancelledError)
        self.assertEqual([], self.clock.getDelayedCalls())
        self.assertEqual(0, self.wrong._waiting.total())


class Requests(ApiCase):
    """Requests with wrong credentials."""

    def ask(self, authorization: str, address: str = HERE, path: str = "/arvados/v1/users/current") -> Connection:
        """Send a request on a new connection."""
        connection = Connection(self.site)
        connection.send(
            f"GET {path} HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: {address}\r\n"
            f"Authorization: {authorization}\r\n\r\n".encode()
        )
        return connection

    def slow_down(self, authorization: str) -> Connection:
        """The first connection whose answer waits."""
        for _ in range(12):
            connection = self.ask(authorization)
            if not connection.transport.value():
                return connection
            self.assertEqual(401, connection.response().status)
        raise self.failureException("no answer waits")

    def test_every_form(self) -> None:
        """Wrong tokens of every form are slowed and then answered 401, never told to come again."""
        basic = base64.b64encode(f"none:{WRONG}".encode()).decode()
        for authorization in (f"Bearer {WRONG}", f"OAuth2 {WRONG}", f"Basic {basic}", "Bearer no/token/at all"):
            self.site = self.make_site()
            held = self.slow_down(authorization)
            self.clock.advance(10)
            response = held.response()
            self.assertEqual((401, ["Not logged in"]), (response.status, response.errors))
            self.assertNotIn("retry-after", response.headers)

    def test_reader_tokens(self) -> None:
        """Wrong tokens of readers are slowed too."""
        path = f"/arvados/v1/users/current?reader_tokens=[%22{WRONG}%22]"
        for _ in range(9):
            self.assertEqual(401, self.ask("", path=path).response().status)
        self.assertEqual(b"", self.ask("", path=path).received())

    def test_valid_tokens(self) -> None:
        """A valid token of the same address is answered at once, and no token at all too."""
        self.slow_down(f"Bearer {WRONG}")
        self.assertEqual(200, self.ask(f"Bearer {self.alice.token}").response().status)
        self.assertEqual(401, self.ask("").response().status)

    def test_management_token(self) -> None:
        """A wrong ManagementToken is slowed too, and the right one is not."""
        for _ in range(9):
            self.assertEqual(403, self.ask("Bearer wrong", path="/_health/ping").response().status)
        held = self.ask("Bearer wrong", path="/_health/ping")
        self.assertEqual(b"", held.received())
        self.clock.advance(10)
        self.assertEqual(403, held.response().status)

    def test_no_place_taken(self) -> None:
        """Answers that wait keep nobody from being served."""
        for _ in range(40):
            self.ask(f"Bearer {WRONG}")
        self.assertEqual(0, self.site.resource._turns._queue.working)  # type: ignore[attr-defined]

    def test_client_goes(self) -> None:
        """Nothing is left of a client that goes."""
        held = self.slow_down(f"Bearer {WRONG}")
        held.transport.loseConnection()
        self.assertEqual(0, self.site.resource._wrong._waiting.total())  # type: ignore[attr-defined]
