"""
Indexes for permissions: links with what a path goes on by, and groups that are in the trash or frozen; and the role
of those who are not logged in, where there is the one of all users.

Revision 0005.  Not here: the present schema (L{arvgate.records.schema}); a released step stays as it is.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replace the indexes of links, add those of groups, and the role."""
    op.drop_index("links_tail_uuid", "links")
    op.drop_index("links_head_uuid", "links")
    op.create_index("links_tail_uuid", "links", ["tail_uuid", "link_class", "head_kind", "head_uuid", "name"])
    op.create_index("links_head_uuid", "links", ["head_uuid", "link_class", "tail_uuid", "name"])
    for name, columns, condition, unique in (
        ("groups_name", ["owner_uuid", "name"], sa.not_(sa.column("is_trashed", sa.Boolean())), True),
        ("groups_is_trashed", ["uuid"], sa.column("is_trashed", sa.Boolean()), False),
        ("groups_frozen_by_uuid", ["uuid"], sa.column("frozen_by_uuid").is_not(None), False),
    ):
        op.create_index(name, "groups", columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
    _add_anonymous_role()


def _add_anonymous_role() -> None:
    names = (
        "uuid", "owner_uuid", "created_at", "modified_at", "modified_by_user_uuid", "etag", "name", "group_class",
        "properties", "is_trashed",
    )  # fmt: skip
    groups = sa.table("groups", *(sa.column(name, sa.String()) for name in names))
    everybody = groups.c.uuid.like("%-j7d0g-fffffffffffffff")
    uuid = sa.func.substr(groups.c.uuid, 1, 5) + "-j7d0g-anonymouspublic"
    other = groups.alias("present")
    missing = ~sa.select(other.c.uuid).where(other.c.uuid.like("%-j7d0g-anonymouspublic")).exists()
    changed = {"uuid": uuid, "name": sa.literal("Anonymous users"), "etag": groups.c.etag + "a"}
    row = sa.select(*(changed.get(name, groups.c[name]) for name in names)).where(everybody, missing)
    op.execute(sa.insert(groups).from_select(list(names), row))
