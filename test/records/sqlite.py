"""
Stores on SQLite for tests: each on its own copy of a new database.
"""

from __future__ import annotations

import functools
import random
import tempfile
from pathlib import Path

from sqlalchemy import Engine

from arvgate.records.database.engine import open_engine
from arvgate.records.rules import Rules
from arvgate.records.setup import create_database
from test.contract.records_world import CLUSTER, RecordsWorld
from test.records.worlds import BEGINNING, DATA_KEY, RULES, world_on

__all__ = ["BEGINNING", "DATA_KEY", "RULES", "OnSQLite", "database", "sqlite_world"]


@functools.cache
def _template() -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "template.db"
        create_database(f"sqlite:///{path}", DATA_KEY, CLUSTER, BEGINNING, random.Random(0).randrange)
        return path.read_bytes()


def database(directory: str) -> str:
    """The URL of a new database in a new directory."""
    Path(directory).mkdir()
    path = Path(directory).absolute() / "arvgate.db"
    path.write_bytes(_template())
    return f"sqlite:///{path}"


def sqlite_world(
    directory: str, rules: Rules = RULES, *, data_key: bytes = DATA_KEY, url: str = ""
) -> tuple[RecordsWorld, Engine]:
    """A store on a new database in a new directory, or on the one of that URL."""
    engine = open_engine(url or database(directory), busy_timeout=0.0)
    return world_on(engine, rules, data_key), engine


class OnSQLite:
    """Mixed into a test case that wants the store in a world of its own."""

    rules = RULES

    def make_records(self) -> RecordsWorld:
        """A store on a new SQLite file."""
        world, engine = sqlite_world(self.mktemp(), self.rules)
        self.addCleanup(engine.dispose)
        return world
