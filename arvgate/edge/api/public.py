"""
What the API tells everybody: its configuration, its description for clients, and what it does not have.

Not here: the description itself (L{arvgate.edge.api.discovery}).
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from arvgate.edge.api.call import Answer, Call, PlainAnswer

__all__ = ["cacheable", "keep_services", "public_config", "root_url", "vocabulary"]

#: Short, since a client that keeps the description of a cluster or a version that is no more makes wrong calls.
_CACHE_SECONDS: Final = 300

_HOST: Final = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?\Z", re.ASCII)


async def public_config(call: Call) -> Answer:
    """The public part of the configuration (reference H.7)."""
    options = call.api.options
    return Answer({**options.public_config, "ClusterID": options.cluster_id})


async def vocabulary(call: Call) -> Answer:
    """The terms that properties are made of: any."""
    return Answer({"strict_tags": False, "tags": {}})


async def keep_services(call: Call) -> Answer:
    """The servers that have the data of collections: none, which clients understand better than no such list."""
    return Answer({"kind": "arvados#keepServiceList", "items": [], "items_available": 0, "offset": 0, "limit": 0})


def cacheable(call: Call, body: bytes) -> PlainAnswer:
    """
    The same JSON for everybody, which clients may keep for a while and ask about afterwards.

    @return: without the body, for a client that has it.
    """
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = (
        (b"Content-Type", b"application/json"),
        (b"Cache-Control", b"public, max-age=%d" % _CACHE_SECONDS),
        (b"ETag", tag.encode("ascii")),
    )
    known = [one.strip().removeprefix("W/") for one in call.headers.get("if-none-match", "").split(",")]
    return PlainAnswer(304, headers, b"") if tag in known or "*" in known else PlainAnswer(200, headers, body)


def root_url(host: str, external_url: str) -> str:
    """
    Where clients are to send their calls: the host that they asked, always by HTTPS.

    @param host: the Host header; C{external_url} counts if it is no host name.
    @return: with a slash at the end.
    """
    if _HOST.match(host):
        return f"https://{host}/"
    return external_url.rstrip("/") + "/"
