"""
Cookies of an answer as the file that curl reads (Netscape's format).

Not here: getting the answer (L{arvgate.cli.client}).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from http.cookies import CookieError, Morsel, SimpleCookie

__all__ = ["cookie_file"]


def cookie_file(host: str, headers: Iterable[tuple[str, str]], now: datetime) -> str:
    """
    The file with the cookies that C{host} sets in the headers of an answer.

    @param host: without port.
    """
    lines = (_line(host, cookie, now) for cookie in _cookies(headers))
    return "".join(["# Netscape HTTP Cookie File\n", *lines])


def _cookies(headers: Iterable[tuple[str, str]]) -> Iterator[Morsel[str]]:
    for name, value in headers:
        if name.lower() == "set-cookie":
            try:
                yield from SimpleCookie(value).values()
            except CookieError:
                continue


def _line(host: str, cookie: Morsel[str], now: datetime) -> str:
    marker = "#HttpOnly_" if cookie["httponly"] else ""
    secure = "TRUE" if cookie["secure"] else "FALSE"
    path = cookie["path"] or "/"
    fields = (f"{marker}{host}", "FALSE", path, secure, str(_expiry(cookie, now)), cookie.key, cookie.coded_value)
    return "\t".join(fields) + "\n"


def _expiry(cookie: Morsel[str], now: datetime) -> int:
    """Epoch seconds; 0: with the session."""
    if cookie["max-age"]:
        return int(now.timestamp()) + int(cookie["max-age"])
    if cookie["expires"]:
        return int(parsedate_to_datetime(cookie["expires"]).timestamp())
    return 0
