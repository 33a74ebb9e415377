"""
The first schema: all kinds of records, and the change feed.

Revision 0001.  Not here: the present schema (L{arvgate.records.schema}); a released step stays as it is.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables."""
    _users()
    _groups()
    _api_client_authorizations()
    _container_requests()
    _containers()
    _collections()
    _workflows()
    _links()
    _logs()
    _authorized_keys()
    _changes()


def _column(kind: Any) -> Any:
    def column(name: str, needed: bool = False) -> sa.Column[Any]:
        return sa.Column(name, kind, nullable=not needed)

    return column


_string = _column(sa.String())
_text = _column(sa.Text())
_integer = _column(sa.Integer())
_bigint = _column(sa.BigInteger())
_double = _column(sa.Double())
_boolean = _column(sa.Boolean())
_moment = _column(sa.BigInteger())
_binary = _column(sa.LargeBinary())
_json = _column(sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"))


def _counter() -> sa.Column[Any]:
    counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("id", counter, primary_key=True, autoincrement=True)


def _common(key: bool = True) -> list[sa.Column[Any]]:
    return [
        sa.Column("uuid", sa.String(), primary_key=key, unique=None if key else True, nullable=False),
        _string("owner_uuid", needed=True),
        _moment("created_at", needed=True),
        _moment("modified_at", needed=True),
        _string("modified_by_user_uuid"),
        _string("etag", needed=True),
    ]


def _index(table: str, *columns: str, name: str = "", **options: Any) -> None:
    op.create_index(f"{table}_{name or columns[0]}", table, list(columns), **options)


def _record_indexes(table: str) -> None:
    _index(table, "modified_at", "uuid")
    _index(table, "owner_uuid")


def _users() -> None:
    op.create_table(
        "users",
        *_common(),
        _string("username"),
        _string("email"),
        _string("first_name"),
        _string("last_name"),
        _string("identity_url"),
        _boolean("is_active", needed=True),
        _boolean("is_admin", needed=True),
        _json("prefs", needed=True),
    )
    _record_indexes("users")
    _index("users", "username", unique=True)


def _groups() -> None:
    op.create_table(
        "groups",
        *_common(),
        _string("name"),
        _string("group_class"),
        _text("description"),
        _json("properties", needed=True),
        _moment("trash_at"),
        _moment("delete_at"),
        _boolean("is_trashed", needed=True),
        _string("frozen_by_uuid"),
    )
    _record_indexes("groups")


def _api_client_authorizations() -> None:
    op.create_table(
        "api_client_authorizations",
        *_common(),
        _binary("api_token"),
        _string("created_by_ip_address"),
        _string("last_used_by_ip_address"),
        _moment("last_used_at"),
        _moment("expires_at"),
        _json("scopes", needed=True),
        _string("parent_uuid"),
        _binary("secret_hash", needed=True),
        _string("purpose"),
        _string("container_uuid"),
    )
    _record_indexes("api_client_authorizations")
    _index("api_client_authorizations", "container_uuid")
    _index("api_client_authorizations", "expires_at")
    _index("api_client_authorizations", "parent_uuid")
    _index("api_client_authorizations", "secret_hash", unique=True)


def _container_requests() -> None:
    op.create_table(
        "container_requests",
        *_common(),
        _string("name"),
        _text("description"),
        _json("properties", needed=True),
        _string("state", needed=True),
        _string("requesting_container_uuid"),
        _string("container_uuid"),
        _integer("container_count", needed=True),
        _integer("container_count_max"),
        _string("container_image"),
        _json("command", needed=True),
        _string("cwd", needed=True),
        _json("environment", needed=True),
        _json("mounts", needed=True),
        _binary("secret_mounts"),
        _string("output_path"),
        _json("output_glob", needed=True),
        _string("output_name"),
        _integer("output_ttl", needed=True),
        _json("output_storage_classes", needed=True),
        _json("output_properties", needed=True),
        _string("output_uuid"),
        _string("log_uuid"),
        _integer("priority"),
        _json("runtime_constraints", needed=True),
        _json("scheduling_parameters", needed=True),
        _boolean("use_existing", needed=True),
        _json("filters"),
        _moment("expires_at"),
        _binary("runtime_token"),
        _double("cumulative_cost", needed=True),
        _boolean("service", needed=True),
        _json("published_ports", needed=True),
    )
    _record_indexes("container_requests")
    _index("container_requests", "container_uuid")
    _index("container_requests", "requesting_container_uuid")


def _containers() -> None:
    op.create_table(
        "containers",
        *_common(),
        _string("state", needed=True),
        _json("command", needed=True),
        _string("cwd", needed=True),
        _json("environment", needed=True),
        _json("mounts", needed=True),
        _binary("secret_mounts"),
        _string("output_path"),
        _json("output_glob", needed=True),
        _string("container_image"),
        _json("runtime_constraints", needed=True),
        _json("scheduling_parameters", needed=True),
        _json("output_storage_classes", needed=True),
        _boolean("service", needed=True),
        _json("published_ports", needed=True),
        _binary("runtime_token"),
        _string("runtime_user_uuid"),
        _json("runtime_auth_scopes"),
        _bigint("priority", needed=True),
        _string("auth_uuid"),
        _string("locked_by_uuid"),
        _integer("lock_count", needed=True),
        _moment("started_at"),
        _moment("finished_at"),
        _integer("exit_code"),
        _string("log"),
        _string("output"),
        _double("progress"),
        _json("runtime_status", needed=True),
        _string("gateway_address"),
        _json("listening_ports", needed=True),
        _boolean("interactive_session_started", needed=True),
        _json("output_properties", needed=True),
        _double("cost", needed=True),
        _double("subrequests_cost", needed=True),
        _binary("secret_mounts_hash"),
    )
    _record_indexes("containers")
    _index("containers", "auth_uuid")
    _index("containers", "locked_by_uuid")
    _index("containers", "state", "priority", name="state_priority")


def _collections() -> None:
    op.create_table(
        "collections",
        *_common(),
        _string("name"),
        _text("description"),
        _json("properties", needed=True),
        _string("portable_data_hash"),
        _text("manifest_text"),
        _integer("replication_desired"),
        _integer("replication_confirmed"),
        _moment("replication_confirmed_at"),
        _json("storage_classes_desired", needed=True),
        _json("storage_classes_confirmed", needed=True),
        _moment("storage_classes_confirmed_at"),
        _moment("trash_at"),
        _moment("delete_at"),
        _boolean("is_trashed", needed=True),
        _integer("version", needed=True),
        _string("current_version_uuid"),
        _boolean("preserve_version", needed=True),
        _integer("file_count", needed=True),
        _bigint("file_size_total", needed=True),
    )
    _record_indexes("collections")


def _workflows() -> None:
    op.create_table(
        "workflows",
        *_common(),
        _string("name"),
        _text("description"),
        _text("definition"),
        _string("collection_uuid"),
    )
    _record_indexes("workflows")


def _links() -> None:
    op.create_table(
        "links",
        *_common(),
        _string("link_class"),
        _string("name"),
        _string("tail_uuid"),
        _string("head_uuid"),
        _string("tail_kind"),
        _string("head_kind"),
        _json("properties", needed=True),
    )
    _record_indexes("links")
    _index("links", "head_uuid", "link_class")
    _index(
        "links",
        "name",
        name="published_port_name",
        unique=True,
        sqlite_where=sa.text("link_class = 'published_port'"),
        postgresql_where=sa.text("link_class = 'published_port'"),
    )
    _index("links", "tail_uuid", "link_class")


def _logs() -> None:
    op.create_table(
        "logs",
        _counter(),
        *_common(key=False),
        _string("object_uuid"),
        _string("object_owner_uuid"),
        _string("object_kind"),
        _moment("event_at"),
        _string("event_type"),
        _text("summary"),
        _json("properties", needed=True),
        sqlite_autoincrement=True,
    )
    _record_indexes("logs")
    _index("logs", "event_at")
    _index("logs", "object_owner_uuid")
    _index("logs", "object_uuid")


def _authorized_keys() -> None:
    op.create_table(
        "authorized_keys",
        *_common(),
        _string("name"),
        _string("key_type"),
        _string("authorized_user_uuid"),
        _text("public_key"),
        _moment("expires_at"),
    )
    _record_indexes("authorized_keys")


def _changes() -> None:
    op.create_table(
        "changes",
        _counter(),
        _string("kind", needed=True),
        _string("uuid", needed=True),
        _string("related", needed=True),
        _moment("at", needed=True),
        sqlite_autoincrement=True,
    )
