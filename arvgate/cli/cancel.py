"""
C{arvgate cancel}: end containers by taking their requests' priority away.
"""

from __future__ import annotations

from collections.abc import Sequence

import click

from arvgate.cli.arguments import RunUuidType, json_option
from arvgate.cli.client import ApiClient
from arvgate.cli.lookup import requests_for
from arvgate.cli.output import echo_json
from arvgate.cli.settings import read_settings
from arvgate.cli.surroundings import Surroundings, pass_surroundings
from arvgate.errors import Ended

__all__ = ["cancel"]


@click.command()
@json_option
@click.argument("uuids", metavar="UUID…", type=RunUuidType(), nargs=-1, required=True)
@pass_surroundings
def cancel(surroundings: Surroundings, as_json: bool, uuids: Sequence[str]) -> None:
    """Cancel the container request UUID, or all your requests of the container UUID."""
    client = ApiClient(read_settings(surroundings.environ))
    cancelled = []
    for uuid in uuids:
        alive = [request for request in requests_for(client, uuid) if request["state"] != "Final"]
        if not alive:
            raise Ended(f"{uuid} has ended already.")
        for request in alive:
            body = {"container_request": {"priority": 0}}
            cancelled.append(client.patch(f"container_requests/{request['uuid']}", body))
            if not as_json:
                click.echo(request["uuid"])
    if as_json:
        echo_json(cancelled)
