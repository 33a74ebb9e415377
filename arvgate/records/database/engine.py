"""
Connections to the database and transactions, whichever database it is, and its errors as ours.

Not here: what SQLite and PostgreSQL each need (L{arvgate.records.database.sqlite},
L{arvgate.records.database.postgresql}), and threads (L{arvgate.records.database.threads}).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from arvgate.errors import ArvgateError, Invalid, StoreUnavailable
from arvgate.records.database import postgresql, sqlite
from arvgate.records.database.canonical import canonical_json
from arvgate.records.database.sqlite import sqlite_path

__all__ = [
    "canonical_json", "is_postgresql", "open_engine", "reading", "sqlite_path", "store_errors", "watching", "writing",
]  # fmt: skip

#: Seconds for which a write transaction waits for those of others.
BUSY_TIMEOUT: Final = 5.0

_READ: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType({"sqlite": sqlite.READ, "postgresql": postgresql.READ})
_WRITE: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {"sqlite": sqlite.WRITE, "postgresql": postgresql.WRITE}
)

#: Classes of SQLSTATE in which the database says that a value is at fault, and what the client is told.
_REFUSED_VALUES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "22": "A value cannot be stored: a number is out of range, or a text has a character that none can have",
        "54": "A value is too long",
    }
)

#: Classes in which it says that it is not as it must be, which no client can help.
_NOT_READY: Final = frozenset({"28", "3D", "42501"})


def is_postgresql(url: str) -> bool:
    """Whether a database URL is one of PostgreSQL."""
    return url.partition(":")[0] in ("postgresql", "postgresql+psycopg")


def open_engine(url: str, busy_timeout: float = BUSY_TIMEOUT, create: bool = False, patient: bool = False) -> Engine:
    """
    An engine for a database URL.

    @param busy_timeout: seconds.
    @param create: make a SQLite file that does not exist yet, readable by its owner alone.
    @param patient: statements may take as long as they do.
    @raise StoreUnavailable: the file cannot be opened or made, or the database's driver is missing.
    """
    if is_postgresql(url):
        return postgresql.open_postgresql(url, busy_timeout, patient)
    path = sqlite_path(url)
    if path is None:
        return create_engine(url, json_serializer=canonical_json, hide_parameters=True)
    return sqlite.open_sqlite(url, path, busy_timeout, create)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the database and changes nothing."""
    with store_errors(), engine.connect() as connection:
        connection.execution_options(**_READ[engine.dialect.name])
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection in a write transaction; committed at the end, rolled back if anything is raised."""
    with store_errors(), engine.connect() as connection:
        connection.execution_options(**_WRITE[engine.dialect.name])
        with connection.begin():
            yield connection


def watching(engine: Engine) -> Connection:
    """A connection to SQLite outside any transaction, for the version of the data; the caller closes it."""
    return engine.connect().execution_options(**sqlite.WATCH)


@contextmanager
def store_errors() -> Iterator[None]:
    """
    Turn what the database raises into our errors; no statement's values get into their detail.

    @raise StoreUnavailable: the database cannot be asked now.
    @raise Invalid: it refused a value that must be unique, or that it cannot store.
    """
    try:
        yield
    except ArvgateError:
        raise
    except (DBAPIError, PoolTimeout, sqlite3.Error) as error:
        told = _told(error)
        if told is None:
            raise
        raise told from None
    except (OverflowError, UnicodeEncodeError):
        raise Invalid(_REFUSED_VALUES["22"]) from None


def _told(error: Exception) -> ArvgateError | None:
    """What is said instead of an error; None if it is our own fault."""
    original = getattr(error, "orig", error)
    state = str(getattr(original, "sqlstate", None) or "")
    diagnosis = getattr(original, "diag", None)
    detail = " ".join(str((diagnosis and diagnosis.message_primary) or original).split())
    if state[:2] in _REFUSED_VALUES or isinstance(error, DataError):
        return Invalid(_REFUSED_VALUES[state[:2] or "22"], detail=f"SQLSTATE {state}")
    if isinstance(error, IntegrityError):
        if "unique" not in detail.lower():
            return None
        return Invalid("A record with such a value exists already", detail=detail)
    if isinstance(error, ProgrammingError) and not {state[:2], state} & _NOT_READY:
        return None
    return StoreUnavailable(detail=detail)
