"""
The database and the key to its secrets, as the configuration names them.

Not here: what is kept in it (L{arvgate.records}).
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from arvgate.config import Config
from arvgate.errors import ConfigInvalid
from arvgate.records.data_key import unwrap_data_key
from arvgate.records.engine import open_engine
from arvgate.records.migrate import check_schema

__all__ = ["check_database", "open_database", "read_data_key"]


def open_database(config: Config) -> Engine:
    """
    An engine for a database that has this version's schema.

    @raise SchemaMismatch: it has another.
    @raise StoreUnavailable: it cannot be opened.
    """
    engine = open_engine(config.arvgate.database_url)
    try:
        check_schema(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def read_data_key(config: Config) -> bytes:
    """
    The data key, unwrapped.

    @raise ConfigInvalid: its file cannot be read.
    @raise DataKeyUnusable: it was wrapped under another SystemRootToken, or is damaged.
    """
    path = config.arvgate.data_key_path
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise ConfigInvalid([f"Arvgate.DataKey: {path}: {(error.strerror or 'cannot be read').lower()}"]) from error
    return unwrap_data_key(content, config.system_root_token.value)


def check_database(config: Config) -> None:
    """
    Look whether control will be able to work; leaves nothing open.

    @raise ArvgateError: as the functions above.
    """
    read_data_key(config)
    open_database(config).dispose()
