"""
Workflows: kept definitions of what can be run (reference F.6).

Not here: the form of a definition (L{arvgate.wire.workflow_definition}).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from arvgate.errors import Invalid
from arvgate.model.kinds import WORKFLOWS
from arvgate.model.records import Record
from arvgate.policy import field_values
from arvgate.records import owned
from arvgate.records.transaction import Transaction
from arvgate.wire.workflow_definition import Definition, read_definition

__all__ = ["create", "delete", "examined", "update"]

#: Under which the examination hands on what it read; the name of no field.
_READ: Final = "definition read"


def examined(attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    """
    C{attributes}, with what their definition says of itself: reading a long one takes its time.

    @raise Invalid: the definition cannot be read.
    """
    text = attributes.get("definition")
    if not isinstance(text, str):
        return attributes
    try:
        return {**attributes, _READ: read_definition(text)}
    except ValueError as error:
        raise Invalid(f"definition is not valid: {error}") from None


def create(tx: Transaction, attributes: Mapping[str, Any]) -> Record:
    """
    A new workflow; name and description are the definition's where they are not given.

    @raise Forbidden: the writer may not write to its owner.
    @raise Invalid: the values are not acceptable.
    """
    given, read = _parted(attributes)
    return owned.create(tx, WORKFLOWS, given, _Naming(read))


def update(tx: Transaction, uuid: str, attributes: Mapping[str, Any]) -> Record:
    """
    Change a workflow; name and description that are empty become those of the new definition.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer can only read it.
    @raise Invalid: the values are not acceptable.
    """
    given, read = _parted(attributes)
    return owned.update(tx, WORKFLOWS, uuid, given, _Naming(read))


def delete(tx: Transaction, uuid: str) -> Record:
    """
    Delete a workflow.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer can only read it.
    """
    return owned.delete(tx, WORKFLOWS, uuid)


def _parted(attributes: Mapping[str, Any]) -> tuple[Record, Definition]:
    given = dict(attributes)
    return given, given.pop(_READ, None) or Definition()


class _Naming:
    """The rule of workflows."""

    def __init__(self, read: Definition) -> None:
        self._read = read

    def __call__(self, tx: Transaction, before: Record | None, after: Record, changed: frozenset[str]) -> list[str]:
        """Fill name and description."""
        if after["collection_uuid"] is not None:
            return ["collection_uuid must be null: definitions in collections are not supported"]
        for name, text in (("name", self._read.name[:255]), ("description", self._read.description)):
            if not after[name] and text and not field_values.problems(WORKFLOWS, {name: text}, False, True):
                after[name] = text
        return []
