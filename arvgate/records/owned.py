"""
What all records have in common that belong to a user or a project and have no rules but those of their fields.

Not here: rules about fields (the modules named after the kinds, which pass theirs as a L{Rule}).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from arvgate.errors import Invalid
from arvgate.model.records import Kind, Record
from arvgate.policy import field_values
from arvgate.policy.request_states import changed_fields
from arvgate.records.owners import check_giving_away, check_owner
from arvgate.records.transaction import Transaction

__all__ = ["Rule", "create", "delete", "update"]


class Rule(Protocol):
    """What a kind's own rules make of a record that is about to be written."""

    def __call__(self, tx: Transaction, before: Record | None, after: Record, changed: frozenset[str]) -> list[str]:
        """
        Complete C{after}, and say what is wrong: one sentence for each problem.

        @param before: None: it is new.
        @param changed: names of the fields that the writer gives another value.
        """


def create(tx: Transaction, kind: Kind, attributes: Mapping[str, Any], rule: Rule) -> Record:
    """
    A new record; it is the writer's unless it says otherwise.

    @raise Forbidden: the writer may not write to its owner.
    @raise Invalid: the values are not acceptable.
    """
    given = field_values.known_attributes(attributes)
    problems = field_values.problems(kind, given, tx.principal.is_admin, is_new=True)
    if not problems and given.get("uuid") and tx.peek(kind, given["uuid"]) is not None:
        problems.append("uuid is taken")
    if problems:
        raise Invalid(*problems)
    record = {field.name: field.default for field in kind.fields if field.stored and not field.secret}
    record |= {**given, "owner_uuid": given.get("owner_uuid") or tx.principal.user_uuid}
    check_owner(tx, record["owner_uuid"])
    problems = rule(tx, None, record, frozenset(given))
    if problems:
        raise Invalid(*problems)
    return tx.insert(kind, record)


def update(tx: Transaction, kind: Kind, uuid: str, attributes: Mapping[str, Any], rule: Rule) -> Record:
    """
    Change fields of a record.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer can only read it, or may not give it to that owner.
    @raise Invalid: the values are not acceptable.
    """
    before = tx.write(kind, uuid)
    given = field_values.known_attributes(attributes)
    changed = changed_fields(before, given)
    values = {name: given[name] for name in changed}
    problems = field_values.problems(kind, values, tx.principal.is_admin, is_new=False)
    if problems:
        raise Invalid(*problems)
    if "owner_uuid" in changed:
        check_giving_away(tx, before)
        check_owner(tx, values["owner_uuid"])
    after = {**before, **values}
    problems = rule(tx, before, after, changed)
    if problems:
        raise Invalid(*problems)
    return tx.alter(kind, before, after)


def delete(tx: Transaction, kind: Kind, uuid: str) -> Record:
    """
    Delete a record; the answer is what it was.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer can only read it.
    """
    record = tx.write(kind, uuid)
    tx.remove(kind, record)
    return record
