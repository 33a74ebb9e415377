"""
The kinds of records: users, tokens, links, groups, logs, and what goes with them (reference C.1, F.6).

Not here: container requests and containers (L{arvgate.model.kinds_containers}) and rules about values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from arvgate.model.ids import is_uuid
from arvgate.model.kinds_common import common_fields, made, system
from arvgate.model.kinds_containers import CONTAINER_REQUESTS, CONTAINERS
from arvgate.model.records import Field, Kind

__all__ = [
    "API_CLIENT_AUTHORIZATIONS", "AUTHORIZED_KEYS", "COLLECTIONS", "CONTAINERS", "CONTAINER_REQUESTS", "GROUPS",
    "KINDS", "LINKS", "LOGS", "RELATED", "USERS", "WORKFLOWS", "kind_of",
]  # fmt: skip

USERS: Final = Kind(
    path="users",
    singular="user",
    name="arvados#user",
    fields=(
        *common_fields(),
        Field("username", "string"),
        Field("email", "string"),
        Field("first_name", "string"),
        Field("last_name", "string"),
        made("full_name", "string"),
        Field("identity_url", "string"),
        Field("is_active", "boolean", default=False, nullable=False),
        Field("is_admin", "boolean", default=False, nullable=False),
        made("is_invited", "boolean"),
        Field("prefs", "object", default={}, nullable=False),
        made("writable_by", "array"),
        made("can_write", "boolean"),
        made("can_manage", "boolean"),
    ),
)

API_CLIENT_AUTHORIZATIONS: Final = Kind(
    path="api_client_authorizations",
    singular="api_client_authorization",
    name="arvados#apiClientAuthorization",
    fields=(
        *common_fields(),
        Field("api_token", "string", secret=True, searchable=False, settable=False),
        system("created_by_ip_address", "string"),
        system("last_used_by_ip_address", "string"),
        system("last_used_at", "datetime"),
        Field("expires_at", "datetime"),
        Field("scopes", "array", default=["all"], nullable=False),
        system("parent_uuid", "string"),
    ),
)

LINKS: Final = Kind(
    path="links",
    singular="link",
    name="arvados#link",
    fields=(
        *common_fields(),
        Field("link_class", "string"),
        Field("name", "string"),
        Field("tail_uuid", "string"),
        Field("head_uuid", "string"),
        system("tail_kind", "string"),
        system("head_kind", "string"),
        Field("properties", "object", default={}, nullable=False),
    ),
)

GROUPS: Final = Kind(
    path="groups",
    singular="group",
    name="arvados#group",
    fields=(
        *common_fields(),
        Field("name", "string"),
        Field("group_class", "string"),
        Field("description", "text"),
        Field("properties", "object", default={}, nullable=False),
        Field("trash_at", "datetime"),
        Field("delete_at", "datetime"),
        system("is_trashed", "boolean", default=False, nullable=False),
        Field("frozen_by_uuid", "string"),
        made("writable_by", "array"),
        made("can_write", "boolean"),
        made("can_manage", "boolean"),
    ),
)

LOGS: Final = Kind(
    path="logs",
    singular="log",
    name="arvados#log",
    fields=(
        system("id", "bigint", nullable=False),
        *common_fields(),
        Field("object_uuid", "string"),
        Field("object_owner_uuid", "string"),
        system("object_kind", "string"),
        Field("event_at", "datetime"),
        Field("event_type", "string"),
        Field("summary", "text"),
        Field("properties", "object", default={}, nullable=False),
    ),
)

AUTHORIZED_KEYS: Final = Kind(
    path="authorized_keys",
    singular="authorized_key",
    name="arvados#authorizedKey",
    fields=(
        *common_fields(),
        Field("name", "string"),
        Field("key_type", "string"),
        Field("authorized_user_uuid", "string"),
        Field("public_key", "text"),
        Field("expires_at", "datetime"),
    ),
)

WORKFLOWS: Final = Kind(
    path="workflows",
    singular="workflow",
    name="arvados#workflow",
    fields=(
        *common_fields(),
        Field("name", "string"),
        Field("description", "text"),
        Field("definition", "text"),
        Field("collection_uuid", "string"),
    ),
)

COLLECTIONS: Final = Kind(
    path="collections",
    singular="collection",
    name="arvados#collection",
    fields=(
        *common_fields(),
        Field("name", "string"),
        Field("description", "text"),
        Field("properties", "object", default={}, nullable=False),
        Field("portable_data_hash", "string"),
        Field("manifest_text", "text", searchable=False, bulky=True),
        made("unsigned_manifest_text", "text"),
        Field("replication_desired", "integer"),
        system("replication_confirmed", "integer"),
        system("replication_confirmed_at", "datetime"),
        Field("storage_classes_desired", "array", default=["default"], nullable=False),
        system("storage_classes_confirmed", "array", default=[], nullable=False),
        system("storage_classes_confirmed_at", "datetime"),
        Field("trash_at", "datetime"),
        Field("delete_at", "datetime"),
        system("is_trashed", "boolean", default=False, nullable=False),
        system("version", "integer", default=1, nullable=False),
        system("current_version_uuid", "string"),
        Field("preserve_version", "boolean", default=False, nullable=False),
        system("file_count", "integer", default=0, nullable=False),
        system("file_size_total", "bigint", default=0, nullable=False),
    ),
)

#: Every kind by its path segment.
KINDS: Final[Mapping[str, Kind]] = {
    kind.path: kind
    for kind in (
        USERS,
        GROUPS,
        API_CLIENT_AUTHORIZATIONS,
        CONTAINER_REQUESTS,
        CONTAINERS,
        COLLECTIONS,
        WORKFLOWS,
        LINKS,
        LOGS,
        AUTHORIZED_KEYS,
    )
}

#: By a kind's path and a name: the field with the UUID of another record that filters may ask about, and its kind.
RELATED: Final[Mapping[tuple[str, str], tuple[str, Kind]]] = {
    (CONTAINER_REQUESTS.path, "container"): ("container_uuid", CONTAINERS),
    (WORKFLOWS.path, "collection"): ("collection_uuid", COLLECTIONS),
}


def kind_of(uuid: str) -> Kind | None:
    """The kind that a well-formed UUID's infix names; None if it is none of ours."""
    return next((kind for kind in KINDS.values() if is_uuid(uuid, kind.path)), None)
