"""
The front of the HTTPS door: each request goes to whom its Host names, those to the API and its pages to control.

Not here: connections and TLS (L{arvgate.net.listener}, L{arvgate.net.http_server}).
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.logger import Logger

from arvgate.edge.https.answers import answer_error
from arvgate.edge.https.container import ContainerHosts
from arvgate.edge.https.examining import Examiner
from arvgate.edge.https.forwarding import from_api, pass_on, to_api
from arvgate.edge.https.hsts import transport_security
from arvgate.edge.https.options import CanLease, DoorOptions, Watch
from arvgate.edge.https.why import WhyPages
from arvgate.edge.pages.failure import FailurePage
from arvgate.errors import Overloaded, PeerFault, StoreUnavailable, TooLarge, UnknownHost
from arvgate.gate import Gate
from arvgate.interfaces import IDirectory, IIssuer, IWaiting
from arvgate.net.http_exchange import Exchange
from arvgate.wire.http1.head import RequestHead
from arvgate.wire.origin import RequestOrigin, read_origin_fields
from arvgate.wire.request_id import request_id
from arvgate.wire.vhost import ApiHost, read_host

__all__ = ["HttpsDoor"]

_log = Logger()

#: What of the API's host is for people; only accounts tell them apart.
_PAGES = frozenset([b"/", b"/login", b"/logout", b"/why"])


class HttpsDoor:
    """
    Answers every request that comes over HTTPS.

    @param watch: tells when a grant no longer holds.
    @param api: the way to the record API.
    @param randbelow: as C{secrets.randbelow}.
    """

    def __init__(
        self,
        options: DoorOptions,
        gate: Gate[CanLease],
        issuer: IIssuer,
        directory: IDirectory,
        watch: Watch,
        api: CanLease,
        randbelow: Callable[[int], int],
        waiting: IWaiting,
    ) -> None:
        self._options = options
        self._api = api
        self._randbelow = randbelow
        self._elsewhere = FailurePage(home=f"https://{options.names.api_host}/")
        self._containers = ContainerHosts(options, gate, issuer, directory, watch, waiting)
        self._why = WhyPages(options.names, Examiner(options.names, gate))

    async def respond(self, exchange: Exchange) -> None:
        """Answer one request."""
        head = exchange.head
        exchange.request_id = request_id(head.headers, self._randbelow)
        meaning = read_host(head.host, self._options.names)
        if meaning is None:
            answer_error(exchange, UnknownHost(), _origin(head).wants_page, self._elsewhere)
            return
        exchange.standing = transport_security(head.host, self._options.hsts)
        if not isinstance(meaning, ApiHost):
            await self._containers.respond(exchange, meaning)
            return
        exchange.facts.kind = "page" if head.target.partition(b"?")[0] in _PAGES else "api"
        if self._why.takes(head):
            await self._why.respond(exchange)
        else:
            await self._to_api(exchange)

    async def _to_api(self, exchange: Exchange) -> None:
        head, facts = exchange.head, exchange.facts
        headers = to_api(head, exchange.peer, exchange.request_id, self._options)
        try:
            await pass_on(exchange, self._api, head.target, headers, lambda answer: from_api(answer, facts))
        except PeerFault as error:
            _log.warn(
                "{request_id} the record API gave no answer: {detail}",
                request_id=exchange.request_id.decode(),
                detail=error.detail,
            )
            answer_error(exchange, StoreUnavailable(), _origin(head).wants_page)
        except (Overloaded, TooLarge) as error:
            answer_error(exchange, error, _origin(head).wants_page)


def _origin(head: RequestHead) -> RequestOrigin:
    return read_origin_fields(head.method, head.host, head.headers, bool(head.upgrade))
