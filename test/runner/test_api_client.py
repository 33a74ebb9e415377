"""Tests of L{arvgate.runner.api_client}: against an API in memory, and over real connections."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from treq.client import HTTPClient
from treq.testing import StubTreq
from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.ssl import PrivateCertificate
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase
from twisted.web.client import Agent, HTTPConnectionPool
from twisted.web.server import Site

from arvgate.config.certificates import Issued, new_ca, new_server_certificate
from arvgate.errors import Ended, Invalid
from arvgate.model.tokens import Token, parse_token
from arvgate.runner.api_client import ContainerApi, https_client, pause_before, trust_root
from test.contract.container_api import CONTAINER, ContainerApiContract
from test.runner.record_api import Api, RecordApi

UUID = CONTAINER
TOKEN = "v2/zzzzz-gj3su-000000000000001/" + "s" * 50


class Refusing:
    """A network that lets nothing through so often, and then all."""

    def __init__(self, client: StubTreq, times: int) -> None:
        self._client = client
        self.times = times

    def request(self, *arguments: object, **more: object) -> Deferred[object]:
        """Refuse, or pass it on."""
        if self.times:
            self.times -= 1
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


class ContractTests(ContainerApiContract, SynchronousTestCase):
    """The client does what every L{IContainerApi} does, before an API that keeps a record."""

    def setUp(self) -> None:
        """An API, a network and a client."""
        self.clock = Clock()
        self.kept = RecordApi()
        self.network = StubTreq(self.kept)
        self.way = Refusing(self.network, 0)
        token = parse_token(TOKEN)
        assert isinstance(token, Token)
        self.api = ContainerApi(self.clock, self.way, "https://api/arvados/v1/", UUID, token, lambda bound: 0)

    def cut(self) -> None:
        """See L{ContainerApiContract}."""
        self.way.times = 1_000_000

    def mend(self) -> None:
        """See L{ContainerApiContract}."""
        self.way.times = 0
        self.clock.advance(30.0)
        self.network.flush()

    def end_cycle(self) -> None:
        """See L{ContainerApiContract}."""
        self.kept.over = True

    def call(self, flow: Coroutine[Any, Any, Any]) -> Deferred[Any]:
        """See L{ContainerApiContract}."""
        begun = super().call(flow)
        self.network.flush()
        return begun


class PausingClock(Clock):
    """
    A clock that knows when the client begins to pause.

    @ivar pausing: fires when the first pause has begun.
    """

    def __init__(self) -> None:
        super().__init__()
        self.pausing: Deferred[None] = Deferred()
        self._paused = False

    def callLater(self, when: float, what: Callable[..., object], *a: object, **kw: object) -> IDelayedCall:
        """A try's own limit is longer than the first pause."""
        if when < 1.0 and not self._paused:
            self._paused = True
            reactor.callLater(0, self.pausing.callback, None)
        return super().callLater(when, what, *a, **kw)


class SilentServer(Protocol):
    """A server that takes requests and says what its factory says, which is not enough."""

    def dataReceived(self, data: bytes) -> None:
        """A request."""
        self.factory.asked.callback(self)
        self.transport.write(self.factory.says)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The client has left."""
        self.factory.left.callback(None)


class RealNetworkTests(TestCase):
    """Calls over real connections, which behave differently when they are given up."""

    timeout = 30

    def setUp(self) -> None:
        """A server that answers nothing, and a client with a clock that stands still."""
        self.server = Factory.forProtocol(SilentServer)
        self.server.asked, self.server.left, self.server.says = Deferred(), Deferred(), b""
        port = reactor.listenTCP(0, self.server, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        self.clock = PausingClock()
        pool = HTTPConnectionPool(reactor)
        self.addCleanup(pool.closeCachedConnections)
        client = HTTPClient(Agent(reactor, pool=pool))
        token = parse_token(TOKEN)
        assert isinstance(token, Token)
        base = f"http://127.0.0.1:{port.getHost().port}/"
        self.api = ContainerApi(self.clock, client, base, UUID, token, lambda bound: 0)

    async def test_given_up(self) -> None:
        """A call that is given up while the API is silent has ended at once, and so has its connection."""
        call = Deferred.fromCoroutine(self.api.get())
        await self.server.asked
        call.cancel()
        self.failureResultOf(call, CancelledError)
        self.assertEqual([], self.clock.getDelayedCalls())
        await self.server.left

    async def test_silent(self) -> None:
        """A try that is not answered in time is given up for another one."""
        call = Deferred.fromCoroutine(self.api.get())
        await self.server.asked
        self.clock.advance(30.0)
        await self.server.left
        self.assertNoResult(call)
        self.server.asked, self.server.left = Deferred(), Deferred()
        self.clock.advance(1.0)
        await self.server.asked
        call.cancel()
        self.failureResultOf(call, CancelledError)
        await self.server.left

    async def test_half_an_answer(self) -> None:
        """An answer that breaks off is none: it is asked for again."""
        self.server.says = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"
        call = Deferred.fromCoroutine(self.api.get())
        (await self.server.asked).transport.loseConnection()
        await self.server.left
        self.server.asked, self.server.left = Deferred(), Deferred()
        self.server.says = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
        await self.clock.pausing
        self.clock.advance(1.0)
        self.assertEqual({}, await call)
        (await self.server.asked).transport.loseConnection()
        await self.server.left


class HttpsTests(TestCase):
    """Whom the client speaks to."""

    timeout = 30

    def setUp(self) -> None:
        """An HTTPS server for localhost with a CA of its own."""
        now = datetime(2026, 1, 1, tzinfo=UTC)
        self.ca, self.other_ca = new_ca("one", now), new_ca("other", now)
        issued = new_server_certificate(self.ca, ["localhost"], now)
        certificate = PrivateCertificate.loadPEM(issued.certificate_pem + issued.key_pem)
        self.kept = RecordApi()
        port = reactor.listenSSL(0, Site(self.kept), certificate.options(), interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        self.port = port.getHost().port

    def client(self, ca: Issued, clock: IReactorTime) -> ContainerApi:
        """A client that trusts that CA."""
        pool = HTTPConnectionPool(reactor)
        self.addCleanup(pool.closeCachedConnections)
        client = https_client(reactor, trust_root(ca.certificate_pem.decode()), pool)
        token = parse_token(TOKEN)
        assert isinstance(token, Token)
        return ContainerApi(clock, client, f"https://localhost:{self.port}/", UUID, token, lambda bound: 0)

    async def test_trusted(self) -> None:
        """A server that the CA vouches for is believed."""
        record = await self.client(self.ca, reactor).get()
        self.assertEqual("Locked", record["state"])

    async def test_not_trusted(self) -> None:
        """A server that it does not vouch for never sees the token; the call is tried again."""
        clock = PausingClock()
        call = Deferred.fromCoroutine(self.client(self.other_ca, clock).get())
        await clock.pausing
        self.assertNoResult(call)
        call.cancel()
        self.failureResultOf(call, CancelledError)
        self.assertEqual([], self.kept.asked)


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
