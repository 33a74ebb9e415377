"""
C{arvgate migrate}: bring the database to this version's schema.

Not here: the steps (L{arvgate.records.migrate}).
"""

from __future__ import annotations

import click

from arvgate.cli.arguments import json_option
from arvgate.cli.failures import database_faults
from arvgate.cli.output import echo_json
from arvgate.config.files import read_config
from arvgate.records.migrate import migrate as migrate_database

__all__ = ["migrate"]


@click.command()
@click.option("--config", "file", type=click.Path(), required=True, help="Configuration file.")
@json_option
def migrate(file: str, as_json: bool) -> None:
    """Bring the database to this version; it is backed up first."""
    url = read_config(file).arvgate.database_url
    with database_faults():
        copy = migrate_database(url)
    if as_json:
        echo_json({"backup": copy})
        return
    if copy is not None:
        click.echo(f"The database as it was before is in {copy}")
    click.echo("The database has this version's schema.")
