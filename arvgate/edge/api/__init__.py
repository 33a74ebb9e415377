"""
The record API: JSON over HTTP for the SDKs, the command line, runners and pages.

Not here: the store (L{arvgate.records}), and the front to the outside, which is the HTTPS door: to it this
is one more upstream on a unix socket.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from arvgate.edge.api.call import Api, ApiOptions, InThread, Observed
from arvgate.edge.api.router import ApiResource
from arvgate.edge.api.routes import ROUTES
from arvgate.edge.api.site import ApiSite
from arvgate.interfaces import IIssuer, IRecords, ITokens

__all__ = ["ApiOptions", "ApiResource", "ApiSite", "InThread", "make_api"]

T = TypeVar("T")


async def _here(work: Callable[[], T]) -> T:
    return work()


def make_api(
    records: IRecords,
    tokens: ITokens,
    issuer: IIssuer,
    options: ApiOptions,
    now: Callable[[], datetime],
    randbelow: Callable[[int], int],
    in_thread: InThread = _here,
    observed: Observed | None = None,
) -> ApiResource:
    """
    The whole API as a resource, to be served by an L{ApiSite}.

    @param now: the aware UTC time.
    @param randbelow: as C{secrets.randbelow}.
    @param in_thread: runs what would hold up the reactor, such as parsing a large body; by default it runs
        here.
    @param observed: what there is to see of the gateway as a whole.
    """
    return ApiResource(Api(records, tokens, issuer, options, now, randbelow, in_thread, observed), ROUTES)
