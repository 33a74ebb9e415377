"""
The database and the key to its secrets, as the configuration names them.

Not here: what is kept in it (L{arvgate.records}).
"""

from __future__ import annotations

from pathlib import Path

from arvgate.config import Config
from arvgate.errors import ConfigInvalid
from arvgate.records.data_key import unwrap_data_key
from arvgate.records.database.engine import open_engine

__all__ = ["check_database", "read_data_key"]


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

    Done once, before anything runs: what it takes to tell the schema would make every later start of control slower.

    @raise SchemaMismatch: the database has another version's schema.
    @raise StoreUnavailable: it cannot be opened.
    @raise ConfigInvalid: the data key cannot be read.
    @raise DataKeyUnusable: as L{read_data_key}.
    """
    from arvgate.records.database.migrate import check_schema

    read_data_key(config)
    engine = open_engine(config.arvgate.database_url)
    try:
        check_schema(engine)
    finally:
        engine.dispose()
