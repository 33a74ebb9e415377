"""
What the API tells without a token: its configuration, and its description for clients.

Not here: the description itself (L{arvgate.edge.api.discovery}).
"""

from __future__ import annotations

import re
from typing import Final

from arvgate.edge.api.call import Answer, Call

__all__ = ["public_config", "root_url"]

_HOST: Final = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?\Z", re.ASCII)


async def public_config(call: Call) -> Answer:
    """The public part of the configuration (reference H.7)."""
    options = call.api.options
    return Answer({**options.public_config, "ClusterID": options.cluster_id})


def root_url(host: str, external_url: str) -> str:
    """
    Where clients are to send their calls: the host that they asked, always by HTTPS.

    @param host: the Host header; C{external_url} counts if it is no host name.
    @return: with a slash at the end.
    """
    if _HOST.match(host):
        return f"https://{host}/"
    return external_url.rstrip("/") + "/"
