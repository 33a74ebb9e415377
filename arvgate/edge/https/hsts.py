"""
The field by which browsers are told to come to a host by HTTPS only (RFC 6797).

Browsers keep it for a host whatever the port, so that it is sent only where HTTPS has its usual port, and never for
names of this machine, whose other ports belong to others.  Not here: how long.
"""

from __future__ import annotations

import re

from arvgate.wire.http1.head import Headers
from arvgate.wire.vhost import canonical_host

__all__ = ["FIELD", "transport_security"]

FIELD = b"Strict-Transport-Security"

_LOCAL = re.compile(r"(.+\.)?localhost\Z|host\.docker\.internal\Z|[0-9.]+\Z|\[")


def transport_security(host: bytes, seconds: float) -> Headers:
    """
    The field for answers of a host of ours; nothing where it does not belong.

    @param host: the Host header.
    @param seconds: how long browsers are to keep to it; 0: not at all.
    """
    name = canonical_host(host)
    if not seconds or name is None or ":" in name or _LOCAL.match(name):
        return []
    return [(FIELD, b"max-age=%d" % seconds)]
