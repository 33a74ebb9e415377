"""
C{arvgate token}: tokens of the user, and for admins those of others.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import click

from arvgate.cli.arguments import DURATION, MOMENT, UuidType, json_option
from arvgate.cli.client import ApiClient
from arvgate.cli.output import age, echo_json, echo_table
from arvgate.cli.settings import read_settings
from arvgate.cli.surroundings import Surroundings, pass_surroundings
from arvgate.errors import NotFound
from arvgate.wire.record_json import format_time

__all__ = ["token"]


@click.group()
def token() -> None:
    """Create, list and revoke API tokens."""


@token.command()
@click.option("--scope", "scopes", multiple=True, help="What it may do; may be repeated.  Default: all.")
@click.option("--lifetime", type=DURATION, help="It expires after so long, such as 12h.  Default: never.")
@click.option("--expires", type=MOMENT, help="It expires then, such as 2030-01-31 or 2030-01-31T12:00:00Z.")
@click.option("--user", type=UuidType(users="a user"), help="For another user; only admins may.")
@json_option
@pass_surroundings
def create(
    surroundings: Surroundings,
    scopes: Sequence[str],
    lifetime: float | None,
    expires: datetime | None,
    user: str | None,
    as_json: bool,
) -> None:
    """Make a new token and print it, which is the only time that it can be seen."""
    if lifetime and expires:
        raise click.UsageError("--lifetime and --expires exclude each other.")
    client = ApiClient(read_settings(surroundings.environ))
    attributes: dict[str, object] = {"scopes": list(scopes) or ["all"]}
    if lifetime:
        expires = surroundings.now() + timedelta(seconds=lifetime)
    if expires:
        attributes["expires_at"] = format_time(expires)
    if user:
        attributes["owner_uuid"] = user
    record = client.post("api_client_authorizations", {"api_client_authorization": attributes})
    text = f"v2/{record['uuid']}/{record['api_token']}"
    if as_json:
        echo_json({**record, "token": text})
    else:
        click.echo(text)


@token.command("list")
@json_option
@pass_surroundings
def list_tokens(surroundings: Surroundings, as_json: bool) -> None:
    """List tokens without their secrets, newest first."""
    client = ApiClient(read_settings(surroundings.environ))
    records = list(client.list_all("api_client_authorizations", order=["created_at desc"]))
    if as_json:
        echo_json(records)
        return
    now = surroundings.now()
    rows = [
        (
            str(record["uuid"]),
            str(record["owner_uuid"]),
            age(record.get("created_at"), now),
            str(record.get("expires_at") or "never"),
            ", ".join(record.get("scopes") or ()),
        )
        for record in records
    ]
    echo_table(("UUID", "USER", "AGE", "EXPIRES", "SCOPES"), rows)


@token.command()
@json_option
@click.argument("uuid", type=UuidType(api_client_authorizations="a token"))
@pass_surroundings
def revoke(surroundings: Surroundings, as_json: bool, uuid: str) -> None:
    """End the token UUID, and with it all that was derived from it."""
    client = ApiClient(read_settings(surroundings.environ))
    try:
        record = client.delete(f"api_client_authorizations/{uuid}")
    except NotFound:
        raise NotFound(f"There is no token {uuid}, or it is not yours.") from None
    if as_json:
        echo_json(record)
    else:
        click.echo(uuid)
