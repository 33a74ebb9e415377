"""Tests of L{arvgate.runner.api_client} against an API in memory."""

from __future__ import annotations

import json
from collections.abc import Callable

from treq.testing import StubTreq
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import IResource
from twisted.web.server import Request
from zope.interface import implementer

from arvgate.errors import Ended, Invalid
from arvgate.model.tokens import Token, parse_token
from arvgate.runner.api_client import ContainerApi, pause_before, trust_root

UUID = "zzzzz-dz642-000000000000001"
TOKEN = "v2/zzzzz-gj3su-000000000000001/" + "s" * 50


@implementer(IResource)
class Api:
    """A record API that answers as a test says, and remembers what it was asked."""

    isLeaf = True

    def __init__(self) -> None:
        self.asked: list[tuple[bytes, bytes, bytes, str | None]] = []
        self.answers: list[tuple[int, bytes]] = []

    def render(self, request: Request) -> bytes:
        """Answer."""
        authorization = request.getHeader("Authorization")
        self.asked.append((request.method, request.path, request.content.read(), authorization))
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        request.setResponseCode(status)
        return body


class Refusing:
    """A network that lets nothing through so often, and then all."""

    def __init__(self, client: StubTreq, times: int) -> None:
        self._client = client
        self._times = times

    def request(self, *arguments: object, **more: object) -> Deferred[object]:
        """Refuse, or pass it on."""
        if self._times:
            self._times -= 1
            failed: Deferred[object] = Deferred()
            failed.errback(Failure(ConnectionRefusedError()))
            return failed
        return self._client.request(*arguments, **more)


class ContainerApiTests(SynchronousTestCase):
    """Calls of one runner."""

    def setUp(self) -> None:
        """An API that answers with a record."""
        self.api = Api()
        self.api.answers = [(200, b'{"state": "Locked"}')]
        self.clock = Clock()
        self.network = StubTreq(self.api)

    def client(self, refusals: int = 0) -> ContainerApi:
        """A client, before whom the network fails so often."""
        token = parse_token(TOKEN)
        assert isinstance(token, Token)
        network = Refusing(self.network, refusals)
        return ContainerApi(self.clock, network, "https://api/arvados/v1/", UUID, token, lambda bound: 0)

    def finish(self, call: Callable[[], object]) -> Deferred[object]:
        """Begin a call and let memory do its work."""
        result = Deferred.fromCoroutine(call())
        self.network.flush()
        return result

    def test_get(self) -> None:
        """The container's record is asked for with the lock token."""
        self.assertEqual({"state": "Locked"}, self.successResultOf(self.finish(self.client().get)))
        expected = (b"GET", b"/arvados/v1/containers/" + UUID.encode(), b"", f"Bearer {TOKEN}")
        self.assertEqual([expected], self.api.asked)

    def test_update(self) -> None:
        """A report is sent as the record's attributes."""
        self.successResultOf(self.finish(lambda: self.client().update({"state": "Running"})))
        method, _, body, _ = self.api.asked[0]
        self.assertEqual((b"PATCH", {"container": {"state": "Running"}}), (method, json.loads(body)))

    def test_container_token(self) -> None:
        """The container's own token names the container."""
        self.api.answers = [(200, b'{"uuid": "token-uuid", "api_token": "secret"}')]
        text = self.successResultOf(self.finish(self.client().container_token))
        self.assertEqual(f"v2/token-uuid/secret/{UUID}", text)

    def test_over(self) -> None:
        """Answers that will not change end the cycle at once."""
        for status in (400, 401, 403, 404, 422):
            self.api.answers = [(status, b'{"errors": ["no"]}')]
            self.failureResultOf(self.finish(self.client().get), Ended)
            self.assertEqual([], self.clock.getDelayedCalls())

    def test_again(self) -> None:
        """Answers that may change, and what is no record, are asked for again until there is one."""
        for answer in ((503, b""), (500, b"x"), (409, b""), (429, b""), (200, b"not json"), (200, b"[]"), (302, b"{}")):
            self.api.answers = [answer, answer, (200, b'{"state": "Locked"}')]
            result = self.finish(self.client().get)
            for _ in range(2):
                self.assertNoResult(result)
                self.clock.advance(30.0)
                self.network.flush()
            self.assertEqual({"state": "Locked"}, self.successResultOf(result))

    def test_network(self) -> None:
        """A network that fails is tried again, however often."""
        result = self.finish(self.client(refusals=50).get)
        for _ in range(50):
            self.clock.advance(30.0)
            self.network.flush()
        self.assertEqual({"state": "Locked"}, self.successResultOf(result))

    def test_cancelled(self) -> None:
        """A call that nobody wants any more is not tried again."""
        result = self.finish(self.client(refusals=5).get)
        result.cancel()
        self.failureResultOf(result)
        self.assertEqual([], self.clock.getDelayedCalls())


class PauseTests(SynchronousTestCase):
    """The pauses between tries."""

    def test_growing(self) -> None:
        """They double from half a second, up to half a minute, and no two runners need have the same."""
        longest = [pause_before(attempt, lambda bound: bound - 1) for attempt in (1, 2, 3, 7, 1000)]
        self.assertEqual([0.5, 1.0, 2.0, 30.0, 30.0], longest)
        self.assertEqual(0.25, pause_before(1, lambda bound: 0))


class TrustTests(SynchronousTestCase):
    """Whom a runner trusts."""

    def test_no_certificate(self) -> None:
        """A text that is no certificate is invalid, and is not repeated."""
        for text in ("nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
            with self.assertRaises(Invalid) as caught:
                trust_root(text)
            self.assertNotIn("AAAA", caught.exception.sentence)

    def test_machine(self) -> None:
        """Without a text it is the machine's authorities."""
        self.assertIsNotNone(trust_root(""))
