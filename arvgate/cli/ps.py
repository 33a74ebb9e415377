"""
C{arvgate ps}: the container requests that the user can read, and how far they are.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import click

from arvgate.cli.arguments import json_option
from arvgate.cli.client import ApiClient
from arvgate.cli.lookup import display_state, note_of
from arvgate.cli.output import age, echo_json, echo_table
from arvgate.cli.settings import read_settings
from arvgate.cli.surroundings import Surroundings, pass_surroundings

__all__ = ["ps"]

Json = Mapping[str, Any]

_COLUMNS: Final = ("UUID", "NAME", "STATE", "PORTS", "AGE", "COMMAND", "NOTE")
_BATCH: Final = 200
_COMMAND_WIDTH: Final = 60
_REQUEST_FIELDS: Final = ("uuid", "name", "state", "priority", "command", "created_at", "container_uuid")
_CONTAINER_FIELDS: Final = (
    "uuid", "state", "priority", "exit_code", "runtime_status", "listening_ports", "published_ports",
)  # fmt: skip


@click.command()
@click.option("-a", "--all", "everything", is_flag=True, help="Also those that have ended or are not committed.")
@json_option
@pass_surroundings
def ps(surroundings: Surroundings, everything: bool, as_json: bool) -> None:
    """List container requests, newest first."""
    client = ApiClient(read_settings(surroundings.environ))
    filters = [] if everything else [["state", "=", "Committed"]]
    requests = list(
        client.list_all("container_requests", filters=filters, order=["created_at desc"], select=_REQUEST_FIELDS)
    )
    containers = _containers(client, [str(r["container_uuid"]) for r in requests if r.get("container_uuid")])
    pairs = [(request, containers.get(str(request.get("container_uuid")))) for request in requests]
    if as_json:
        echo_json([{**request, "container": container} for request, container in pairs])
    else:
        now = surroundings.now()
        echo_table(_COLUMNS, [_row(request, container, now) for request, container in pairs])


def _containers(client: ApiClient, uuids: Sequence[str]) -> Mapping[str, Json]:
    found: dict[str, Json] = {}
    for start in range(0, len(uuids), _BATCH):
        filters = [["uuid", "in", uuids[start : start + _BATCH]]]
        for container in client.list_all("containers", filters=filters, select=_CONTAINER_FIELDS):
            found[container["uuid"]] = container
    return found


def _row(request: Json, container: Json | None, now: datetime) -> Sequence[str]:
    command = shlex.join(request.get("command") or [])
    return (
        str(request["uuid"]),
        str(request.get("name") or ""),
        display_state(request, container),
        _ports(container or {}),
        age(request.get("created_at"), now),
        command if len(command) <= _COMMAND_WIDTH else command[: _COMMAND_WIDTH - 1] + "…",
        note_of(container),
    )


def _ports(container: Json) -> str:
    published = container.get("published_ports") or {}
    ports = {int(port) for port in (*published, *(container.get("listening_ports") or ()))}
    public = {int(port) for port, facts in published.items() if facts.get("access") == "public"}
    return ", ".join(f"{port} public" if port in public else str(port) for port in sorted(ports))
