"""
What can be asked for.

Not here: host names, from which web targets are read (L{arvgate.wire.vhost}).
"""

from __future__ import annotations

import attrs

__all__ = ["ContainerTarget", "NamedTarget", "PortTarget", "Target"]


@attrs.frozen
class ContainerTarget:
    """
    A port of a container.

    @ivar uuid: of a container or of a container request.
    @ivar port: 1 to 65535.
    @ivar tls: the app on that port speaks TLS itself.
    """

    uuid: str
    port: int
    tls: bool = False


@attrs.frozen
class NamedTarget:
    """A port published under a name by a C{published_port} link."""

    name: str


@attrs.frozen
class PortTarget:
    """
    A port of a container by the external port that it was assigned, where there is no wildcard DNS.

    @ivar external_port: 1 to 65535.
    """

    external_port: int


Target = ContainerTarget | NamedTarget | PortTarget
