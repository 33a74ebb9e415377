"""
What a record may name: nobody points at a record that they cannot read, nor learns so that it exists (reference F.7).

One rule for the fields of every kind whose names end with C{_uuid}.  Not here: owners (L{arvgate.records.owners}) and
what else is asked of the record that is named (the modules named after the kinds).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from arvgate.errors import Invalid
from arvgate.model.kinds import KINDS, kind_of
from arvgate.model.records import Kind
from arvgate.records.transaction import Transaction

__all__ = ["check_references", "reference_fields"]


@cache
def _fields(path: str) -> Sequence[str]:
    return tuple(
        field.name
        for field in KINDS[path].fields
        if field.settable and field.name.endswith("_uuid") and field.name != "owner_uuid"
    )


def reference_fields(kind: Kind) -> Sequence[str]:
    """The fields in which writers name other records, but for the owner."""
    return _fields(kind.path)


def check_references(tx: Transaction, kind: Kind, attributes: Mapping[str, Any], uuid: str | None = None) -> None:
    """
    Refuse what names a record that the writer cannot read; admins read everything, and name what they like.

    @param attributes: as they were sent, which may be of any type.
    @param uuid: of the record that is to be changed, in which what is there already may stay; None: it is new.
    @raise Invalid: one sentence for each such attribute.
    """
    named = {name: attributes[name] for name in reference_fields(kind) if isinstance(attributes.get(name), str)}
    if not named or tx.principal.is_admin:
        return
    if uuid is not None:
        if not tx.can_read(kind, uuid, include_trash=True):
            return
        before = tx.peek(kind, uuid) or {}
        named = {name: value for name, value in named.items() if value != before.get(name)}
    problems = [f"{name} is not found" for name, value in named.items() if not _is_readable(tx, value)]
    if problems:
        raise Invalid(*problems)


def _is_readable(tx: Transaction, uuid: str) -> bool:
    kind = kind_of(uuid)
    return kind is not None and tx.can_read(kind, uuid, include_trash=True)
