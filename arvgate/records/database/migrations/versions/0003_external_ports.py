"""
Which container has which external port, on clusters without wildcard DNS.

Revision 0003.  Not here: the present schema (L{arvgate.records.schema}); a released step stays as it is.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "external_ports",
        sa.Column("external_port", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("container_uuid", sa.String()),
        sa.Column("container_port", sa.Integer()),
        sa.Column("released_at", sa.BigInteger()),
    )
    op.create_index("external_ports_container", "external_ports", ["container_uuid", "container_port"], unique=True)
