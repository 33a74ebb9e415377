"""
Who may enter a port of a container by the web.

The rules are those of the design's "Who may enter" and "Answers".  Not here: who is asking
(L{arvgate.policy.authenticator}), the rules against other web pages (L{arvgate.policy.siblings}).
"""

from __future__ import annotations

from datetime import datetime

from arvgate.errors import Ended, Forbidden, NotAuthenticated, NotFound, NotReady
from arvgate.model.grants import Grant
from arvgate.model.locations import Listing
from arvgate.model.principals import Principal
from arvgate.policy.scopes import covers, only_ports, permits_port

__all__ = ["authorize", "check_running"]

_ENDED = frozenset({"Complete", "Cancelled"})


def authorize(principal: Principal, listing: Listing | None, now: datetime) -> Grant:
    """
    Decide whether C{principal} may enter the port of C{listing}, as soon as it runs (L{check_running}).

    @param listing: made for that principal's user; None where there is no such container.
    @param now: aware UTC time; a principal whose token has expired since counts as not logged in.
    @raise NotAuthenticated: nobody is logged in and the port is not public, or there is no such container; a token that
        is only for ports, and not for this one, counts as none.
    @raise NotFound: there is no such container, or the principal may not know of it; both are one answer.
    @raise Forbidden: the principal may know of it and may not enter; the sentence says why.
    """
    expired = principal.expires_at is not None and principal.expires_at <= now
    nobody = principal.user_uuid is None or expired
    public = listing is not None and _is_public(listing)
    if nobody and not public:
        raise NotAuthenticated(detail="token expired" if expired else "no token")
    if listing is None:
        raise _unknown(principal, "no such container")
    if not public:
        _check_private(principal, listing)
    return Grant(principal=principal, listing=listing, public=public)


def check_running(listing: Listing) -> None:
    """
    Let through if the container runs.

    @raise NotReady: it may be entered once it runs.
    @raise Ended: it ran.
    """
    state = listing.state
    if state in _ENDED:
        raise Ended(f"The container has ended (state is {state}).")
    if state != "Running":
        raise NotReady(f"The container is not running yet (state is {state}).")


def _unknown(principal: Principal, detail: str) -> NotFound | NotAuthenticated:
    """
    The answer to who may not know of a container.

    A browser's cookie, which is for one port, is here no login: a name or an external port may lead to another
    container than when the browser got it, and whoever has it must be able to log in.
    """
    return NotAuthenticated(detail=detail) if only_ports(principal.scopes) else NotFound(detail=detail)


def _is_public(listing: Listing) -> bool:
    """Whether anybody may enter: a request that forbids the web outweighs a port published to all."""
    return listing.port in listing.public_ports and all(request.web for request in listing.requests)


def _check_private(principal: Principal, listing: Listing) -> None:
    """Raise unless that user may enter by that token, whatever the container's state."""
    uuid = listing.container_uuid
    if not principal.is_admin and not any(request.readable for request in listing.requests):
        raise _unknown(principal, f"user {principal.user_uuid} can read no request of {uuid}")
    if not permits_port(principal.scopes, uuid, listing.port):
        if not covers(principal.scopes, "GET", f"/arvados/v1/containers/{uuid}"):
            raise _unknown(principal, f"scopes of token {principal.token_uuid} do not cover {uuid}")
        raise Forbidden("This token's scopes do not cover this port of the container.")
    if not all(request.web for request in listing.requests):
        raise Forbidden("Web access to this container is switched off by a property of its container request.")
    if not principal.is_admin and not all(request.readable and request.writable for request in listing.requests):
        raise Forbidden("You need write permission on every container request that shares this container.")
