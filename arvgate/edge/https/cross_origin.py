"""
What pages of other origins may do with the answers that the door makes itself (CORS, in the Fetch standard).

Pages of other ports of the same container may read errors, such as that nobody is logged in or that the app does not
listen yet.  A preflight, which browsers send without cookies, cannot reach a private app; the door answers it for every
page of a container, since whether the request itself may come is decided when it does.  Not here: that decision
(L{arvgate.policy.siblings}); and what an app allows, which is its own business.
"""

from __future__ import annotations

import re

from arvgate.edge.https.visit import Visit
from arvgate.errors import ArvgateError
from arvgate.interfaces import IDirectory
from arvgate.model.targets import ContainerTarget
from arvgate.policy.siblings import is_of_container
from arvgate.wire.http1.head import Headers
from arvgate.wire.vhost import ApiHost, HostNames, read_origin

__all__ = ["preflight_answer", "readable_by"]

_METHOD = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}\Z")
_NAMES = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z, \t]{1,4096}\Z")
#: Seconds that a browser may remember what it was told.
_MAX_AGE = b"60"


def preflight_answer(visit: Visit, names: HostNames) -> Headers | None:
    """
    The fields of the answer to a preflight of a page of any container of this cluster; None if it is none.

    They depend on nothing but the request, so that they tell nothing of what there is.
    """
    head, origin = visit.exchange.head, visit.origin.origin
    methods = head.get_all(b"access-control-request-method")
    if head.method != b"OPTIONS" or origin is None or len(methods) != 1 or not _METHOD.match(methods[0]):
        return None
    source = read_origin(origin, names)
    if source is None or isinstance(source, ApiHost):
        return None
    fields = [
        *_allowed(origin),
        (b"Access-Control-Allow-Methods", methods[0]),
        (b"Access-Control-Max-Age", _MAX_AGE),
        (b"Vary", b"Access-Control-Request-Method, Access-Control-Request-Headers"),
    ]
    wanted = head.get_all(b"access-control-request-headers")
    if len(wanted) == 1 and _NAMES.match(wanted[0]):
        fields.append((b"Access-Control-Allow-Headers", wanted[0]))
    return fields


async def readable_by(visit: Visit, directory: IDirectory, names: HostNames) -> Headers:
    """The fields by which the page that asked may read an error; none unless it is of the same container."""
    origin = visit.origin.origin
    source = None if origin is None else read_origin(origin, names)
    if origin is None or source is None or isinstance(source, ApiHost):
        return []
    target = visit.target
    if not (isinstance(source, ContainerTarget) and isinstance(target, ContainerTarget) and source.uuid == target.uuid):
        try:
            listing = await directory.locate(target, None)
        except ArvgateError:
            return []
        if listing is None or not is_of_container(origin, listing, names):
            return []
    return [*_allowed(origin), (b"Access-Control-Expose-Headers", b"Retry-After")]


def _allowed(origin: bytes) -> Headers:
    return [
        (b"Access-Control-Allow-Origin", origin),
        (b"Access-Control-Allow-Credentials", b"true"),
        (b"Vary", b"Origin"),
    ]
