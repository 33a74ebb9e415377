"""
Indexes for lists: in the order of modification and of creation, of all and of one owner's, and by name.

Revision 0008.  Not here: the present schema (L{arvgate.records.schema}); a released step stays as it is.
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_KINDS = (
    "users", "groups", "api_client_authorizations", "container_requests", "containers", "collections", "workflows",
    "links", "logs", "authorized_keys",
)  # fmt: skip


def upgrade() -> None:
    """Replace the indexes of owners, and add the others."""
    for kind in _KINDS:
        op.drop_index(f"{kind}_owner_uuid", kind)
        op.create_index(f"{kind}_owner_uuid", kind, ["owner_uuid", "modified_at", "uuid"])
        op.create_index(f"{kind}_created_at", kind, ["created_at", "uuid"])
    for kind in ("container_requests", "collections"):
        op.create_index(f"{kind}_owner_created_at", kind, ["owner_uuid", "created_at", "uuid"])
        op.create_index(f"{kind}_by_name", kind, ["name"])
