"""
What a browser says of the page that made a request: Fetch Metadata, Origin and Referer.

Not here: what follows from it (L{arvgate.policy.siblings}).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import attrs

__all__ = ["SAFE_METHODS", "RequestOrigin", "read_origin_fields"]

#: RFC 9110, section 9.2.1.
SAFE_METHODS: Final = frozenset({b"GET", b"HEAD", b"OPTIONS", b"TRACE"})


@attrs.frozen
class RequestOrigin:
    """
    Where a request comes from, as far as the browser says.

    @ivar site: C{Sec-Fetch-Site}, C{mode} and C{dest} likewise; None where absent, empty where there is more
        than one.
    @ivar fetch_metadata: any C{Sec-Fetch-*} field is there: the client is a browser.
    @ivar origin: the Origin header, as sent; C{b"null"} where there is more than one.
    @ivar referer: the Referer header, as sent.
    @ivar upgrade: the request wants another protocol.
    @ivar accepts_html: its Accept field names C{text/html}.
    @ivar ahead_of_time: the browser loads it before anybody asked for it (C{Sec-Purpose: prefetch}).
    """

    method: bytes
    host: bytes
    site: bytes | None = None
    mode: bytes | None = None
    dest: bytes | None = None
    fetch_metadata: bool = False
    origin: bytes | None = None
    referer: bytes | None = None
    upgrade: bool = False
    accepts_html: bool = False
    ahead_of_time: bool = False

    @property
    def is_navigation(self) -> bool:
        """A browser loads a document into a tab of its own, by a method without body."""
        return (
            self.method in (b"GET", b"HEAD")
            and not self.upgrade
            and self.mode == b"navigate"
            and self.dest == b"document"
        )

    @property
    def wants_page(self) -> bool:
        """A person looks at the answer; a client without Fetch Metadata says so by what it accepts."""
        if self.fetch_metadata:
            return self.is_navigation
        return self.method in (b"GET", b"HEAD") and not self.upgrade and self.accepts_html


def read_origin_fields(
    method: bytes, host: bytes, headers: Iterable[tuple[bytes, bytes]], upgrade: bool
) -> RequestOrigin:
    """Gather the fields; one that is there twice is read as the least trustworthy thing it could say."""
    found: dict[bytes, bytes] = {}
    fetch_metadata = accepts_html = ahead_of_time = False
    for name, value in headers:
        lower = name.lower()
        if lower.startswith(b"sec-fetch-"):
            fetch_metadata = True
            found[lower] = b"" if lower in found else value.strip(b" \t").lower()
        elif lower == b"accept":
            accepts_html = accepts_html or b"text/html" in value.lower()
        elif lower == b"sec-purpose":
            ahead_of_time = ahead_of_time or b"prefetch" in value.lower()
        elif lower == b"origin":
            found[lower] = b"null" if lower in found else value.strip(b" \t")
        elif lower == b"referer":
            found[lower] = b"" if lower in found else value.strip(b" \t")
    return RequestOrigin(
        method=method,
        host=host,
        site=found.get(b"sec-fetch-site"),
        mode=found.get(b"sec-fetch-mode"),
        dest=found.get(b"sec-fetch-dest"),
        fetch_metadata=fetch_metadata,
        origin=found.get(b"origin"),
        referer=found.get(b"referer"),
        upgrade=upgrade,
        accepts_html=accepts_html,
        ahead_of_time=ahead_of_time,
    )
