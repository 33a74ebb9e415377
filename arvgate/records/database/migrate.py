"""
Bringing a database to this version's schema, and refusing one that has another.

Not here: the steps themselves (C{migrations/versions}).
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine

from arvgate.errors import Invalid, SchemaMismatch, StoreUnavailable
from arvgate.records.database.engine import open_engine, reading, sqlite_path, store_errors, writing
from arvgate.records.database.postgresql import check_encoding, order_by_bytes

__all__ = ["NEWER", "back_up", "check_schema", "migrate"]

_STEPS: Final = "arvgate.records.database:migrations"

#: What a database is told that a later version has changed.
NEWER: Final = "The database was changed by a newer version of arvgate; use that version, or a backup of before."


def check_schema(engine: Engine) -> None:
    """
    Do nothing if the database has this version's schema.

    @raise SchemaMismatch: it is older, newer, or empty.
    @raise StoreUnavailable: it cannot be asked.
    """
    with reading(engine) as connection:
        found = _revision(connection)
    if found == _newest():
        return
    raise SchemaMismatch(detail=f"revision {found}, wanted {_newest()}") if _known(found) else SchemaMismatch(NEWER)


def migrate(url: str, empty: bool = False) -> str | None:
    """
    Bring the database to this version's schema; one of SQLite that has records is copied first.

    @param empty: nothing may have been there.
    @return: the path of the copy, or None if none was needed.
    @raise SchemaMismatch: a newer version changed it.
    @raise Invalid: it has a schema, and was to be empty.
    @raise StoreUnavailable: it cannot be opened, or another process writes.
    """
    engine = open_engine(url, create=True, patient=True)
    try:
        with reading(engine) as connection:
            found = _revision(connection)
        if empty and found is not None:
            raise Invalid("The database holds records already; give a new one.")
        if not _known(found):
            raise SchemaMismatch(NEWER)
        if found == _newest():
            return None
        copy = None if found is None else back_up(url, found)
        with writing(engine) as connection:
            if engine.dialect.name == "postgresql":
                check_encoding(connection)
            _upgrade(connection)
        return copy
    finally:
        engine.dispose()


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", _STEPS)
    configuration.set_main_option("path_separator", "os")
    return configuration


def _newest() -> str | None:
    return ScriptDirectory.from_config(_configuration()).get_current_head()


def _known(revision: str | None) -> bool:
    if revision is None:
        return True
    try:
        return ScriptDirectory.from_config(_configuration()).get_revision(revision) is not None
    except CommandError:
        return False


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection) -> None:
    configuration = _configuration()
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, "head")
    if connection.dialect.name == "postgresql":
        order_by_bytes(connection)


def back_up(url: str, revision: str) -> str | None:
    """
    Copy a database of SQLite to a new file beside it, readable by its owner alone.

    @param revision: of the schema that it has, for the name.
    @return: the path of the copy; None if the database is none of SQLite.
    @raise StoreUnavailable: it cannot be read or the copy not written.
    """
    path = sqlite_path(url)
    if path is None:
        return None
    try:
        copy = _unused(f"{path}.of-{revision}")
    except OSError as error:
        raise StoreUnavailable(detail=f"{path}: {error.strerror}") from error
    with store_errors(), closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def _unused(path: str) -> str:
    number = 0
    while True:
        candidate = f"{path}.{number}" if number else path
        try:
            os.close(os.open(candidate, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            number += 1
        else:
            return candidate
