"""
The external ports of clusters without wildcard DNS: which container has which, from its lock to the cycle's end.

A port that nobody ever had is taken first, then the one that has been free for longest, so that what a browser keeps
of the last container's app there rarely meets another's.  Not here: the addresses made of them
(L{arvgate.policy.port_addresses}) and listening on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import insert, select, update

from arvgate.records.schema import EXTERNAL_PORTS
from arvgate.records.snapshot import Snapshot
from arvgate.records.transaction import Transaction

__all__ = ["allocate", "holder", "release"]

_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


def allocate(tx: Transaction, uuid: str, ports: Sequence[int]) -> dict[int, int]:
    """
    Give ports of a container an external port each; where there are not enough, the last ones get none.

    @return: port of the container to external port.
    """
    table = EXTERNAL_PORTS
    known = {row.external_port: row for row in tx.connection.execute(select(table))}
    free = [port for port in tx.rules.names.external_ports if port not in known or known[port].container_uuid is None]
    free.sort(key=lambda port: (known[port].released_at if port in known else _NEVER, port))
    given = dict(zip(ports, free, strict=False))
    for port, external in given.items():
        values = {"container_uuid": uuid, "container_port": port, "released_at": None}
        if external in known:
            tx.connection.execute(update(table).where(table.c.external_port == external).values(values))
        else:
            tx.connection.execute(insert(table), {"external_port": external, **values})
    return given


def release(tx: Transaction, uuid: str) -> None:
    """Take a container's external ports back."""
    ours = EXTERNAL_PORTS.c.container_uuid == uuid
    free = {"container_uuid": None, "container_port": None, "released_at": tx.now}
    tx.connection.execute(update(EXTERNAL_PORTS).where(ours).values(free))


def holder(snapshot: Snapshot, external_port: int) -> tuple[str, int]:
    """The container that has an external port, and its own port; an empty text and 0 if none has."""
    table = EXTERNAL_PORTS
    statement = select(table.c.container_uuid, table.c.container_port).where(table.c.external_port == external_port)
    row = snapshot.connection.execute(statement).first()
    return ("", 0) if row is None or row.container_uuid is None else (row.container_uuid, row.container_port)
