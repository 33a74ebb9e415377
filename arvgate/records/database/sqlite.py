"""
SQLite: a file in WAL mode.

A write transaction takes the write lock when it begins (BEGIN IMMEDIATE), so that it never fails half way for want of
it.  Not here: transactions (L{arvgate.records.database.engine}).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

from arvgate.errors import StoreUnavailable
from arvgate.records.database.canonical import canonical_json, from_canonical
from arvgate.records.lists.predicates_sqlite import LOWER

__all__ = ["READ", "WATCH", "WRITE", "open_sqlite", "sqlite_path"]

_MODE: Final = "arvgate_mode"

#: Execution options of a connection: that reads, that writes, that is in no transaction at all.
READ: Final[Mapping[str, Any]] = {_MODE: "read"}
WRITE: Final[Mapping[str, Any]] = {_MODE: "write"}
WATCH: Final[Mapping[str, Any]] = {_MODE: "watch"}


def sqlite_path(url: str) -> str | None:
    """The file behind a database URL; None if it is none of SQLite or in memory."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return parsed.database


def open_sqlite(url: str, path: str, busy_timeout: float, create: bool) -> Engine:
    """
    An engine for a file.

    @param busy_timeout: seconds.
    @param create: make a file that does not exist yet, readable by its owner alone.
    @raise StoreUnavailable: the file cannot be opened or made.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0), 0o600))
    except OSError as error:
        raise StoreUnavailable(detail=f"{path}: {error.strerror}") from error
    engine = create_engine(
        url,
        json_serializer=canonical_json,
        json_deserializer=from_canonical,
        hide_parameters=True,
        connect_args={"timeout": busy_timeout, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA case_sensitive_like=ON")
    cursor.close()
    connection.create_function(LOWER, 1, _lower, deterministic=True)


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get(_MODE)
    if mode != "watch":
        raw: Any = connection.connection.dbapi_connection  # without what a statement costs that has values and rows
        raw.execute("BEGIN IMMEDIATE" if mode == "write" else "BEGIN")
