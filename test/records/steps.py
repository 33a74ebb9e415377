"""
Databases as earlier versions made them.
"""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from arvgate.records.database.engine import writing

__all__ = ["bring_to"]


def bring_to(engine: Engine, revision: str) -> None:
    """Make the schema of an earlier revision in a new database."""
    configuration = Config()
    configuration.set_main_option("script_location", "arvgate.records.database:migrations")
    configuration.set_main_option("path_separator", "os")
    with writing(engine) as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, revision)
