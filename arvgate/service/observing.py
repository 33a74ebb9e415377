"""
What there is to see of a gateway as a whole, composed: its metrics and the checks of its parts.

Not here: the numbers (L{arvgate.service.collecting}) and the checks (L{arvgate.service.health}) themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arvgate.config import Config
from arvgate.directory.server import DirectoryFactory
from arvgate.interfaces import INode
from arvgate.model.kinds import CONTAINERS
from arvgate.model.records import Query
from arvgate.records.store import Store
from arvgate.service.collecting import Collected
from arvgate.service.dispatching import Dispatching
from arvgate.service.health import (
    Check,
    Health,
    certificate_check,
    clock_check,
    database_check,
    disk_check,
    dispatcher_check,
    doors_check,
    engine_check,
)
from arvgate.service.running import wall_clock

__all__ = ["Observed", "make_checks"]


class Observed:
    """What the API tells of the gateway."""

    def __init__(self, collected: Collected, health: Health) -> None:
        self._collected = collected
        self._health = health

    async def metrics(self) -> bytes:
        """See L{arvgate.edge.api.call.Observed.metrics}."""
        return await self._collected.text()

    async def problems(self) -> Mapping[str, str]:
        """See L{arvgate.edge.api.call.Observed.problems}."""
        return await self._health.problems()


def make_checks(
    config: Config,
    reactor: Any,
    store: Store,
    node: INode | None,
    dispatching: Dispatching,
    doors: DirectoryFactory | None,
) -> Mapping[str, Check]:
    """
    The checks of a gateway, by name.

    @param doors: None if the door is in this process.
    """
    now, certificate = wall_clock(reactor), Path(config.tls.certificate_path)
    checks = {
        "database": database_check(lambda: store.list(CONTAINERS, Query(limit=1), store.system), store.sweep),
        "dispatcher": dispatcher_check(lambda: dispatching.last_round, reactor),
        "engine": engine_check(node),
        "certificate": certificate_check(certificate.read_text, now),
        "clock": clock_check(store, store.system, now),
        "disk": disk_check(config.arvgate.state_directory),
    }
    if doors is not None:
        checks["doors"] = doors_check(lambda: doors.doors, config.arvgate.workers)
    return checks
