"""
Moving all records from a file of SQLite to an empty database of PostgreSQL, in one transaction.

Blocking, for commands only.  Not here: making its tables (L{arvgate.records.database.migrate}).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sqlalchemy import BigInteger, Connection, RowMapping, Table, func, insert, select

from arvgate.errors import Invalid, StoreUnavailable
from arvgate.records.database.engine import open_engine, reading, sqlite_path, store_errors, writing
from arvgate.records.database.migrate import check_schema
from arvgate.records.schema import METADATA

__all__ = ["move"]

_BATCH: Final = 500

#: Told of each table and how many of its rows are there.
Progress = Callable[[str, int], None]


def move(source: str, target: str, progress: Progress) -> Mapping[str, int]:
    """
    Copy all tables; the source stays as it is.

    @param source: URL of a file of SQLite, with which no gateway works any more.
    @param target: URL of a database of PostgreSQL.
    @return: the number of rows of each table.
    @raise SchemaMismatch: one of them has another version's schema.
    @raise Invalid: the source is no file of SQLite, the target has records, or it cannot store what the source has.
    @raise StoreUnavailable: one of them cannot be asked, or not all rows have arrived.
    """
    if sqlite_path(source) is None:
        raise Invalid("Records are moved from a file of SQLite: sqlite:////PATH.")
    engines = [open_engine(source), open_engine(target, patient=True)]
    try:
        for engine in engines:
            check_schema(engine)
        with reading(engines[0]) as old, writing(engines[1]) as new:
            _refuse_records(new)
            return {table.name: _copy(table, old, new, progress) for table in METADATA.sorted_tables}
    finally:
        for engine in engines:
            engine.dispose()


def _refuse_records(connection: Connection) -> None:
    for table in METADATA.sorted_tables:
        if _count(table, connection):
            raise Invalid("The database holds records already; records are moved into an empty one only.")


def _count(table: Table, connection: Connection) -> int:
    return int(connection.scalar(select(func.count()).select_from(table)) or 0)


def _copy(table: Table, old: Connection, new: Connection, progress: Progress) -> int:
    copied = 0
    rows = old.execute(select(table).execution_options(yield_per=_BATCH)).mappings()
    for batch in rows.partitions():
        copied += len(batch)
        _insert(table, new, batch)
        progress(table.name, copied)
    _number_on(table, new)
    if not copied == _count(table, new) == _count(table, old):
        raise StoreUnavailable(detail=f"{table.name}: not all rows have arrived")
    return copied


def _insert(table: Table, connection: Connection, rows: Sequence[RowMapping]) -> None:
    try:
        with store_errors():
            connection.execute(insert(table), [dict(row) for row in rows])
    except Invalid as error:
        places = f"{table.name} from {_name(rows[0])} to {_name(rows[-1])}"
        raise Invalid(*(f"{places}: {problem}" for problem in error.problems), detail=error.detail) from None


def _name(row: RowMapping) -> str:
    return str(row.get("uuid") or next(iter(row.values())))


def _number_on(table: Table, connection: Connection) -> None:
    """Let the next number follow the greatest one."""
    column = table.autoincrement_column
    if column is not None and isinstance(column.type, BigInteger):
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        connection.execute(select(func.setval(sequence, func.max(column))).having(func.max(column).is_not(None)))
