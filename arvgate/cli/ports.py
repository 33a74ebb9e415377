"""
C{arvgate ports}: the ports of a container, who may reach them, and where.

Not here: links that let a person in (L{arvgate.cli.open}); the addresses here have no token in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import click

from arvgate.cli.arguments import RunUuidType, json_option
from arvgate.cli.client import ApiClient
from arvgate.cli.lookup import container_of, request_for
from arvgate.cli.output import echo_json, echo_table
from arvgate.cli.settings import read_settings
from arvgate.cli.surroundings import Surroundings, pass_surroundings
from arvgate.errors import NotReady
from arvgate.model.targets import ContainerTarget
from arvgate.wire.vhost import HostNames

__all__ = ["ports", "web_address"]

Json = Mapping[str, Any]


@click.command()
@json_option
@click.argument("uuid", type=RunUuidType())
@pass_surroundings
def ports(surroundings: Surroundings, as_json: bool, uuid: str) -> None:
    """List the ports of the container or container request UUID: those that listen and those that are published."""
    client = ApiClient(read_settings(surroundings.environ))
    container = container_of(client, request_for(client, uuid))
    if container is None:
        raise NotReady(f"{uuid} has no container yet.")
    template = str(client.get("config")["Services"]["ContainerWebServices"]["ExternalURL"])
    found = _ports(container, template)
    if as_json:
        echo_json(found)
        return
    rows = [
        (str(one["port"]), "yes" if one["listening"] else "no", one["access"], one["label"], one["url"])
        for one in found
    ]
    echo_table(("PORT", "LISTENING", "ACCESS", "LABEL", "ADDRESS"), rows)


def _ports(container: Json, template: str) -> list[dict[str, Any]]:
    published = {int(port): facts for port, facts in (container.get("published_ports") or {}).items()}
    listening = set(container.get("listening_ports") or ())
    return [
        {
            "port": port,
            "listening": port in listening,
            "published": port in published,
            "access": published.get(port, {}).get("access") or "private",
            "label": published.get(port, {}).get("label") or "",
            "url": _url(container, port, published.get(port, {}), template),
        }
        for port in sorted(listening | published.keys())
    ]


def _url(container: Json, port: int, published: Json, template: str) -> str:
    """Below a wildcard every port has an address, on a range of ports a published one while it has an external port."""
    address = web_address(template, str(container["uuid"]), port, published.get("initial_path"))
    assigned = container.get("state") in ("Locked", "Running")
    return address or (str(published.get("initial_url") or "") if assigned else "")


def web_address(template: str, uuid: str, port: int, path: str | None = None) -> str:
    """
    The address of a container's port.

    @param template: C{Services.ContainerWebServices.ExternalURL}; empty where there are no such addresses.
    """
    parts = urlsplit(template)
    host = parts.hostname or ""
    if not host.startswith("*"):
        return ""
    names = HostNames(cluster_id="", api="", suffix=host[1:], port=parts.port or 443)
    return f"https://{names.container_host(ContainerTarget(uuid, port))}/{(path or '').lstrip('/')}"
