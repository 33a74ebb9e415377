"""
Many records in a cluster's database at once, written by the store itself while the gateway runs.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from arvgate.config.files import read_config
from arvgate.model.kinds import CONTAINER_REQUESTS
from arvgate.policy.request_defaults import with_defaults
from arvgate.records.database.engine import open_engine, writing
from arvgate.records.rules import Rules
from arvgate.records.sealing import Sealer
from arvgate.records.transaction import Transaction
from arvgate.service.database import read_data_key
from test.acceptance.cluster import Cluster

__all__ = ["fill_with_requests"]

_START = datetime(2020, 1, 1, tzinfo=UTC)


def fill_with_requests(cluster: Cluster, owner_uuid: str, together: int, apart: int, **attributes: Any) -> list[str]:
    """
    Make container requests of the past, and answer with their UUIDs; blocking.

    @param together: how many have one and the same C{created_at}.
    @param apart: how many have one of their own, before and after that.
    """
    config = read_config(str(cluster.config))
    rules = Rules(cluster.cluster_id)
    sealer = Sealer(read_data_key(config), secrets.randbelow)
    engine = open_engine(config.arvgate.database_url)
    moments = [*range(apart // 2), *([apart // 2] * together), *range(apart // 2 + 1, apart + 1)]
    try:
        with writing(engine) as connection:
            tx = Transaction(connection, sealer, rules, rules.system, _START, secrets.randbelow)
            made = []
            for moment in moments:
                tx.now = _START + timedelta(microseconds=moment)
                values = {**with_defaults(attributes, 3), "owner_uuid": owner_uuid}
                made.append(tx.insert(CONTAINER_REQUESTS, values)["uuid"])
            tx.finish()
    finally:
        engine.dispose()
    return made
