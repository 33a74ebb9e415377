"""
PostgreSQL: connections that notice when the server is gone, and one writer at a time.

A write transaction takes an advisory lock when it begins, and says at its end that something was written: so use
cases run one after the other as they do on SQLite, and what they wrote is numbered in the order of their commits.  Not
here: transactions (L{arvgate.records.database.engine}) and who listens (L{arvgate.records.database.postgresql_feed}).
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from arvgate.errors import StoreUnavailable
from arvgate.records.database.canonical import canonical_json

__all__ = [
    "CHANNEL",
    "READ",
    "WRITE",
    "check_encoding",
    "connect_arguments",
    "open_postgresql",
    "order_by_bytes",
    "sender_of",
]

#: What writers notify at each commit, with the name of the engine that wrote.
CHANNEL: Final = "arvgate_changes"

_WRITES: Final = "arvgate_writes"
_SENDER: Final = "arvgate_sender"

#: Execution options of a connection: one that sees one state of the database, and one that writes.
READ: Final[Mapping[str, Any]] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
WRITE: Final[Mapping[str, Any]] = {"isolation_level": "READ COMMITTED", _WRITES: True}

#: The key of the writers' lock; it is the database's own, and says nothing.
_LOCK: Final = 0x617276676174

#: Seconds after which a statement, and a transaction in which nothing is said, are given up by the server.
_STATEMENT_TIMEOUT: Final = 30.0
_IDLE_TIMEOUT: Final = 60.0

#: What is asked of libpq unless the URL says otherwise: a server that has silently gone is noticed within seconds.
_DEFAULTS: Final[Mapping[str, str]] = {
    "application_name": "arvgate",
    "client_encoding": "utf8",
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}

#: Connections: one for each reading thread, one for the writer, one to spare.
_CONNECTIONS: Final = 6
_POOL_TIMEOUT: Final = 10.0


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url).set(drivername="postgresql+psycopg")
        if "password" not in parsed.query:
            return parsed
        # What stands among the options is shown wherever an engine is.
        return parsed.set(password=str(parsed.query["password"])).difference_update_query(["password"])
    except (ArgumentError, ValueError):
        raise StoreUnavailable(detail="the URL of the database cannot be read") from None


def open_postgresql(url: str, busy_timeout: float, patient: bool = False) -> Engine:
    """
    An engine for a database; nothing is connected yet.

    @param busy_timeout: seconds for which a write transaction waits for those before it.
    @param patient: statements may take as long as they do.
    @raise StoreUnavailable: the URL cannot be read, or psycopg is not installed.
    """
    parsed = _parsed(url)
    limits = {
        "lock_timeout": max(busy_timeout, 0.001),
        "statement_timeout": 0.0 if patient else _STATEMENT_TIMEOUT,
        "idle_in_transaction_session_timeout": _IDLE_TIMEOUT,
    }
    # To compile a statement with many filters takes minutes, which no time-out ends; to run it takes a moment.
    options = ["-c jit=off", *(f"-c {name}={round(seconds * 1000)}" for name, seconds in limits.items())]
    asked = {**_DEFAULTS, **parsed.query, "options": " ".join([*options, str(parsed.query.get("options", ""))])}
    try:
        engine = create_engine(
            parsed.set(query=asked),
            json_serializer=canonical_json,
            hide_parameters=True,
            pool_size=_CONNECTIONS,
            max_overflow=0,
            pool_timeout=_POOL_TIMEOUT,
            pool_pre_ping=True,
            execution_options={_SENDER: uuid.uuid4().hex},
        )
    except ImportError:
        missing = "PostgreSQL needs the Python package psycopg: pip install 'arvgate[postgresql]'"
        raise StoreUnavailable(detail=missing) from None
    event.listen(engine, "begin", _begin)
    event.listen(engine, "commit", _commit)
    return engine


def connect_arguments(engine: Engine) -> Mapping[str, Any]:
    """What psycopg is told for one more connection like those of an engine."""
    _, named = engine.dialect.create_connect_args(engine.url)
    return named


def sender_of(engine: Engine) -> str:
    """What this engine's own notifications say."""
    return str(engine.get_execution_options()[_SENDER])


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get(_WRITES):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


def _commit(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get(_WRITES):
        connection.exec_driver_sql(f"SELECT pg_notify('{CHANNEL}', '{options[_SENDER]}')")


def check_encoding(connection: Connection) -> None:
    """
    Do nothing if a database can store all texts.

    @raise StoreUnavailable: it cannot.
    """
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise StoreUnavailable(detail=f"the encoding of the database is {encoding}, and must be UTF8")


def order_by_bytes(connection: Connection) -> None:
    """Let all texts of the schema be in the order of their bytes, as on SQLite, whatever the database's order is."""
    columns = sa.table(
        "columns",
        sa.column("table_name"),
        sa.column("column_name"),
        sa.column("data_type"),
        sa.column("collation_name"),
        sa.column("table_schema"),
        schema="information_schema",
    ).c
    found = connection.execute(
        sa.select(columns.table_name, columns.column_name, columns.data_type).where(
            columns.table_schema == sa.func.current_schema(),
            columns.data_type.in_(("text", "character varying")),
            sa.func.coalesce(columns.collation_name, "") != "C",
        )
    ).all()
    quoted = connection.dialect.identifier_preparer.quote
    tables = defaultdict(list)
    for table, column, kind in found:
        tables[table].append(f'ALTER COLUMN {quoted(column)} TYPE {kind} COLLATE "C"')
    for table, changes in tables.items():
        connection.exec_driver_sql(f"ALTER TABLE {quoted(table)} {', '.join(changes)}")
