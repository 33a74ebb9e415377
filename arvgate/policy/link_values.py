"""
Which links there can be, and which names a port may be published under (design, "Web addresses").

Not here: who may make one (L{arvgate.records.links}).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from arvgate.policy.permission import LEVEL_OF_LINK

__all__ = ["ACTED_ON", "RESERVED_NAMES", "problems"]

#: The classes of links that open something; all others are for clients.
ACTED_ON: Final = ("permission", "published_port")

#: Host labels that are the gateway's own; the cluster's id is another.
RESERVED_NAMES: Final = frozenset({"www", "api", "login", "ws", "webdav", "download", "collections"})

_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_LIKE_UUID: Final = re.compile(r"[0-9a-z]{5}-[0-9a-z]{5}-[0-9a-z]{15}(?:-|\Z)")


def problems(link: Mapping[str, Any], cluster: str) -> list[str]:
    """What is wrong with a link's class, name, ends and properties, as far as it shows without other records."""
    match link["link_class"]:
        case "permission":
            return _permission(link)
        case "published_port":
            return _published_port(link, cluster)
        case link_class:
            return [] if (link_class or "").strip() else ["link_class is required"]


def _permission(link: Mapping[str, Any]) -> list[str]:
    found = []
    if link["name"] not in LEVEL_OF_LINK:
        found.append(f"name of a permission link must be one of {', '.join(LEVEL_OF_LINK)}")
    for end in ("tail_uuid", "head_uuid"):
        if not link[end]:
            found.append(f"{end} is required")
    return found


def _published_port(link: Mapping[str, Any], cluster: str) -> list[str]:
    found = []
    name = link["name"] or ""
    if not _LABEL.match(name):
        found.append("name must be a host label: up to 63 letters a-z, digits and hyphens inside")
    elif name in RESERVED_NAMES or name == cluster or _LIKE_UUID.match(name):
        found.append(f"name {name!r} is reserved")
    if not link["head_uuid"]:
        found.append("head_uuid is required")
    port = link["properties"].get("port")
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
        found.append("properties must have a port between 1 and 65535")
    return found
