"""
What can be said of a request before it is known what it is about.

Not here: routing and authentication (L{arvgate.edge.api.router}).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

import attrs
import orjson
from twisted.web.server import Request

from arvgate.errors import BadRequest
from arvgate.model.ids import random_base36
from arvgate.wire.parameters import FORM, MULTIPART, Pairs, body_format, effective_method, parse_form, parse_pairs

__all__ = ["CORS", "Arrival", "json_bytes", "read_arrival", "request_id_of"]

#: Every answer's headers for pages of other origins (reference F.1); tokens are never in cookies here.
CORS: Final = (
    (b"Access-Control-Allow-Origin", b"*"),
    (b"Access-Control-Allow-Methods", b"GET, HEAD, OPTIONS, PROPFIND, PUT, POST, PATCH, DELETE"),
    (b"Access-Control-Allow-Headers", b"Authorization, Content-Type, Range, X-Http-Method-Override"),
    (b"Access-Control-Expose-Headers", b"Content-Range"),
    (b"Access-Control-Max-Age", b"86486400"),
)

_REQUEST_ID: Final = re.compile(r"[!-~]{1,1024}\Z")


@attrs.frozen
class Arrival:
    """
    A request as it arrived.

    @ivar method: the effective one.
    @ivar path: decoded, without the query; bytes that are not UTF-8 are there as surrogates.
    @ivar rest: the end of the path, where a route takes it; begins with a slash or is empty.
    @ivar content: the bytes of a JSON body; empty if there is none.
    @ivar headers: lower-case name to value, repeated ones joined.
    """

    request_id: str
    method: str
    path: str
    query: Pairs
    form: Pairs
    content: bytes = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.field(repr=False)
    rest: str = ""

    @property
    def client_address(self) -> str:
        """The address of the client, which the door wrote down last; empty: it did not come through the door."""
        return self.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()


def request_id_of(request: Request, randbelow: Callable[[int], int]) -> str:
    """The request's id: the client's own if it is printable and not too long, else a new one."""
    given = request.requestHeaders.getRawHeaders("X-Request-Id", [""])[0]
    return given if _REQUEST_ID.match(given) else f"req-{random_base36(20, randbelow)}"


def read_arrival(request: Request, request_id: str) -> Arrival:
    """
    Read a request whose body has arrived.

    @raise BadRequest: a header's name, the query, form or content type cannot be understood.
    """
    assert request.content is not None
    path = unquote_to_bytes(request.path).decode("utf-8", "surrogateescape")
    try:
        headers = {
            name.decode("ascii").lower(): b", ".join(values).decode("latin-1")
            for name, values in request.requestHeaders.getAllRawHeaders()
        }
    except UnicodeDecodeError:
        raise BadRequest("The name of a header is not ASCII") from None
    query = parse_pairs(request.uri.partition(b"?")[2])
    content = request.content.read()
    form: Pairs = ()
    content_type = headers.get("content-type")
    if body_format(content_type, len(content)) in (FORM, MULTIPART):
        form, content = parse_form(content_type, content), b""
    given = request.method.decode("ascii")
    method = effective_method(given, headers.get("x-http-method-override"), (*query, *form))
    return Arrival(request_id, method, path, query, form, content, headers)


def json_bytes(value: object) -> bytes:
    """The bytes of a JSON body, with a line end."""
    try:
        return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # whole numbers of more than 64 bits, which JSON can hold all the same
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"
