"""
The addresses of a container's ports: those that published ones are given for one lock cycle (reference D.9), and the
one that a person is sent to.

Not here: which external port is free (L{arvgate.records.external_ports}).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from arvgate.errors import Invalid, NotReady
from arvgate.model.targets import ContainerTarget, PortTarget, Target
from arvgate.wire.vhost import HostNames

__all__ = ["address_of", "published_numbers", "with_addresses", "without_addresses"]

_OURS: Final = ("base_url", "initial_url", "external_port")


def published_numbers(published: Mapping[str, Any]) -> Sequence[int]:
    """The ports that are published, ascending."""
    return sorted(map(int, published))


def with_addresses(
    published: Mapping[str, Any], uuid: str, names: HostNames, external: Mapping[int, int]
) -> dict[str, Any]:
    """
    Published ports with C{base_url} and C{initial_url}, and C{external_port} where there is no wildcard.

    @param uuid: of the container.
    @param external: port of the container to external port; one that has none gets no address.
    """
    return {port: {**how, **_address(int(port), how, uuid, names, external)} for port, how in published.items()}


def without_addresses(published: Mapping[str, Any]) -> dict[str, Any]:
    """Published ports as their request has them."""
    return {port: {key: how[key] for key in how if key not in _OURS} for port, how in published.items()}


def address_of(uuid: str, port: int, container: Mapping[str, Any] | None, names: HostNames) -> Target:
    """
    What a person is sent to who wants that port.

    @param uuid: of a container or a request.
    @param container: the container's record; None while there is none.
    @raise Invalid: this port never has an address here.
    @raise NotReady: it has none now.
    """
    if names.suffix:
        return ContainerTarget(uuid, port)
    if not names.ports_host:
        raise Invalid("This cluster has no addresses for the ports of containers.")
    published: Mapping[str, Any] = (container or {}).get("published_ports") or {}
    if container is not None and str(port) not in published:
        raise Invalid(f"Only published ports have an address on this cluster, and {port} is not published.")
    external = published.get(str(port), {}).get("external_port")
    if container is None or external is None or container["state"] not in ("Locked", "Running"):
        raise NotReady(f"Port {port} has no address now: it has one from when its container starts until it ends.")
    return PortTarget(external)


def _address(
    port: int, how: Mapping[str, Any], uuid: str, names: HostNames, external: Mapping[int, int]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if port in external:
        found["external_port"] = external[port]
        host = names.host_of(PortTarget(external[port]))
    elif names.suffix:
        host = names.under_wildcard(f"{uuid}-{port}")
    else:
        return {}
    base = f"https://{host}/"
    return {**found, "base_url": base, "initial_url": base + str(how.get("initial_path") or "").lstrip("/")}
