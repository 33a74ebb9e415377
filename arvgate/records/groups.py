"""
Groups: projects, which own records, and roles, which are given permissions (reference F.7).

Not here: the trash (L{arvgate.records.group_trash}), and how far rights go through groups (L{arvgate.records.reach}).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select

from arvgate.errors import Forbidden, Invalid
from arvgate.model.ids import all_users_group_uuid, anonymous_group_uuid, system_group_uuid
from arvgate.model.kinds import GROUPS
from arvgate.model.records import Record
from arvgate.policy import field_values, trash_times
from arvgate.policy.permission import Level
from arvgate.policy.request_states import changed_fields
from arvgate.records import group_trash, links, owned
from arvgate.records.naming import name_problems
from arvgate.records.projects import surroundings
from arvgate.records.reach import FROZEN, Reach
from arvgate.records.snapshot import Snapshot
from arvgate.records.transaction import Transaction

__all__ = ["create", "delete", "shown", "trash", "untrash", "update"]

_CLASSES: Final = ("project", "role", "filter")

#: What may be changed of the groups that the system needs.
_OF_SYSTEM: Final = frozenset({"description", "properties"})


def create(tx: Transaction, attributes: Mapping[str, Any]) -> Record:
    """
    A new group; a role belongs to the system, and who makes it manages it.

    @raise Forbidden: the writer may not write to its owner.
    @raise Invalid: the values are not acceptable.
    """
    given = dict(attributes)
    is_role = given.get("group_class") == "role"
    if is_role:
        given.pop("owner_uuid", None)
    group = owned.create(tx, GROUPS, given, _rule)
    if is_role and not tx.is_system:
        links.grant(tx, str(tx.principal.user_uuid), group["uuid"], "can_manage")
    return group


def update(tx: Transaction, uuid: str, attributes: Mapping[str, Any]) -> Record:
    """
    Change a group; who manages a project may freeze it, and nothing in it changes until it is unfrozen.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer may not do that, or it is frozen.
    @raise Invalid: the values are not acceptable.
    """
    before = tx.read(GROUPS, uuid)
    given = field_values.known_attributes(attributes)
    changed = changed_fields(before, given)
    if before["frozen_by_uuid"] is not None and changed:
        return _unfreeze(tx, before, given, changed)
    managed = before["group_class"] == "role" or "frozen_by_uuid" in changed
    tx.write(GROUPS, uuid, Level.MANAGE if managed else Level.WRITE)
    if _is_system(tx, before) and changed - _OF_SYSTEM:
        raise Invalid("The system needs this group as it is")
    after = owned.update(tx, GROUPS, uuid, given, _rule)
    group_trash.follow(tx, before, after)
    return after


def delete(tx: Transaction, uuid: str) -> Record:
    """
    Put a project into the trash, with all that is in it; delete a role, and what was given to it.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer may not do that.
    @raise Invalid: the system needs this group.
    """
    group = tx.read(GROUPS, uuid)
    if group["group_class"] != "role":
        return trash(tx, uuid, {})
    tx.write(GROUPS, uuid, Level.MANAGE)
    if _is_system(tx, group):
        raise Invalid("The system needs this group as it is")
    group_trash.erase(tx, group)
    return group


def trash(tx: Transaction, uuid: str, arguments: Mapping[str, Any]) -> Record:
    """
    Put a project into the trash now.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer can only read it.
    @raise Invalid: it is a role.
    """
    before = tx.write(GROUPS, uuid, include_trash=True)
    if before["group_class"] == "role":
        raise Invalid("Only projects can be put into the trash; a role is deleted")
    return before if before["is_trashed"] else _move(tx, before, {"trash_at": tx.now})


def untrash(tx: Transaction, uuid: str, arguments: Mapping[str, Any]) -> Record:
    """
    Take a project out of the trash; the names in it are as they were, its own may need to be another.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer does not manage it.
    @raise Invalid: its name has been taken meanwhile.
    """
    before = tx.write(GROUPS, uuid, Level.MANAGE, include_trash=True)
    tx.renames = bool(arguments.get("ensure_unique_name"))
    return _move(tx, before, {"trash_at": None})


def shown(snapshot: Snapshot, records: Sequence[Mapping[str, Any]]) -> list[Record]:
    """Groups, whole or in part, with the fields that are made on reading."""
    uuids = [record["uuid"] for record in records if "uuid" in record]
    levels = _levels(snapshot, uuids)
    return [_shown(record, levels.get(record.get("uuid", ""), Level.NONE), snapshot) for record in records]


def _shown(record: Mapping[str, Any], level: Level, snapshot: Snapshot) -> Record:
    answer = dict(record)
    if "uuid" in record:
        answer["can_write"], answer["can_manage"] = level >= Level.WRITE, level >= Level.MANAGE
    if "uuid" in record and "owner_uuid" in record:
        writers = [record["owner_uuid"], *([snapshot.principal.user_uuid] if level >= Level.WRITE else [])]
        answer["writable_by"] = list(dict.fromkeys(writers))
    return answer


def _levels(snapshot: Snapshot, uuids: Sequence[str]) -> dict[str, Level]:
    """The levels of the principal on some groups, in two queries however many they are."""
    principal = snapshot.principal
    if not uuids or principal.user_uuid is None or not principal.is_active:
        return {}
    if principal.is_admin:
        levels = dict.fromkeys(uuids, Level.MANAGE)
    else:
        rows = snapshot.connection.execute(Reach([principal.user_uuid], snapshot.rules.cluster).levels(uuids))
        levels = {uuid: Level(level) for uuid, level in rows}
    frozen = snapshot.connection.scalars(select(FROZEN.c.uuid).where(FROZEN.c.uuid.in_(uuids)))
    for uuid in frozen:
        levels[uuid] = min(levels.get(uuid, Level.NONE), Level.READ)
    return levels


def _move(tx: Transaction, before: Record, values: Record) -> Record:
    after = {**before, **values}
    trash_times.settle(after, True, False, tx.now, tx.rules.default_trash_lifetime)
    problems = name_problems(tx, GROUPS, after)
    if problems:
        raise Invalid(*problems)
    after = tx.alter(GROUPS, before, after)
    group_trash.follow(tx, before, after)
    return after


def _unfreeze(tx: Transaction, before: Record, given: Record, changed: frozenset[str]) -> Record:
    above = surroundings(tx.connection, {"uuid": "", "owner_uuid": before["owner_uuid"]})
    if changed != {"frozen_by_uuid"} or given["frozen_by_uuid"] is not None or above.is_frozen:
        raise Forbidden("This project is frozen; nothing in it can be changed until it is unfrozen")
    if tx.level(before, even_if_frozen=True) < Level.MANAGE:
        raise Forbidden("You may read this project, but not unfreeze it")
    return tx.alter(GROUPS, before, {"frozen_by_uuid": None})


def _rule(tx: Transaction, before: Record | None, after: Record, changed: frozenset[str]) -> list[str]:
    """What is special about groups."""
    trash_times.settle(after, "trash_at" in changed, "delete_at" in changed, tx.now, tx.rules.default_trash_lifetime)
    is_role = after["group_class"] == "role"
    if is_role and before is None:
        after["owner_uuid"] = tx.rules.system_user
    return [
        *_class_problems(before, after),
        *trash_times.problems(after),
        *(["A role cannot be put into the trash"] if is_role and after["trash_at"] is not None else []),
        *(_freezing_problems(tx, before, after) if "frozen_by_uuid" in changed else []),
        *(_moving_problems(tx, before, after) if before is not None and "owner_uuid" in changed else []),
        *name_problems(tx, GROUPS, after),
    ]


def _class_problems(before: Record | None, after: Record) -> list[str]:
    if before is not None and before["group_class"] != after["group_class"]:
        return ["group_class cannot be changed"]
    return [] if after["group_class"] in _CLASSES else [f"group_class must be one of {', '.join(_CLASSES)}"]


def _freezing_problems(tx: Transaction, before: Record | None, after: Record) -> list[str]:
    if after["frozen_by_uuid"] is None:
        return []
    if before is None or after["group_class"] != "project" or after["trash_at"] is not None:
        return ["frozen_by_uuid can be set for a project that exists and is not on its way to the trash"]
    if after["frozen_by_uuid"] != tx.principal.user_uuid:
        return ["frozen_by_uuid must be your own user's UUID"]
    return []


def _moving_problems(tx: Transaction, before: Record, after: Record) -> list[str]:
    if after["group_class"] == "role":
        return ["owner_uuid of a role cannot be changed"]
    above = surroundings(tx.connection, {"uuid": "", "owner_uuid": after["owner_uuid"]})
    return ["owner_uuid is in this project itself"] if before["uuid"] in above.uuids else []


def _is_system(tx: Transaction, group: Record) -> bool:
    cluster = tx.rules.cluster
    return group["uuid"] in (
        system_group_uuid(cluster), all_users_group_uuid(cluster), anonymous_group_uuid(cluster),
    )  # fmt: skip
