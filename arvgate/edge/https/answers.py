"""
Answers that the door makes itself: errors and redirects, for people as pages and for programs as JSON.

Nothing of them is kept by caches.  Not here: which error it is, and what the pages look like (L{arvgate.edge.pages}).
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from arvgate.edge.pages.failure import FailurePage, failure_page
from arvgate.edge.pages.rendering import page_headers
from arvgate.edge.status import error_body, error_headers, error_status
from arvgate.errors import ArvgateError
from arvgate.net.http_exchange import Exchange

__all__ = ["answer_error", "answer_page", "redirect"]

_NO_TRACES = [(b"Cache-Control", b"no-store"), (b"Referrer-Policy", b"no-referrer")]
_LOCKED_DOWN = [
    (b"X-Content-Type-Options", b"nosniff"),
    (b"X-Frame-Options", b"DENY"),
]
_ALONE = FailurePage(home="/")


def answer_error(
    exchange: Exchange,
    error: ArvgateError,
    for_person: bool,
    about: FailurePage = _ALONE,
    more: Sequence[tuple[bytes, bytes]] = (),
) -> None:
    """
    Answer with an error.

    @param about: what surrounds it on its page.
    @param more: further fields.
    """
    exchange.facts.error = error.code
    status, headers = error_status(error), [*error_headers(error), *more]
    if not for_person:
        headers = [*headers, *_NO_TRACES, *_LOCKED_DOWN, (b"Content-Type", b"application/json")]
        exchange.respond(status, headers, error_body(error))
        return
    about = attrs.evolve(about, request_id=exchange.request_id.decode("ascii", "replace"))
    answer_page(exchange, status, failure_page(error, about), headers)


def answer_page(exchange: Exchange, status: int, body: bytes, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    """Answer with a page of the door's own; browsers tell no other page its address."""
    fields = [field for field in page_headers() if field[0] != b"Referrer-Policy"]
    exchange.respond(status, [*(headers or []), *fields, (b"Referrer-Policy", b"no-referrer")], body)


def redirect(exchange: Exchange, location: bytes, set_cookie: bytes | None = None) -> None:
    """See Other, leaving no trace of the address that was asked for."""
    headers = [(b"Location", location), *_NO_TRACES]
    if set_cookie is not None:
        headers.append((b"Set-Cookie", set_cookie))
    exchange.respond(303, headers)
