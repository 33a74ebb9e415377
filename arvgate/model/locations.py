"""
Where a container is and what of it a door must know.

A L{Listing} is made for one user and one target and holds only what a door needs, never environment or mounts.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

__all__ = ["Listening", "Listing", "RequestFacts"]


@attrs.frozen
class RequestFacts:
    """
    One container request of a container, as far as access depends on it; only Committed and Final ones.

    @ivar readable: the user the listing was made for can read it.
    @ivar writable: the user can write it.
    @ivar web: C{False} if its property C{arvgate:web} forbids the web.
    @ivar cross_site: ports of its property C{arvgate:cross_site}.
    """

    uuid: str
    readable: bool
    writable: bool
    web: bool = True
    cross_site: Sequence[int] = ()


@attrs.frozen(order=True)
class Listening:
    """
    A TCP port on which something in a container listens.

    @ivar address: what it is bound to: C{127.0.0.1}, C{::1}, C{0.0.0.0}, C{::}, or an address of the container's own.
    """

    port: int
    address: str


@attrs.frozen
class Listing:
    """
    A container as one user's door sees it.

    @ivar target_uuid: what was asked for (the container's or a request's UUID).
    @ivar state: C{Queued}, C{Locked}, C{Running}, C{Complete}, C{Cancelled}.
    @ivar gateway_address: C{host:port}, or C{tunnel URL}, or empty.
    @ivar auth_secret: hex text; empty while the container was never locked.
    @ivar public_ports: ports published with access C{public}.
    @ivar interactive_session_started: somebody already entered.
    @ivar note: what runner or dispatcher have to say of it, in a sentence or a few; mostly empty.
    @ivar external_ports: those that lead to any port of this container now.
    @ivar names: that any port of this container is published under now.
    @ivar max_body_size: bytes of a request's body on this port, the least of what its requests say; 0: no limit.
    """

    container_uuid: str
    target_uuid: str
    port: int
    state: str
    gateway_address: str
    lock_count: int
    requests: Sequence[RequestFacts]
    auth_secret: str = attrs.field(default="", repr=False)
    public_ports: Sequence[int] = ()
    interactive_session_started: bool = False
    tls: bool = False
    note: str = ""
    external_ports: Sequence[int] = ()
    names: Sequence[str] = ()
    max_body_size: int = 0
