"""
Cookies that carry tokens: finding and making them.

Not here: whether a token is valid, and keeping these cookies from apps and apps from making them
(L{arvgate.wire.app_cookies}).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import attrs

__all__ = [
    "OUR_COOKIE", "PLAIN_COOKIE", "SESSION_COOKIE", "CookieTokens", "decode_token", "encode_token", "expired_cookie",
    "find_cookie", "our_cookie", "read_cookies", "token_cookie",
]  # fmt: skip

OUR_COOKIE = "__Host-arvados_api_token"
PLAIN_COOKIE = "arvados_api_token"
SESSION_COOKIE = "__Host-arvgate_session"

_BASE64 = re.compile(r"(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}==|[A-Za-z0-9_-]{3}=)?\Z")
#: Tokens of one name that are looked at; each may cost a question to the records.
_MOST = 4
#: Where the tokens of all other cookies go.
_FULL = [""] * _MOST
_EPOCH = "Thu, 01 Jan 1970 00:00:00 GMT"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@attrs.frozen
class CookieTokens:
    """
    The texts of the tokens in a request's cookies, in order, the first few of each name that can be read.

    There may be several: what a script sets for a parent domain has the same name and must not displace what is valid.

    @ivar ours: from C{__Host-arvados_api_token}, or that of the external port.
    @ivar plain: from C{arvados_api_token}.
    """

    ours: Sequence[str] = attrs.field(default=(), repr=False)
    plain: Sequence[str] = attrs.field(default=(), repr=False)


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


def our_cookie(external_port: int | None) -> str:
    """The name of our cookie: external ports share one host, and a browser does not part cookies by port."""
    return OUR_COOKIE if external_port is None else f"{OUR_COOKIE}-{external_port}"


def read_cookies(values: Iterable[bytes], external_port: int | None = None) -> CookieTokens:
    """
    The tokens in the values of all Cookie headers of a request.

    @param external_port: by which the app was asked for.
    """
    name = our_cookie(external_port)
    found: dict[str, list[str]] = {name: [], PLAIN_COOKIE: []}
    for value in values:
        for pair in value.split(b";"):
            key, _, text = pair.strip(b" \t").partition(b"=")
            texts = found.get(key.decode("latin-1"), _FULL)
            token = decode_token(_unquoted(text.decode("latin-1"))) if len(texts) < _MOST else None
            if token is not None and token not in texts:
                texts.append(token)
    return CookieTokens(ours=tuple(found[name]), plain=tuple(found[PLAIN_COOKIE]))


def find_cookie(values: Iterable[bytes], name: str) -> str | None:
    """The value of the first cookie of that exact name."""
    wanted = name.encode() + b"="
    for value in values:
        for pair in value.split(b";"):
            text = pair.strip(b" \t")
            if text.startswith(wanted):
                return text[len(wanted) :].decode("latin-1")
    return None


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


def _http_date(moment: datetime) -> str:
    """RFC 9110, section 5.6.7, whatever the locale."""
    utc = moment.astimezone(UTC)
    return f"{_DAYS[utc.weekday()]}, {utc.day:02} {_MONTHS[utc.month - 1]} {utc.year:04} {utc:%H:%M:%S} GMT"


def _unquoted(value: str) -> str:
    """RFC 6265 allows a value in quotes, which are no part of it to us."""
    quoted = len(value) >= 2 and value[0] == value[-1] == '"'
    return value[1:-1] if quoted else value
