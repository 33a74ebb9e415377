"""
The change feed for a database.

Not here: the feeds.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

from arvgate.records.database.feed import ChangeFeed
from arvgate.records.database.sqlite_feed import SQLiteFeed
from arvgate.records.database.threads import Worker

__all__ = ["make_feed"]


def make_feed(engine: Engine, worker: Worker, reactor: Any) -> ChangeFeed:
    """
    The feed that an engine's database has.

    @param reactor: which tells the time, and watches connections.
    """
    if engine.dialect.name != "postgresql":
        return SQLiteFeed(engine, worker, reactor)
    from arvgate.records.database.postgresql_feed import PostgreSQLFeed

    return PostgreSQLFeed(engine, worker, reactor)
