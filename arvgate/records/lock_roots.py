"""
Which containers in their lock cycles began under which SystemRootToken.

Blocking, for commands only.  Not here: noting it (L{arvgate.records.cycles}).
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine, or_, select

from arvgate.policy.container_states import IN_CYCLE
from arvgate.policy.root_tokens import RootTokens, root_fingerprint
from arvgate.records.database.engine import reading
from arvgate.records.schema import CONTAINER_TABLE

__all__ = ["locked_otherwise"]


def locked_otherwise(engine: Engine, roots: RootTokens) -> Sequence[str]:
    """
    UUIDs of the containers that are Locked or Running under another SystemRootToken than the present one.

    @raise StoreUnavailable: the database cannot be asked.
    """
    under = CONTAINER_TABLE.c.locked_under
    other = under != root_fingerprint(roots.current)
    if roots.previous:
        other = or_(other, under.is_(None))
    statement = select(CONTAINER_TABLE.c.uuid).where(CONTAINER_TABLE.c.state.in_(IN_CYCLE), other)
    with reading(engine) as connection:
        return list(connection.scalars(statement.order_by(CONTAINER_TABLE.c.uuid)))
