"""
The tables, made from the declarations of the kinds, and the column types behind the field types.

Times are stored as microseconds since 1970 in 64 bits, so that they compare and come back exactly; secret fields as
sealed bytes (L{arvgate.records.sealing}).  Not here: how a database gets these tables
(L{arvgate.records.database.migrate}).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from arvgate.model.kinds import (
    API_CLIENT_AUTHORIZATIONS,
    AUTHORIZED_KEYS,
    COLLECTIONS,
    CONTAINER_REQUESTS,
    CONTAINERS,
    GROUPS,
    KINDS,
    LINKS,
    LOGS,
    USERS,
    WORKFLOWS,
)  # fmt: skip
from arvgate.model.records import Field, Kind

__all__ = [
    "CHANGES", "COLLECTION_TABLE", "CONTAINER_TABLE", "EXTERNAL_PORTS",
    "GROUP_TABLE", "KEY_TABLE", "LINK_TABLE", "LOG_TABLE", "METADATA",
    "REQUEST_TABLE", "STRING", "TABLES", "TOKEN_TABLE", "USER_TABLE", "Moment",
    "Written",
]  # fmt: skip

METADATA: Final = MetaData()

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """To microseconds."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From microseconds."""
        return None if value is None else _EPOCH + value * _MICROSECOND


