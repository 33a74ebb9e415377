"""
What the API tells without a token: its configuration, its description for clients, and that it is alive.

Not here: the description itself (L{arvgate.edge.api.discovery}).
"""

from __future__ import annotations

import hmac
import re
from typing import Final

from arvgate.edge.api.call import Answer, Call
from arvgate.errors import Forbidden, NotAuthenticated, NotFound
from arvgate.wire.bearer import presented_text

__all__ = ["health", "public_config", "root_url"]

_HOST: Final = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?\Z", re.ASCII)


async def public_config(call: Call) -> Answer:
    """The public part of the configuration (reference H.7)."""
    options = call.api.options
    return Answer({**options.public_config, "ClusterID": options.cluster_id})


async def health(call: Call) -> Answer:
    """
    C{{"health": "OK"}} for whoever has the ManagementToken.

    @raise NotFound: none is configured.
    """
    expected = call.api.options.management_token
    if not expected:
        raise NotFound("Health checks are disabled: ManagementToken is not configured")
    given = presented_text(call.headers.get("authorization"), (), ())
    if not given:
        raise NotAuthenticated("The ManagementToken is required")
    if not hmac.compare_digest(given.encode("utf-8"), expected.encode("utf-8")):
        raise Forbidden("This is not the ManagementToken")
    return Answer({"health": "OK"})


def root_url(host: str, external_url: str) -> str:
    """
    Where clients are to send their calls: the host that they asked, always by HTTPS.

    @param host: the Host header; C{external_url} counts if it is no host name.
    @return: with a slash at the end.
    """
    if _HOST.match(host):
        return f"https://{host}/"
    return external_url.rstrip("/") + "/"
