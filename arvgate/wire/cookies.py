"""
Cookies that carry tokens: finding them, keeping them from the apps, making them, and keeping apps from making
them.

Cookie headers are edited as bytes: what stays, stays byte for byte.  Not here: whether a token is valid.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import attrs

__all__ = [
    "OUR_COOKIE", "PLAIN_COOKIE", "SESSION_COOKIE", "CookieTokens", "clear_site_data", "decode_token",
    "encode_token", "expired_cookie", "filter_set_cookie", "find_cookie", "read_cookies", "strip_cookies",
    "token_cookie",
]  # fmt: skip

OUR_COOKIE = "__Host-arvados_api_token"
PLAIN_COOKIE = "arvados_api_token"
SESSION_COOKIE = "__Host-arvgate_session"

_BASE64 = re.compile(r"(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}==|[A-Za-z0-9_-]{3}=)?\Z")
_BLANK = bytes(range(0x21)) + b"\x7f"
_EPOCH = "Thu, 01 Jan 1970 00:00:00 GMT"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@attrs.frozen
class CookieTokens:
    """
    The texts of the tokens in a request's cookies, the first of each name that can be read.

    @ivar ours: from C{__Host-arvados_api_token}.
    @ivar plain: from C{arvados_api_token}.
    """

    ours: str | None = attrs.field(default=None, repr=False)
    plain: str | None = attrs.field(default=None, repr=False)


def encode_token(text: str) -> str:
    """A token's text as a cookie's value: URL-safe base64 with padding."""
    return base64.urlsafe_b64encode(text.encode("ascii")).decode("ascii")


def decode_token(value: str) -> str | None:
    """The token's text in a cookie's value; None if it is empty or no such base64 of ASCII text."""
    if not value or not _BASE64.match(value):
        return None
    try:
        return base64.urlsafe_b64decode(value).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return None


def read_cookies(values: Iterable[bytes]) -> CookieTokens:
    """The tokens in the values of all Cookie headers of a request."""
    found: dict[str, str] = {}
    for value in values:
        for pair in value.split(b";"):
            name, _, text = pair.strip(b" \t").partition(b"=")
            key = name.decode("latin-1")
            if key in (OUR_COOKIE, PLAIN_COOKIE) and key not in found:
                token = decode_token(text.decode("latin-1"))
                if token is not None:
                    found[key] = token
    return CookieTokens(ours=found.get(OUR_COOKIE), plain=found.get(PLAIN_COOKIE))


def find_cookie(values: Iterable[bytes], name: str) -> str | None:
    """The value of the first cookie of that exact name."""
    wanted = name.encode() + b"="
    for value in values:
        for pair in value.split(b";"):
            text = pair.strip(b" \t")
            if text.startswith(wanted):
                return text[len(wanted) :].decode("latin-1")
    return None


def strip_cookies(value: bytes) -> bytes | None:
    """A Cookie header's value without any cookie of ours; None if nothing is left."""
    pairs = value.split(b";")
    kept = [pair for pair in pairs if not _is_ours(pair)]
    if len(kept) == len(pairs):
        return value
    rest = b";".join(kept)
    if kept and kept[0] is not pairs[0]:
        rest = rest.lstrip(b" \t")
    return rest if rest.strip(_BLANK + b";") else None


def token_cookie(name: str, token: str, expires_at: datetime | None) -> bytes:
    """
    The Set-Cookie value for a token.

    @param expires_at: aware time at which the token ends; None makes the cookie end with the browser's
        session.
    """
    value = f"{name}={encode_token(token)}; Path=/; Secure; HttpOnly; SameSite=Lax"
    if expires_at is not None:
        value += f"; Expires={_http_date(expires_at)}"
    return value.encode()


def expired_cookie(name: str) -> bytes:
    """The Set-Cookie value that makes a browser forget a cookie of ours."""
    return f"{name}=; Path=/; Secure; HttpOnly; SameSite=Lax; Expires={_EPOCH}; Max-Age=0".encode()


def filter_set_cookie(value: bytes, host: str) -> bytes | None:
    """
    What of an app's Set-Cookie may reach the browser.

    A cookie with one of our names does not.  Of any other a C{Domain} stays only if it is the app's own host,
    so that no app sets cookies for its neighbours.

    @param host: the app's own host, lower case, without port.
    """
    pair, *attributes = value.split(b";")
    if _is_ours(pair):
        return None
    kept = [attribute for attribute in attributes if not _is_foreign_domain(attribute, host)]
    return value if len(kept) == len(attributes) else b";".join((pair, *kept))


def clear_site_data(values: Sequence[bytes]) -> bytes | None:
    """What an app may clear in the browser: cache and storage, never the cookies it shares a jar with."""
    wanted = {directive.strip(_BLANK) for value in values for directive in value.split(b",")}
    everything = b'"*"' in wanted
    kept = [kind for kind in (b'"cache"', b'"storage"') if everything or kind in wanted]
    return b", ".join(kept) if kept else None


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


def _http_date(moment: datetime) -> str:
    """RFC 9110, section 5.6.7, whatever the locale."""
    utc = moment.astimezone(UTC)
    return f"{_DAYS[utc.weekday()]}, {utc.day:02} {_MONTHS[utc.month - 1]} {utc.year:04} {utc:%H:%M:%S} GMT"
