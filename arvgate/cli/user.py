"""
C{arvgate user}: accounts, for admins.
"""

from __future__ import annotations

import click

from arvgate.cli.arguments import UuidType, json_option
from arvgate.cli.client import ApiClient
from arvgate.cli.output import echo_json, echo_table
from arvgate.cli.settings import read_settings
from arvgate.cli.surroundings import Surroundings, pass_surroundings
from arvgate.errors import NotFound

__all__ = ["user"]


@click.group()
def user() -> None:
    """Create, list and revoke user accounts."""


@user.command()
@click.option("--username", default="", help="Letters and digits, beginning with a letter.")
@click.option("--first-name", default="", help="First name.")
@click.option("--last-name", default="", help="Last name.")
@click.option("--admin", is_flag=True, help="May do everything.")
@json_option
@click.argument("email")
@pass_surroundings
def create(
    surroundings: Surroundings,
    username: str,
    first_name: str,
    last_name: str,
    admin: bool,
    as_json: bool,
    email: str,
) -> None:
    """Make an active account for EMAIL and print its UUID."""
    client = ApiClient(read_settings(surroundings.environ))
    names = {"username": username, "first_name": first_name, "last_name": last_name}
    attributes = {
        "email": email,
        "is_active": True,
        "is_admin": admin,
        **{key: value for key, value in names.items() if value},
    }
    record = client.post("users", {"user": attributes})
    if as_json:
        echo_json(record)
    else:
        click.echo(record["uuid"])


@user.command("list")
@json_option
@pass_surroundings
def list_users(surroundings: Surroundings, as_json: bool) -> None:
    """List accounts."""
    client = ApiClient(read_settings(surroundings.environ))
    records = list(client.list_all("users", order=["created_at asc"]))
    if as_json:
        echo_json(records)
        return
    rows = [
        (
            str(record["uuid"]),
            str(record.get("username") or ""),
            str(record.get("email") or ""),
            "admin" if record.get("is_admin") else "",
            "active" if record.get("is_active") else "inactive",
        )
        for record in records
    ]
    echo_table(("UUID", "USERNAME", "EMAIL", "RIGHTS", "STATE"), rows)


@user.command()
@json_option
@click.argument("uuid", type=UuidType(users="a user"))
@pass_surroundings
def revoke(surroundings: Surroundings, as_json: bool, uuid: str) -> None:
    """Make the account UUID inactive: none of its tokens works any more."""
    client = ApiClient(read_settings(surroundings.environ))
    try:
        record = client.patch(f"users/{uuid}", {"user": {"is_active": False}})
    except NotFound:
        raise NotFound(f"There is no user {uuid}, or you may not see it.") from None
    if as_json:
        echo_json(record)
    else:
        click.echo(uuid)
