"""
Answers that the door makes itself: errors and redirects, for people as small pages and for programs as JSON.

Nothing in a page comes from elsewhere, nothing of them is kept by caches.  Not here: which error it is.
"""

from __future__ import annotations

from html import escape

from arvgate.edge.status import error_body, error_headers, error_sentences, error_status
from arvgate.errors import ArvgateError, NotReady, PeerFault
from arvgate.net.http_exchange import Exchange

__all__ = ["answer_error", "page", "redirect"]

_NO_TRACES = [(b"Cache-Control", b"no-store"), (b"Referrer-Policy", b"no-referrer")]
_LOCKED_DOWN = [
    (b"X-Content-Type-Options", b"nosniff"),
    (b"X-Frame-Options", b"DENY"),
]
_POLICY = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
_TITLES = {
    400: "Malformed request",
    403: "Not allowed",
    404: "Not found",
    410: "Ended",
    502: "No answer",
    503: "Not ready yet",
}


def answer_error(exchange: Exchange, error: ArvgateError, for_person: bool) -> None:
    """Answer with an error."""
    exchange.facts.error = error.code
    status = error_status(error)
    headers = [*error_headers(error), *_NO_TRACES, *_LOCKED_DOWN]
    if not for_person:
        exchange.respond(status, [*headers, (b"Content-Type", b"application/json")], error_body(error))
        return
    head = ""
    if isinstance(error, NotReady):
        head = f'<meta http-equiv="refresh" content="{error.retry_after}">'
    sentences = "".join(f"<p>{escape(sentence)}</p>" for sentence in error_sentences(error))
    if isinstance(error, PeerFault) and error.hop:
        sentences += f"<p>What failed: {escape(error.hop)}.</p>"
    headers += [(b"Content-Type", b"text/html; charset=utf-8"), (b"Content-Security-Policy", _POLICY)]
    exchange.respond(status, headers, page(_TITLES.get(status, "Error"), sentences, head))


def page(title: str, body: str, head: str = "") -> bytes:
    """A whole page; C{body} and C{head} are HTML, C{title} is text."""
    name = escape(title)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title>{head}</head>'
        f"<body><h1>{name}</h1>{body}</body></html>\n"
    ).encode()


def redirect(exchange: Exchange, location: bytes, set_cookie: bytes | None = None) -> None:
    """See Other, leaving no trace of the address that was asked for."""
    headers = [(b"Location", location), *_NO_TRACES]
    if set_cookie is not None:
        headers.append((b"Set-Cookie", set_cookie))
    exchange.respond(303, headers)
