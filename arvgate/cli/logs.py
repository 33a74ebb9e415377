"""
C{arvgate logs}: what a container wrote to its stdout and stderr.
"""

from __future__ import annotations

import sys

import click

from arvgate.cli.arguments import RunUuidType
from arvgate.cli.client import ApiClient
from arvgate.cli.following import Shown, follow
from arvgate.cli.lookup import request_for
from arvgate.cli.settings import read_settings
from arvgate.cli.surroundings import Surroundings, pass_surroundings

__all__ = ["logs"]


@click.command()
@click.option("-f", "--follow", "following", is_flag=True, help="Go on until the container has ended.")
@click.argument("uuid", type=RunUuidType())
@pass_surroundings
def logs(surroundings: Surroundings, following: bool, uuid: str) -> None:
    """Show the output of the container or container request UUID, each stream on its own."""
    client = ApiClient(read_settings(surroundings.environ))
    sinks = {"stdout.txt": sys.stdout.buffer, "stderr.txt": sys.stderr.buffer}
    if following:
        follow(client, uuid, sinks, surroundings.pause)
    else:
        Shown(client, sinks).show_new(request_for(client, uuid))
