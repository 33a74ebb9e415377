"""
Links that mean something to clients alone: tags, stars, the names of images (reference F.6, H.6).

Not here: links that the gateway acts on (L{arvgate.records.links}).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from arvgate.model.kinds import LINKS, kind_of
from arvgate.model.records import Record
from arvgate.policy import link_values
from arvgate.records import owned
from arvgate.records.transaction import Transaction

__all__ = ["create", "delete", "update"]

_ENDS: Final = {"tail_uuid": "tail_kind", "head_uuid": "head_kind"}


def create(tx: Transaction, attributes: Mapping[str, Any]) -> Record:
    """
    A new link; it is the writer's unless it says otherwise.

    @raise Forbidden: the writer may not write to its owner.
    @raise Invalid: the values are not acceptable, or an end is unknown or not readable.
    """
    return owned.create(tx, LINKS, attributes, _rule)


def update(tx: Transaction, uuid: str, attributes: Mapping[str, Any]) -> Record:
    """
    Change a link's name, properties or owner.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer can only read it, or may not give it to that owner.
    @raise Invalid: the values are not acceptable.
    """
    return owned.update(tx, LINKS, uuid, attributes, _rule)


def delete(tx: Transaction, uuid: str) -> Record:
    """
    Delete a link.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer can only read it.
    """
    return owned.delete(tx, LINKS, uuid)


def _rule(tx: Transaction, before: Record | None, after: Record, changed: frozenset[str]) -> list[str]:
    """Its class and its ends are for ever: they decide who sees it, and what rules it has."""
    if before is not None:
        return [f"{name} cannot be changed" for name in sorted(changed - {"name", "properties", "owner_uuid", "uuid"})]
    problems = link_values.problems(after, tx.rules.cluster)
    for end, kind_name in _ENDS.items():
        uuid = after[end]
        kind = kind_of(uuid or "")
        after[kind_name] = None if kind is None else kind.name
        if uuid is not None and (kind is None or not tx.can_read(kind, uuid)):
            problems.append(f"{end} is not found")
    return problems
