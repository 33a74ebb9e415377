"""
What the HTTPS door is told and what it is given, as types.

Not here: making any of it (that is the service's).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Protocol

import attrs

from arvgate.errors import ArvgateError
from arvgate.model.grants import Grant
from arvgate.model.targets import Target
from arvgate.model.tokens import Token
from arvgate.net.http_client import ClientConnection
from arvgate.wire.vhost import HostNames

__all__ = ["CanLease", "DoorOptions", "Watch"]

#: Calls back with the reason when a grant no longer holds; the answer stops watching.
Watch = Callable[[Token | None, Target, Grant, Callable[[ArvgateError], None]], Callable[[], None]]


class CanLease(Protocol):
    """A way to an upstream: a route to a runner, or to the record API."""

    async def lease(self, fresh: bool = False) -> ClientConnection:
        """
        A connection for one request.

        @param fresh: a new one in any case.
        @raise PeerFault: none can be made.
        """


@attrs.frozen
class DoorOptions:
    """
    What an operator decides.

    @ivar trusted_proxies: networks whose X-Forwarded fields are believed.
    @ivar hsts: seconds for which browsers are told to come by HTTPS only; 0: they are not told.
    @ivar hop_code_lifetime: seconds for which a code carries a browser from one host name to the next.
    @ivar streams_per_user: requests and tunnels of one user to containers at a time; 0: no limit.
    """

    names: HostNames
    trusted_proxies: Sequence[IPv4Network | IPv6Network] = ()
    hop_code_lifetime: float = 30.0
    hsts: float = 0.0
    streams_per_user: int = 0
