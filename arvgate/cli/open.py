"""
C{arvgate open}: show a container's web app in the browser.

Not here: the one-time code in the link, which the API makes.
"""

from __future__ import annotations

import click

from arvgate.cli.arguments import PortType, json_option
from arvgate.cli.client import ApiClient
from arvgate.cli.lookup import container_of, request_for
from arvgate.cli.output import echo_json
from arvgate.cli.settings import read_settings
from arvgate.cli.surroundings import Surroundings, pass_surroundings
from arvgate.errors import Invalid

__all__ = ["link_to", "open_app"]


@click.command("open")
@click.option("--print", "only_print", is_flag=True, help="Print the link and start no browser.")
@click.option("--path", default="/", show_default=True, help="Path and query in the app.")
@json_option
@click.argument("target", type=PortType())
@pass_surroundings
def open_app(surroundings: Surroundings, only_print: bool, path: str, as_json: bool, target: tuple[str, int]) -> None:
    """
    Open the web app on PORT of the container or container request UUID.

    The link works once, for ten minutes.  Without PORT, the only port of the container is taken.
    """
    client = ApiClient(read_settings(surroundings.environ))
    uuid, port = target
    url = link_to(client, uuid, port or _only_port(client, uuid), path)
    if as_json:
        echo_json({"url": url})
    else:
        click.echo(url)
    if not only_print and not as_json and not surroundings.open_browser(url):
        click.echo("No browser could be started; open the link in one.", err=True)


def link_to(client: ApiClient, uuid: str, port: int, path: str = "/") -> str:
    """A link with a one-time code to C{port} of a container or of a request's container."""
    return str(client.post(f"containers/{uuid}/link", {"port": port, "path": path})["url"])


def _only_port(client: ApiClient, uuid: str) -> int:
    request = request_for(client, uuid)
    container = container_of(client, request) or {}
    published = [int(port) for port in request.get("published_ports") or ()]
    ports: list[int] = sorted(published or container.get("listening_ports") or ())
    if len(ports) == 1:
        return ports[0]
    if not ports:
        raise Invalid(f"{uuid} has published no port; write {uuid}:PORT")
    raise Invalid(f"{uuid} has several ports; write one of {', '.join(f'{uuid}:{port}' for port in ports)}")
