"""
C{arvgate why}: each hop on the way to a container's port, the first that fails, and the cure.

Not here: the way from this machine to the gateway (L{arvgate.cli.gateway_checks}); the rest the gateway finds out
itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import click
from click.exceptions import Exit

from arvgate import errors
from arvgate.cli.arguments import PortType, json_option
from arvgate.cli.client import ApiClient
from arvgate.cli.failures import exit_code
from arvgate.cli.gateway_checks import gateway_checks
from arvgate.cli.output import echo_json, printable
from arvgate.cli.settings import Settings, read_settings
from arvgate.cli.surroundings import Surroundings, pass_surroundings
from arvgate.model.checks import Result
from arvgate.model.ids import is_uuid

__all__ = ["why"]

Json = Mapping[str, Any]

_TRANSPORT: Final = 255
#: Result to what stands before a check, and its colour on a terminal.
_MARKS: Final = {
    "ok": ("ok", "green"),
    "failed": ("FAILED", "red"),
    "unknown": ("?", "yellow"),
    "skipped": ("-", "bright_black"),
}
#: Exit codes by the code of the error that stands for a failed check, where that is none of the transport.
_CODES: Final = {
    kind.code: exit_code(kind())
    for kind in (
        errors.NotAuthenticated, errors.Forbidden, errors.NotFound, errors.Ended, errors.NotReady, errors.Overloaded,
        errors.StoreUnavailable,
    )
} | {errors.NotListening.code: exit_code(errors.NotReady())}  # fmt: skip


@click.command()
@click.option("--tls", is_flag=True, help="The app on PORT speaks TLS itself.")
@json_option
@click.argument("target", type=PortType())
@pass_surroundings
def why(surroundings: Surroundings, tls: bool, as_json: bool, target: tuple[str, int]) -> None:
    """
    Find out why PORT of the container or container request UUID is not reached.

    Each hop is checked up to the first that fails; the app gets one HEAD request.  Without PORT, the way to the
    container is checked and what listens in it is listed.  The exit code is 0 if all is in order, 3 if you are not
    allowed, 4 if there is none or it has ended, 5 if it is not ready or nothing listens, 255 otherwise.
    """
    settings = read_settings(surroundings.environ, needs_token=False)
    told = _told(settings, *target, tls)
    if as_json:
        echo_json(told)
    else:
        _print(told)
    failed = _failed(told["checks"])
    if failed is not None:
        raise Exit(_CODES.get(failed["code"], _TRANSPORT))


def _told(settings: Settings, uuid: str, port: int, tls: bool) -> dict[str, Any]:
    """What the gateway says, behind what was found on the way to it."""
    own = gateway_checks(settings)
    checks = [check.as_json() for check in own]
    if own[-1].result is Result.FAILED:
        return {"ok": False, "failed": own[-1].name, "checks": checks, "listening": None}
    told = _asked(ApiClient(settings), uuid, port, tls)
    return {**told, "checks": [*checks, *told["checks"]]}


def _asked(client: ApiClient, uuid: str, port: int, tls: bool) -> dict[str, Any]:
    kind = "containers" if is_uuid(uuid, "containers") else "container_requests"
    parameters = {"port": str(port)} if port else {}
    if tls:
        parameters["tls"] = "1"
    try:
        told = client.get(f"{kind}/{uuid}/why", **parameters)
    except errors.NotFound:
        raise errors.PeerFault(f"The API at {client.settings.api_host} cannot tell why: it is no arvgate.") from None
    checks = told.get("checks")
    if not isinstance(checks, list) or not all(_is_check(check) for check in checks):
        raise errors.PeerFault(f"What the API at {client.settings.api_host} tells is not understood.")
    return told


def _is_check(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(key), str) for key in ("name", "result", "sentence", "cure", "code")
    )


def _print(told: Json) -> None:
    for check in told["checks"]:
        mark, colour = _MARKS.get(check["result"], ("?", "yellow"))
        click.echo(f"{click.style(f'{mark:6}', fg=colour)}  {check['name']:11}  {printable(check['sentence'])}")
    failed = _failed(told["checks"])
    listening = told.get("listening")
    click.echo()
    if failed is not None:
        click.echo(f"{printable(failed['sentence'])}\n{printable(failed['cure'])}")
    elif told.get("port") or listening is None:
        click.echo("Everything is in order.")
    else:
        click.echo(f"Everything is in order up to the container. It listens on: {_ports(listening)}")


def _ports(listening: Sequence[Json]) -> str:
    return printable(", ".join(f"{one['port']} ({one['address']})" for one in listening)) or "no port"


def _failed(checks: Sequence[Json]) -> Json | None:
    return next((check for check in checks if check["result"] == "failed"), None)
