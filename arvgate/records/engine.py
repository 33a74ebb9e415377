"""
Connections to the database, and its errors as ours.

SQLite runs in WAL mode; a write transaction takes the write lock when it begins (BEGIN IMMEDIATE), so that it never
fails half way for want of it.  Not here: threads (L{arvgate.records.threads}).
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from arvgate.errors import Invalid, StoreUnavailable
from arvgate.records.predicates_sqlite import LOWER

__all__ = ["canonical_json", "open_engine", "reading", "sqlite_path", "store_errors", "watching", "writing"]

#: Seconds for which a connection waits for another process' write transaction.
BUSY_TIMEOUT: Final = 5.0

#: Execution option of a connection: C{write} takes the write lock at once, C{watch} is in no transaction at all.
_MODE: Final = "arvgate_mode"


def canonical_json(value: Any) -> str:
    """JSON without blanks, keys sorted at every level: equal values have equal texts."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sqlite_path(url: str) -> str | None:
    """The file behind a database URL; None if it is none of SQLite or in memory."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return parsed.database


def open_engine(url: str, busy_timeout: float = BUSY_TIMEOUT, create: bool = False) -> Engine:
    """
    An engine for a database URL.

    @param busy_timeout: seconds.
    @param create: make a SQLite file that does not exist yet, readable by its owner alone.
    @raise StoreUnavailable: the file cannot be opened or made.
    """
    path = sqlite_path(url)
    if path is None:
        return create_engine(url, json_serializer=canonical_json, hide_parameters=True)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0), 0o600))
    except OSError as error:
        raise StoreUnavailable(detail=f"{path}: {error.strerror}") from error
    engine = create_engine(
        url,
        json_serializer=canonical_json,
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
        connection.exec_driver_sql("BEGIN IMMEDIATE" if mode == "write" else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the database and changes nothing."""
    with store_errors(), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection in a write transaction; committed at the end, rolled back if anything is raised."""
    with store_errors(), engine.connect() as connection:
        connection.execution_options(**{_MODE: "write"})
        with connection.begin():
            yield connection


def watching(engine: Engine) -> Connection:
    """A connection outside any transaction, for the version of the data; the caller closes it."""
    return engine.connect().execution_options(**{_MODE: "watch"})


@contextmanager
def store_errors() -> Iterator[None]:
    """
    Turn what the database raises into our errors; no statement's values get into their detail.

    @raise StoreUnavailable: the database cannot be asked now.
    @raise Invalid: it refused a value that must be unique.
    """
    try:
        yield
    except IntegrityError as error:
        if "unique" not in str(error.orig).lower():
            raise
        raise Invalid("A record with such a value exists already", detail=str(error.orig)) from None
    except ProgrammingError:
        raise
    except (DBAPIError, PoolTimeout, sqlite3.Error) as error:
        raise StoreUnavailable(detail=str(getattr(error, "orig", error))) from None
