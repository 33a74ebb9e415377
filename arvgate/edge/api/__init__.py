"""
The record API: JSON over HTTP for the SDKs, the command line, runners and pages.

Not here: the store (L{arvgate.records}), and the front to the outside, which is the HTTPS door: to it this
is one more upstream on a unix socket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from twisted.internet.interfaces import IReactorTime

from arvgate.edge.api.call import Api, ApiOptions, InThread, Observed
from arvgate.edge.api.queue import QueueLimits, RequestTurns
from arvgate.edge.api.route import Route
from arvgate.edge.api.router import ApiResource
from arvgate.edge.api.routes import ROUTES
from arvgate.edge.api.site import ApiSite
from arvgate.edge.api.wrong_credentials import WrongCredentials
from arvgate.interfaces import IIssuer, IRecords, ITokens
from arvgate.net.tally import Tally

__all__ = ["ApiOptions", "ApiResource", "ApiSite", "InThread", "QueueLimits", "make_api"]

T = TypeVar("T")


async def _here(work: Callable[[], T]) -> T:
    return work()


def make_api(
    records: IRecords,
    tokens: ITokens,
    issuer: IIssuer,
    options: ApiOptions,
    clock: IReactorTime,
    now: Callable[[], datetime],
    randbelow: Callable[[int], int],
    in_thread: InThread = _here,
    observed: Observed | None = None,
    tally: Tally | None = None,
    routes: Iterable[Route] = ROUTES,
) -> ApiResource:
    """
    The whole API as a resource, to be served by an L{ApiSite}.

    @param clock: for what waits.
    @param now: the aware UTC time.
    @param randbelow: as C{secrets.randbelow}.
    @param in_thread: runs what would hold up the reactor, such as parsing a large body; by default it runs
        here.
    @param observed: what there is to see of the gateway as a whole.
    @param tally: where what waits and what is refused is counted.
    """
    api = Api(records, tokens, issuer, options, now, randbelow, in_thread, observed)
    counts = tally or Tally()
    return ApiResource(api, routes, RequestTurns(options.queue, clock, counts), WrongCredentials(clock, counts))
