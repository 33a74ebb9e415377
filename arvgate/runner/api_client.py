"""
The runner's way to the record API: its own container's record, read and written with the lock token, over HTTPS.

A call is repeated, with growing pauses, until the API answers: the gateway may be restarting, and what is reported
must arrive.  Only the answer that this lock cycle is over ends it.  Not here: what is reported when
(L{arvgate.runner.lifecycle}).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final, TypeVar

import treq
from OpenSSL import SSL, crypto
from treq.client import HTTPClient
from twisted.internet import error
from twisted.internet.defer import CancelledError, Deferred, TimeoutError
from twisted.internet.ssl import Certificate, platformTrust, trustRootFromCertificates
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web._newclient import RequestNotSent
from twisted.web.client import (
    Agent,
    BrowserLikePolicyForHTTPS,
    HTTPConnectionPool,
    RequestTransmissionFailed,
    ResponseFailed,
)
from twisted.web.http_headers import Headers
from zope.interface import implementer

from arvgate.errors import Ended, Invalid
from arvgate.interfaces import IContainerApi
from arvgate.model.records import Record
from arvgate.model.tokens import Token

__all__ = ["ContainerApi", "https_client", "pause_before", "trust_root"]

_T = TypeVar("_T")

#: Seconds that one try may take.
_TIMEOUT: Final = 30.0
_CONNECT_TIMEOUT: Final = 10.0
#: Seconds between tries at most.
_LONGEST_PAUSE: Final = 30.0
#: Client errors that another try may mend (as the Arvados clients see it).
_PASSING: Final = frozenset({408, 409, 423, 425, 429})
_NETWORK_ERRORS: Final = (
    OSError, error.ConnectError, error.ConnectionClosed, RequestNotSent, RequestTransmissionFailed, ResponseFailed,
    SSL.Error, TimeoutError,
)  # fmt: skip


def pause_before(attempt: int, randbelow: Callable[[int], int]) -> float:
    """Seconds to wait before try number C{attempt} (the first repetition is 1): doubling, with jitter, bounded."""
    longest = min(_LONGEST_PAUSE, 0.5 * 2.0 ** min(attempt - 1, 10))
    return longest * (0.5 + randbelow(1001) / 2000)


def trust_root(ca: str) -> Any:
    """
    The CAs in C{ca} (PEM text; empty: those of the machine), for L{https_client}.

    @raise Invalid: the text has no certificate or a damaged one.
    """
    if not ca:
        return platformTrust()
    marker = "-----END CERTIFICATE-----"
    pieces = [piece + marker for piece in ca.split(marker)[:-1]]
    try:
        found = [Certificate.loadPEM(piece.encode()) for piece in pieces]
    except (SSL.Error, crypto.Error, ValueError) as problem:
        raise Invalid("ARVADOS_API_CA has a certificate that cannot be read") from problem
    if not found:
        raise Invalid("ARVADOS_API_CA contains no certificate")
    return trustRootFromCertificates(found)


def https_client(reactor: Any, trust: Any, pool: HTTPConnectionPool) -> HTTPClient:
    """A client for HTTPS servers that C{trust} vouches for; its connections are C{pool}'s, which the caller closes."""
    policy = BrowserLikePolicyForHTTPS(trust)
    return HTTPClient(Agent(reactor, contextFactory=policy, connectTimeout=_CONNECT_TIMEOUT, pool=pool))


@implementer(IContainerApi)
class ContainerApi:
    """
    L{IContainerApi} over HTTP.

    @param client: asked for C{base} and paths below it, e.g. C{https://localhost:443/arvados/v1/}.
    """

    log = Logger()

    def __init__(
        self,
        reactor: Any,
        client: HTTPClient,
        base: str,
        uuid: str,
        token: Token,
        randbelow: Callable[[int], int],
    ) -> None:
        self._reactor = reactor
        self._client = client
        self._record = f"{base}containers/{uuid}"
        self._uuid = uuid
        self._token = token
        self._randbelow = randbelow

    async def get(self) -> Record:
        """The record."""
        return await self._call("GET", self._record)

    async def update(self, attributes: Mapping[str, Any]) -> Record:
        """Change fields of it."""
        return await self._call("PATCH", self._record, {"container": dict(attributes)})

    async def container_token(self) -> str:
        """The container's own token of this cycle."""
        answer = await self._call("GET", f"{self._record}/auth")
        return f"v2/{answer['uuid']}/{answer['api_token']}/{self._uuid}"

    async def _call(self, method: str, url: str, body: Mapping[str, Any] | None = None) -> Record:
        attempt = 0
        while True:
            attempt += 1
            problem: object
            try:
                status, answer = await _abandonable(self._try(method, url, body)).addTimeout(_TIMEOUT, self._reactor)
                if status < 300 and isinstance(answer, dict):
                    return answer
                if 400 <= status < 500 and status not in _PASSING:
                    raise Ended("This run of the container is over.", detail=f"{method} {url}: {status} {answer!r}")
                problem = f"status {status}"
            except _NETWORK_ERRORS as failure:
                problem = failure
            if attempt == 1 or attempt % 20 == 0:
                self.log.warn(
                    "{method} {url} failed and is tried again: {problem}", method=method, url=url, problem=problem
                )
            await deferLater(self._reactor, pause_before(attempt, self._randbelow))

    async def _try(self, method: str, url: str, body: Mapping[str, Any] | None) -> tuple[int, Any]:
        headers = Headers({"Authorization": [f"Bearer {self._token.v2}"], "Accept": ["application/json"]})
        data: bytes | None = None
        if body is not None:
            data = json.dumps(body).encode()
            headers.setRawHeaders("Content-Type", ["application/json"])
        response = await self._client.request(
            method, url, headers=headers, data=data, allow_redirects=False, reactor=self._reactor
        )
        text = await treq.content(response)
        if response.code >= 400:
            return response.code, text[:500].decode("utf-8", "replace")
        try:
            return response.code, json.loads(text)
        except ValueError:
            return response.code, None


def _abandonable(flow: Coroutine[Any, Any, _T]) -> Deferred[_T]:
    """
    What C{flow} answers or raises; when cancelled, CancelledError at once and nothing else.

    A request that is cancelled fails as if the network had failed, which would be taken for a reason to try again.
    """

    def abandon(answer: Deferred[_T]) -> None:
        answer.errback(CancelledError())
        running.cancel()

    def pass_on(result: _T | Failure) -> None:
        if not answer.called:
            answer.callback(result)

    answer: Deferred[_T] = Deferred(abandon)
    running = Deferred.fromCoroutine(flow)
    running.addBoth(pass_on)
    return answer
