"""
Stores for tests, whichever database they are on.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime

from sqlalchemy import Engine

from arvgate.records.database.threads import InlineCalls
from arvgate.records.rules import Rules
from arvgate.records.sealing import Sealer
from arvgate.records.store import Store
from test.contract.records_world import CLUSTER, ROOT_TOKEN, RecordsWorld

__all__ = ["BEGINNING", "DATA_KEY", "RULES", "world_on"]

DATA_KEY = bytes(range(32))
BEGINNING = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
RULES = Rules(CLUSTER, system_root_token=ROOT_TOKEN, anonymous_token="anonymoussecret", max_dispatch_attempts=3)


def world_on(engine: Engine, rules: Rules = RULES, data_key: bytes = DATA_KEY) -> RecordsWorld:
    """A store on a database that has what a new cluster has."""
    randbelow = random.SystemRandom().randrange
    store = Store(
        engine,
        Sealer(data_key, randbelow),
        rules,
        InlineCalls(),
        lambda: world.moment,
        randbelow,
        lambda changes: world.hear(changes),
    )
    world = RecordsWorld(store, BEGINNING)
    return world
