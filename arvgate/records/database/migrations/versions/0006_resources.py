"""
The fingerprints of SSH keys, each of which is there once, and indexes of collections.

Revision 0006.  Not here: the present schema (L{arvgate.records.schema}); a released step stays as it is.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the indexes."""
    op.add_column("authorized_keys", sa.Column("fingerprint", sa.String()))
    op.create_index("authorized_keys_fingerprint", "authorized_keys", ["fingerprint"], unique=True)
    op.create_index("authorized_keys_authorized_user_uuid", "authorized_keys", ["authorized_user_uuid"])
    op.create_index("collections_portable_data_hash", "collections", ["portable_data_hash"])
    kept = sa.not_(sa.column("is_trashed", sa.Boolean()))
    due = sa.column("trash_at").is_not(None)
    for name, columns, condition, unique in (
        ("collections_name", ["owner_uuid", "name"], kept, True),
        ("collections_trash_at", ["trash_at"], due, False),
    ):
        op.create_index(name, "collections", columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
