"""
C{arvgate run}: submit a container request.

Not here: what becomes of it (L{arvgate.dispatch}).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import click
from click.exceptions import Exit

from arvgate.cli.arguments import SIZE, json_option
from arvgate.cli.client import ApiClient
from arvgate.cli.following import follow
from arvgate.cli.lookup import container_of, note_of
from arvgate.cli.output import echo_json
from arvgate.cli.settings import read_settings
from arvgate.cli.surroundings import Surroundings, pass_surroundings
from arvgate.errors import Ended

__all__ = ["RunOptions", "container_request", "run"]

_OUTPUT = "/out"
_OUTPUT_SIZE = 1 << 30


@attrs.frozen
class RunOptions:
    """
    What is to be run.

    @ivar ports: port in the container to whether anybody may reach it.
    @ivar ram: bytes.
    """

    command: Sequence[str]
    image: str = "any"
    name: str = ""
    ports: Mapping[int, bool] = attrs.field(factory=dict)
    network: bool = True
    vcpus: int = 1
    ram: int = 256 * 1024 * 1024


def container_request(options: RunOptions) -> Mapping[str, Any]:
    """The attributes of the container request to create."""
    return {
        **({"name": options.name} if options.name else {}),
        "state": "Committed",
        "priority": 500,
        "use_existing": False,
        "container_image": options.image,
        "command": list(options.command),
        "cwd": ".",
        "output_path": _OUTPUT,
        "mounts": {_OUTPUT: {"kind": "tmp", "capacity": _OUTPUT_SIZE}},
        "runtime_constraints": {"vcpus": options.vcpus, "ram": options.ram, "API": options.network},
        "published_ports": {
            str(port): {
                "access": "public" if public else "private",
                "label": f"port {port}",
                "initial_path": "",
            }
            for port, public in options.ports.items()
        },
    }


class _PublishedPort(click.ParamType[Any]):
    name = "P[:public]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        port, colon, access = str(value).partition(":")
        if not (port.isascii() and port.isdecimal() and 1 <= int(port) <= 65535):
            self.fail(f"{port!r} is not a port from 1 to 65535.", param, ctx)
        if colon and access != "public":
            self.fail(f"{access!r} is not understood; only 'public' may stand behind a port.", param, ctx)
        return int(port), bool(colon)


@click.command(context_settings={"allow_interspersed_args": False})
@click.option("--image", default="any", show_default=True, help="Container image; the process engine needs none.")
@click.option("--port", "ports", type=_PublishedPort(), multiple=True, help="Publish a port; may be repeated.")
@click.option("--name", default="", help="Name of the request.")
@click.option("--no-network", is_flag=True, help="No network and no API token in the container.")
@click.option("--vcpus", type=click.IntRange(min=1), default=1, show_default=True, help="CPUs to reserve.")
@click.option("--ram", type=SIZE, default="256MiB", show_default=True, help="Memory to reserve.")
@click.option("--wait", is_flag=True, help="Show the output, wait for the end, exit with the command's code.")
@json_option
@click.argument("command", nargs=-1, required=True)
@pass_surroundings
def run(
    surroundings: Surroundings,
    image: str,
    ports: Sequence[tuple[int, bool]],
    name: str,
    no_network: bool,
    vcpus: int,
    ram: int,
    wait: bool,
    as_json: bool,
    command: Sequence[str],
) -> None:
    """Submit a container that runs COMMAND."""
    client = ApiClient(read_settings(surroundings.environ))
    options = RunOptions(command, image, name, dict(ports), not no_network, vcpus, ram)
    request = client.post("container_requests", {"container_request": container_request(options)})
    if wait:
        _wait(client, request["uuid"], surroundings, as_json)
    elif as_json:
        echo_json(request)
    else:
        click.echo(request["uuid"])
        _explain(request["uuid"], [port for port, _ in ports])


def _explain(uuid: str, ports: Sequence[int]) -> None:
    click.echo(f"see its output:  arvgate logs -f {uuid}", err=True)
    for port in ports:
        click.echo(f"open port {port}:  arvgate open {uuid}:{port}", err=True)
    click.echo(f"end it:  arvgate cancel {uuid}", err=True)


def _wait(client: ApiClient, uuid: str, surroundings: Surroundings, as_json: bool) -> None:
    click.echo(f"{uuid} submitted; interrupting does not end it, arvgate cancel does", err=True)
    errors = sys.stderr.buffer
    output = errors if as_json else sys.stdout.buffer
    request = follow(client, uuid, {"stdout.txt": output, "stderr.txt": errors}, surroundings.pause)
    container = container_of(client, request)
    if as_json:
        echo_json({**request, "exit_code": (container or {}).get("exit_code")})
    if container is None or container["state"] != "Complete":
        raise Ended(f"{uuid} was cancelled. {note_of(container)}".strip())
    raise Exit(int(container["exit_code"] or 0))
