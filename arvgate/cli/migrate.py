"""
C{arvgate migrate}: bring the database to this version's schema, or move all records into it from another.

Not here: the steps (L{arvgate.records.database.migrate}) and the moving (L{arvgate.records.database.moving}).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from arvgate.cli.arguments import json_option
from arvgate.cli.failures import database_faults
from arvgate.cli.output import echo_json
from arvgate.config import Config
from arvgate.config.database import database_problem
from arvgate.config.files import read_config
from arvgate.records.database.engine import is_postgresql
from arvgate.records.database.migrate import migrate as migrate_database
from arvgate.records.database.moving import move

__all__ = ["migrate"]

#: After how many rows of a table it is said how far the moving is.
_SAID_EVERY: Final = 50_000


@click.command()
@click.option("--config", "file", type=click.Path(), required=True, help="Configuration file.")
@click.option("--from", "source", default="", help="sqlite:////PATH, from which all records are moved to PostgreSQL.")
@json_option
def migrate(file: str, source: str, as_json: bool) -> None:
    """
    Bring the database to this version; one of SQLite is backed up first.

    With --from, all records are then copied from a file of SQLite into the database, which must be in PostgreSQL and
    hold none.  The gateway must not run; the file stays as it is.
    """
    config = read_config(file)
    url = config.arvgate.database_url
    if source and (database_problem(source) or is_postgresql(source) or not is_postgresql(url)):
        raise click.UsageError("Records are moved from a file of SQLite to the PostgreSQL of the configuration.")
    with database_faults():
        copy = migrate_database(url)
        moved = _moved(config, source) if source else None
    if as_json:
        echo_json({"backup": copy, **({} if moved is None else {"moved": moved})})
        return
    if copy is not None:
        click.echo(f"The database as it was before is in {copy}")
    click.echo("The database has this version's schema.")
    if moved is not None:
        click.echo(f"All {sum(moved.values())} rows of {len(moved)} tables have arrived.")


def _moved(config: Config, source: str) -> Mapping[str, int]:
    """Move the records, while no gateway can start."""
    from arvgate.service.state_lock import lock_state

    path = Path(config.arvgate.state_directory) / "run" / "gateway.lock"
    lock = lock_state(str(path), patience=0.0) if path.exists() else None
    try:
        return move(source, config.arvgate.database_url, _say)
    finally:
        if lock is not None:
            os.close(lock)


def _say(table: str, rows: int) -> None:
    if rows % _SAID_EVERY == 0:
        click.echo(f"{table}: {rows} rows", err=True)