class Written(TypeDecorator[Any]):
    """JSON as its text, which goes into an answer as it is."""

    impl = Text
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Text that is JSON already."""
        return None if value is None else orjson.Fragment(value)


#: Text in the order of its bytes, whatever the database's order is.
STRING: Final = String().with_variant(String(collation="C"), "postgresql")

_COUNTER: Final = BigInteger().with_variant(Integer(), "sqlite")


def _type_of(field: Field) -> TypeEngine[Any]:
    if field.secret:
        return LargeBinary()
    match field.type:
        case "string":
            return String()
        case "text":
            return Text()
        case "integer":
            return Integer()
        case "bigint":
            return BigInteger()
        case "float":
            return Double()
        case "boolean":
            return Boolean()
        case "datetime":
            return Moment()
        case "object" | "array" | "any":
            return JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def _column(kind: Kind, field: Field) -> Column[Any]:
    if field.name == "id":
        return Column("id", _COUNTER, primary_key=True, autoincrement=True)
    key = field.name == "uuid"
    return Column(
        field.name,
        _type_of(field),
        primary_key=key and kind.field("id") is None,
        unique=True if key and kind.field("id") is not None else None,
        nullable=field.nullable,
    )


def _table(kind: Kind, *more: Column[Any] | Index) -> Table:
    columns = [_column(kind, field) for field in kind.fields if field.stored]
    modified = Index(f"{kind.path}_modified_at", "modified_at", "uuid")
    created = Index(f"{kind.path}_created_at", "created_at", "uuid")
    owner = Index(f"{kind.path}_owner_uuid", "owner_uuid", "modified_at", "uuid")
    return Table(kind.path, METADATA, *columns, *more, modified, created, owner, sqlite_autoincrement=kind is LOGS)


def _often_listed(kind: Kind) -> tuple[Index, Index]:
    """What serves lists of the kinds that there are most of."""
    by_owner = Index(f"{kind.path}_owner_created_at", "owner_uuid", "created_at", "uuid")
    return by_owner, Index(f"{kind.path}_by_name", "name")


def _partial(name: str, condition: ColumnElement[bool], *columns: ColumnElement[Any], unique: bool = False) -> None:
    """An index of those rows only that fulfil a condition."""
    Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


USER_TABLE: Final = _table(USERS, Index("users_username", "username", unique=True))

#: Besides the fields: C{secret_hash}, by which a secret is found; C{purpose}, for tokens that the system made for
#: itself C{cookie}, C{session}, C{lock} or C{run}; and the container they are for.
TOKEN_TABLE: Final = _table(
    API_CLIENT_AUTHORIZATIONS,
    Column("secret_hash", LargeBinary, nullable=False),
    Column("purpose", String),
    Column("container_uuid", String),
    Index("api_client_authorizations_secret_hash", "secret_hash", unique=True),
    Index("api_client_authorizations_parent_uuid", "parent_uuid"),
    Index("api_client_authorizations_container_uuid", "container_uuid"),
    Index("api_client_authorizations_expires_at", "expires_at"),
)

REQUEST_TABLE: Final = _table(
    CONTAINER_REQUESTS,
    Index("container_requests_container_uuid", "container_uuid"),
    Index("container_requests_requesting_container_uuid", "requesting_container_uuid"),
    *_often_listed(CONTAINER_REQUESTS),
)

#: Besides the fields: C{secret_mounts_hash}, which outlives the secret mounts so that containers can be compared;
#: C{given_back}, how many of its locks were no failed attempts since the node had no room; and C{locked_under}, the
#: fingerprint of the SystemRootToken of its last lock.
CONTAINER_TABLE: Final = _table(
    CONTAINERS,
    Column("secret_mounts_hash", LargeBinary),
    Column("given_back", Integer, nullable=False, server_default="0"),
    Column("locked_under", String),
    Index("containers_state_priority", "state", "priority"),
    Index("containers_auth_uuid", "auth_uuid"),
    Index("containers_locked_by_uuid", "locked_by_uuid"),
)

LINK_TABLE: Final = _table(
    LINKS,
    Index("links_tail_uuid", "tail_uuid", "link_class", "head_kind", "head_uuid", "name"),
    Index("links_head_uuid", "head_uuid", "link_class", "tail_uuid", "name"),
)

_partial("links_published_port_name", LINK_TABLE.c.link_class == "published_port", LINK_TABLE.c.name, unique=True)

GROUP_TABLE: Final = _table(GROUPS)

_partial("groups_name", ~GROUP_TABLE.c.is_trashed, GROUP_TABLE.c.owner_uuid, GROUP_TABLE.c.name, unique=True)
_partial("groups_is_trashed", GROUP_TABLE.c.is_trashed, GROUP_TABLE.c.uuid)
_partial("groups_frozen_by_uuid", GROUP_TABLE.c.frozen_by_uuid.is_not(None), GROUP_TABLE.c.uuid)

LOG_TABLE: Final = _table(
    LOGS,
    Index("logs_object_uuid", "object_uuid"),
    Index("logs_object_owner_uuid", "object_owner_uuid"),
    Index("logs_event_at", "event_at"),
)

#: Besides the fields: C{fingerprint} of the key alone, by which it is found whatever is written around it.
KEY_TABLE: Final = _table(
    AUTHORIZED_KEYS,
    Column("fingerprint", STRING),
    Index("authorized_keys_fingerprint", "fingerprint", unique=True),
    Index("authorized_keys_authorized_user_uuid", "authorized_user_uuid"),
)

COLLECTION_TABLE: Final = _table(
    COLLECTIONS, Index("collections_portable_data_hash", "portable_data_hash"), *_often_listed(COLLECTIONS)
)

_partial(
    "collections_name", ~COLLECTION_TABLE.c.is_trashed, COLLECTION_TABLE.c.owner_uuid, COLLECTION_TABLE.c.name,
    unique=True,
)  # fmt: skip
_partial("collections_trash_at", COLLECTION_TABLE.c.trash_at.is_not(None), COLLECTION_TABLE.c.trash_at)

#: Every kind's table by the kind's path.
TABLES: Final[dict[str, Table]] = {
    USERS.path: USER_TABLE,
    API_CLIENT_AUTHORIZATIONS.path: TOKEN_TABLE,
    CONTAINER_REQUESTS.path: REQUEST_TABLE,
    CONTAINERS.path: CONTAINER_TABLE,
    LINKS.path: LINK_TABLE,
    LOGS.path: LOG_TABLE,
    GROUPS.path: GROUP_TABLE,
    AUTHORIZED_KEYS.path: KEY_TABLE,
    WORKFLOWS.path: _table(WORKFLOWS),
    COLLECTIONS.path: COLLECTION_TABLE,
}
assert TABLES.keys() == KINDS.keys()

#: The external ports that were ever handed out: to whom, or since when they have been free.
EXTERNAL_PORTS: Final = Table(
    "external_ports",
    METADATA,
    Column("external_port", Integer, primary_key=True, autoincrement=False),
    Column("container_uuid", String),
    Column("container_port", Integer),
    Column("released_at", Moment),
    Index("external_ports_container", "container_uuid", "container_port", unique=True),
)

#: The change feed.
CHANGES: Final = Table(
    "changes",
    METADATA,
    Column("id", _COUNTER, primary_key=True, autoincrement=True),
    Column("kind", String, nullable=False),
    Column("uuid", String, nullable=False),
    Column("related", String, nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
