"""
The cookies of apps, kept apart from ours and from those of other apps.

On an external port an app shares its host with all others, and a browser does not part cookies by port: so its cookies
are renamed on the way to the browser, C{name} to C{p31000-name} and C{__Host-name} to C{__Host-p31000-name}, which the
browser still holds to what the prefix promises, and back on the way in.  What stays, stays byte for byte.  Not here:
our own cookies (L{arvgate.wire.cookies}).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from arvgate.wire.cookies import OUR_COOKIE, PLAIN_COOKIE, SESSION_COOKIE

__all__ = ["clear_site_data", "filter_set_cookie", "strip_cookies"]

_BLANK = bytes(range(0x21)) + b"\x7f"
#: What browsers read as a promise at the front of a name, in any case.
_PREFIX = re.compile(rb"__(?:host-http|host|secure|http)-", re.IGNORECASE)
_OF_PORT = re.compile(rb"p([0-9]+)-")


def strip_cookies(value: bytes, external_port: int | None = None) -> bytes | None:
    """
    A Cookie header's value as an app gets it: without any cookie of ours; None if nothing is left.

    @param external_port: by which the app was asked for; then its cookies get their names back, and those of other
        ports go.
    """
    pairs = value.split(b";")
    kept: list[bytes] = []
    for pair in pairs:
        own = _for_app(pair, external_port)
        if own is not None:
            kept.append(own)
    if kept == pairs:
        return value
    rest = b";".join(kept)
    if _for_app(pairs[0], external_port) is None:
        rest = rest.lstrip(b" \t")
    return rest if rest.strip(_BLANK + b";") else None


def filter_set_cookie(value: bytes, host: str, external_port: int | None = None) -> bytes | None:
    """
    What of an app's Set-Cookie may reach the browser.

    A cookie with one of our names does not.  Of any other a C{Domain} stays only if it is the app's own host,
    so that no app sets cookies for its neighbours.

    @param host: the app's own host, lower case, without port.
    @param external_port: by which the app was asked for; it becomes part of the cookie's name.
    """
    pair, *attributes = value.split(b";")
    if _is_ours(pair):
        return None
    named = pair if external_port is None else _with_port(pair, external_port)
    kept = [attribute for attribute in attributes if not _is_foreign_domain(attribute, host)]
    return b";".join((named, *kept))


def clear_site_data(values: Sequence[bytes]) -> bytes | None:
    """What an app may clear in the browser: cache and storage, never the cookies it shares a jar with."""
    wanted = {directive.strip(_BLANK) for value in values for directive in value.split(b",")}
    everything = b'"*"' in wanted
    kept = [kind for kind in (b'"cache"', b'"storage"') if everything or kind in wanted]
    return b", ".join(kept) if kept else None


def _for_app(pair: bytes, external_port: int | None) -> bytes | None:
    """A cookie pair as the app gets it, with the blanks around it; None if the app does not get it."""
    if _is_ours(pair):
        return None
    if external_port is None:
        return pair
    text = pair.lstrip(b" \t")
    prefix = _PREFIX.match(text)
    start = prefix.end() if prefix is not None else 0
    port = _OF_PORT.match(text, start)
    if port is None:
        # Set by a script: it is for all ports of the host.
        return pair
    if port[1] != b"%d" % external_port:
        return None
    # What had no name is sent without an equals sign, too.
    own = (text[:start] + text[port.end() :]).removeprefix(b"=")
    return None if _is_ours(own) else pair[: len(pair) - len(text)] + own


def _with_port(pair: bytes, external_port: int) -> bytes:
    text = pair.lstrip(b" \t")
    if not text:
        return pair
    if b"=" not in text:
        text = b"=" + text
    prefix = _PREFIX.match(text)
    start = prefix.end() if prefix is not None else 0
    return b"%sp%d-%s" % (text[:start], external_port, text[start:])


def _is_ours(pair: bytes) -> bool:
    """
    Whether a cookie pair would be read by anybody as one of our cookies; nameless ones go by their value.
    """
    name = pair.lstrip(_BLANK + b"=").partition(b"=")[0].rstrip(_BLANK).lower()
    return (
        name == PLAIN_COOKIE.encode()
        or name.startswith(OUR_COOKIE.lower().encode())
        or name == SESSION_COOKIE.lower().encode()
    )


def _is_foreign_domain(attribute: bytes, host: str) -> bool:
    name, _, text = attribute.partition(b"=")
    if name.strip(_BLANK).lower() != b"domain":
        return False
    domain = text.strip(_BLANK).lower()
    return domain.removeprefix(b".") != host.encode()
