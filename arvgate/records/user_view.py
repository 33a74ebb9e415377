"""
What readers see of users: everything of themselves and, as admins, of all; of others little (reference F.6).

A list of users is made on what its reader sees: in filters, order and columns the fields of others that are hidden have
no value.  So nothing can be found out by asking for it in another way.  Not here: which users are seen at all
(L{arvgate.records.visibility}).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from sqlalchemy import Column, ColumnElement, case, exists, null, select
from sqlalchemy.sql.visitors import replacement_traverse

from arvgate.model.ids import all_users_group_uuid
from arvgate.model.principals import Principal
from arvgate.model.records import Record
from arvgate.records.schema import LINK_TABLE, USER_TABLE
from arvgate.records.snapshot import Snapshot

__all__ = ["SHOWN", "is_invited", "masked", "shown"]

#: The fields of other users that everybody sees.
SHOWN: Final = frozenset({
    "uuid", "is_active", "is_admin", "is_invited", "email", "first_name", "last_name", "full_name", "username",
    "can_write", "can_manage",
})  # fmt: skip


def masked(reader: Principal, expression: ColumnElement[Any]) -> ColumnElement[Any]:
    """The expression with null in the place of each column of the users' table whose value is not for C{reader}."""
    if _sees_all(reader):
        return expression
    own = USER_TABLE.c.uuid.in_(sorted(_selves(reader)))

    def hidden(element: Any, **_: Any) -> Any:
        if isinstance(element, Column) and element.table is USER_TABLE and element.name not in SHOWN:
            return case((own, element), else_=null())
        return None

    replaced: Any = replacement_traverse(expression, {}, hidden)
    return cast("ColumnElement[Any]", replaced)


def shown(snapshot: Snapshot, record: Mapping[str, Any]) -> Record:
    """
    A user's record, whole or in part, as the principal sees it, with the fields that are made on reading.

    @param record: without C{uuid}, it is taken for one from which all that is hidden is gone already.
    """
    principal = snapshot.principal
    answer = dict(record)
    if "first_name" in record and "last_name" in record:
        answer["full_name"] = " ".join(name for name in (record["first_name"], record["last_name"]) if name)
    uuid = record.get("uuid")
    if uuid is None:
        return answer
    if "is_active" in record:
        answer["is_invited"] = record["is_active"] or is_invited(snapshot, uuid)
    may_write = principal.is_admin or principal.user_uuid == uuid
    answer["can_write"] = answer["can_manage"] = may_write
    if not _sees_all(principal) and uuid not in _selves(principal):
        return {name: value for name, value in answer.items() if name in SHOWN}
    if "owner_uuid" in record:
        answer["writable_by"] = [record["owner_uuid"], uuid]
    return answer


def is_invited(snapshot: Snapshot, uuid: str) -> bool:
    """Whether a user has been set up, or all new users are active."""
    if snapshot.rules.new_users_are_active:
        return True
    link = exists().where(
        LINK_TABLE.c.link_class == "permission",
        LINK_TABLE.c.tail_uuid == uuid,
        LINK_TABLE.c.head_uuid == all_users_group_uuid(snapshot.rules.cluster),
    )
    return bool(snapshot.connection.scalar(select(link)))


def _sees_all(reader: Principal) -> bool:
    return any(one.is_admin for one in (reader, *reader.also))


def _selves(reader: Principal) -> frozenset[str]:
    return frozenset(one.user_uuid for one in (reader, *reader.also) if one.user_uuid is not None)
