"""
Links: permissions, and names for published ports (reference E.6, F.7).

Not here: what a permission allows (L{arvgate.policy.permission}, L{arvgate.records.visibility}), and links of any
other class (L{arvgate.records.marks}).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from arvgate.errors import Forbidden, Invalid, NotFound
from arvgate.model.ids import is_uuid
from arvgate.model.kinds import API_CLIENT_AUTHORIZATIONS, CONTAINER_REQUESTS, GROUPS, LINKS, LOGS, USERS, kind_of
from arvgate.model.records import Page, Query, Record
from arvgate.policy import field_values, link_values
from arvgate.policy.permission import LEVEL_OF_LINK, Level
from arvgate.policy.request_states import changed_fields
from arvgate.records import marks
from arvgate.records.lists.listing import page
from arvgate.records.schema import LINK_TABLE
from arvgate.records.snapshot import Snapshot
from arvgate.records.transaction import Transaction

__all__ = ["create", "delete", "grant", "permissions", "update"]

#: What nobody can share: it is seen by its user or through another record.
_UNSHARED: Final = (LINKS, LOGS, API_CLIENT_AUTHORIZATIONS)


def create(tx: Transaction, attributes: Mapping[str, Any]) -> Record:
    """
    A new link; a permission that is there already is made as strong as the new one.

    @raise Forbidden: the writer can read the head but does not manage it (permission) or write it (published port).
    @raise Invalid: the values are not acceptable, or an end is unknown or not readable.
    """
    given = field_values.known_attributes(attributes)
    if given.get("link_class") not in link_values.ACTED_ON:
        return marks.create(tx, given)
    problems = field_values.problems(LINKS, given, tx.principal.is_admin, is_new=True)
    link = {"link_class": None, "name": None, "tail_uuid": None, "head_uuid": None, "properties": {}, **given}
    problems = problems or link_values.problems(link, tx.rules.cluster)
    if problems:
        raise Invalid(*problems)
    link["tail_kind"], link["head_kind"] = _kind_name(link["tail_uuid"]), _kind_name(link["head_uuid"])
    if link["link_class"] == "permission":
        return _permit(tx, link)
    if not is_uuid(link["head_uuid"], CONTAINER_REQUESTS.path):
        raise Invalid("head_uuid must be a container request")
    _check_head(tx, link, Level.WRITE)
    _check_name(tx, link["name"])
    return tx.insert(LINKS, {**link, "owner_uuid": tx.principal.user_uuid})


def _permit(tx: Transaction, link: Record) -> Record:
    _check_head(tx, link, Level.MANAGE)
    _check_tail(tx, link["tail_uuid"])
    for present in tx.links_to(link["head_uuid"], "permission"):
        if present["tail_uuid"] == link["tail_uuid"]:
            stronger = LEVEL_OF_LINK[link["name"]] > LEVEL_OF_LINK[present["name"]]
            return tx.alter(LINKS, present, {"name": link["name"]}) if stronger else present
    return tx.insert(LINKS, {**link, "owner_uuid": tx.rules.system_user})


def grant(tx: Transaction, tail_uuid: str, head_uuid: str, name: str) -> Record:
    """A new permission link that the system makes, whoever writes."""
    ends = {"tail_uuid": tail_uuid, "head_uuid": head_uuid}
    kinds = {"tail_kind": _kind_name(tail_uuid), "head_kind": _kind_name(head_uuid)}
    link: Record = {"link_class": "permission", "name": name, "properties": {}, **ends, **kinds}
    return tx.insert(LINKS, {**link, "owner_uuid": tx.rules.system_user})


def _check_tail(tx: Transaction, uuid: str) -> None:
    if tx.peek(USERS, uuid) is not None:
        return
    group = tx.peek(GROUPS, uuid)
    if group is None or group["group_class"] != "role" or not tx.can_read(GROUPS, uuid):
        raise Invalid("tail_uuid is neither a user nor a role")


def update(tx: Transaction, uuid: str, attributes: Mapping[str, Any]) -> Record:
    """
    Change a link's name or properties.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer could not have made it.
    @raise Invalid: the values are not acceptable.
    """
    before = tx.read(LINKS, uuid)
    if before["link_class"] not in link_values.ACTED_ON:
        return marks.update(tx, uuid, attributes)
    _check_right(tx, before)
    given = field_values.known_attributes(attributes)
    names = changed_fields(before, given)
    values = {name: given[name] for name in names}
    problems = field_values.problems(LINKS, values, tx.principal.is_admin, is_new=False)
    problems.extend(f"{name} cannot be changed" for name in sorted(names - {"name", "properties", "uuid"}))
    problems = problems or link_values.problems({**before, **values}, tx.rules.cluster)
    if problems:
        raise Invalid(*problems)
    if "name" in names and before["link_class"] == "published_port":
        _check_name(tx, values["name"])
    return tx.alter(LINKS, before, values)


def delete(tx: Transaction, uuid: str) -> Record:
    """
    Take a permission, a published name or another link back.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer could not have made it.
    """
    link = tx.read(LINKS, uuid)
    if link["link_class"] not in link_values.ACTED_ON:
        return marks.delete(tx, uuid)
    _check_right(tx, link)
    tx.remove(LINKS, link)
    return link


def permissions(snapshot: Snapshot, uuid: str, query: Query) -> Page:
    """
    The permission links on a record.

    @raise NotFound: there is none, or the principal cannot read it.
    @raise Forbidden: the principal does not manage it.
    """
    kind = kind_of(uuid)
    if kind is None or kind in _UNSHARED:
        raise NotFound(f"There is no record {uuid!r} that could be shared")
    record = snapshot.read(kind, uuid)
    if snapshot.level(record, even_if_frozen=True) < Level.MANAGE:
        raise Forbidden("You may read this, but not see who else may")
    link = LINK_TABLE.c
    return page(snapshot, LINKS, query, more=(link.link_class == "permission", link.head_uuid == uuid))


def _check_right(tx: Transaction, link: Record) -> None:
    needed = Level.MANAGE if link["link_class"] == "permission" else Level.WRITE
    if _level_of_head(tx, link["head_uuid"]) < needed:
        raise Forbidden("You may see this link, but not change it")


def _level_of_head(tx: Transaction, uuid: str) -> Level:
    kind = kind_of(uuid)
    head = None if kind is None else tx.peek(kind, uuid)
    if head is None:
        return Level.MANAGE if tx.principal.is_admin else Level.NONE
    return tx.level(head, even_if_frozen=True)


def _check_head(tx: Transaction, link: Record, needed: Level) -> None:
    kind = kind_of(link["head_uuid"])
    if kind is None or kind in _UNSHARED or tx.peek(kind, link["head_uuid"]) is None:
        raise Invalid("head_uuid is not found")
    granted = _level_of_head(tx, link["head_uuid"])
    if granted is Level.NONE and not tx.can_read(kind, link["head_uuid"]):
        raise Invalid("head_uuid is not found")
    if granted < needed:
        raise Forbidden("You may read what this link points to, but not share it")


def _check_name(tx: Transaction, name: str) -> None:
    if tx.select(LINKS, LINK_TABLE.c.link_class == "published_port", LINK_TABLE.c.name == name):
        raise Invalid(f"name {name!r} is taken")


def _kind_name(uuid: str | None) -> str | None:
    kind = kind_of(uuid or "")
    return None if kind is None else kind.name
