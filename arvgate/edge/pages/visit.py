"""
One request for a page of the API's host, and its answer, as values.

Not here: routing (L{arvgate.edge.pages.site}) and who is logged in (L{arvgate.edge.pages.sessions}).
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

import attrs
from twisted.web.server import Request

from arvgate.errors import BadRequest, TooLarge
from arvgate.model.tokens import Token, parse_token
from arvgate.wire.cookies import SESSION_COOKIE, decode_token, find_cookie
from arvgate.wire.http1.head import Headers
from arvgate.wire.origin import RequestOrigin, read_origin_fields

__all__ = ["PageAnswer", "PageVisit", "origin_of", "read_visit", "redirection"]

_FORM_LIMIT = 65536
_FIELDS_LIMIT = 16


@attrs.frozen
class PageVisit:
    """
    A request for a page.

    @ivar fields: of the query, of a POST those of its form; the first of each name.
    @ivar session: the token in the session's cookie, valid or not.
    @ivar address: of the client.
    """

    method: str
    fields: Mapping[str, str] = attrs.field(repr=False)
    origin: RequestOrigin
    session: Token | None
    address: str
    request_id: str


@attrs.frozen
class PageAnswer:
    """What is answered."""

    status: int
    headers: Headers = attrs.field(repr=False)
    body: bytes = b""


def redirection(location: str, cookie: bytes | None = None) -> PageAnswer:
    """See Other, leaving no trace."""
    headers = [
        (b"Location", location.encode()),
        (b"Cache-Control", b"no-store"),
        (b"Referrer-Policy", b"no-referrer"),
    ]
    if cookie is not None:
        headers.append((b"Set-Cookie", cookie))
    return PageAnswer(303, headers)


def origin_of(request: Request) -> RequestOrigin:
    """What the browser says of where a request comes from."""
    fields = list(request.requestHeaders.getAllRawHeaders())
    pairs = [(name, value) for name, values in fields for value in values]
    host = (request.requestHeaders.getRawHeaders(b"host") or [b""])[0]
    return read_origin_fields(request.method, host, pairs, upgrade=False)


def read_visit(request: Request, request_id: str) -> PageVisit:
    """
    Read a request that has arrived.

    @raise BadRequest: its fields cannot be read.
    @raise TooLarge: its form is larger than any of ours.
    """
    headers = request.requestHeaders
    text = request.uri.partition(b"?")[2]
    if request.method == b"POST":
        assert request.content is not None
        text = request.content.read(_FORM_LIMIT + 1)
        if len(text) > _FORM_LIMIT:
            raise TooLarge
    cookie = find_cookie(headers.getRawHeaders(b"cookie") or [], SESSION_COOKIE)
    session = decode_token(cookie) if cookie else None
    return PageVisit(
        method=request.method.decode("ascii", "replace"),
        fields=_fields(text),
        origin=origin_of(request),
        session=parse_token(session) if session else None,
        address=(headers.getRawHeaders("X-Forwarded-For") or [""])[-1],
        request_id=request_id,
    )


def _fields(text: bytes) -> Mapping[str, str]:
    """The first value of each field of a form or query."""
    try:
        pairs = parse_qsl(text.decode("ascii"), keep_blank_values=True, max_num_fields=_FIELDS_LIMIT)
    except ValueError:
        raise BadRequest("The form's fields cannot be read.") from None
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found
