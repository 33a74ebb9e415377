"""
Which requests that other web pages make are let into a private port.

All container hosts are one site to a browser, so that its SameSite cookies do not part them; this does.  Not
here: who is logged in, and public ports, to which anybody's page may send anything.
"""

from __future__ import annotations

from arvgate.errors import Forbidden
from arvgate.model.locations import Listing
from arvgate.model.targets import ContainerTarget, NamedTarget, PortTarget
from arvgate.wire.origin import SAFE_METHODS, RequestOrigin
from arvgate.wire.vhost import HostNames, canonical_host, read_origin

__all__ = ["check_siblings", "is_of_container"]


def check_siblings(request: RequestOrigin, listing: Listing, names: HostNames) -> None:
    """
    Let a request pass or raise.

    @raise Forbidden: the page that made it may not make it.
    """
    if _passes(request) or _same_container(request, listing, names) or _relaxed(listing):
        return
    raise Forbidden("This request was made by a page of another site, which may only link to this container.")


def _passes(request: RequestOrigin) -> bool:
    if request.ahead_of_time:
        # By rules of speculation a browser says "none" here of what a neighbour's page asks for.
        return request.site == b"same-origin"
    if request.site is not None:
        return request.site in (b"same-origin", b"none") or request.is_navigation
    if request.fetch_metadata:
        return request.is_navigation
    if request.origin is None or (request.method in SAFE_METHODS and not request.upgrade):
        return True
    return _is_own(request)


def _is_own(request: RequestOrigin) -> bool:
    origin = request.origin or b""
    own = canonical_host(request.host)
    return own is not None and origin.startswith(b"https://") and canonical_host(origin[8:]) == own


def _same_container(request: RequestOrigin, listing: Listing, names: HostNames) -> bool:
    """Whether the page is served by any port of the same container."""
    source = request.origin if request.origin is not None else request.referer
    return source is not None and is_of_container(source, listing, names)


def is_of_container(origin: bytes, listing: Listing, names: HostNames) -> bool:
    """
    Whether an origin is any port of a container, by whatever host name.

    @param origin: an Origin header or a Referer.
    """
    match read_origin(origin, names):
        case ContainerTarget(uuid=uuid):
            return uuid in (listing.container_uuid, *(facts.uuid for facts in listing.requests))
        case PortTarget(external_port=port):
            return port in listing.external_ports
        case NamedTarget(name=name):
            return name in listing.names
        case _:
            return False


def _relaxed(listing: Listing) -> bool:
    """
    Whether every request of the container allows it on this port: one that does not is enough to forbid it.
    """
    return bool(listing.requests) and all(listing.port in facts.cross_site for facts in listing.requests)
