"""
Under which SystemRootToken a container was locked.

Revision 0007.  Not here: the present schema (L{arvgate.records.schema}); a released step stays as it is.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what runs already it is not known."""
    op.add_column("containers", sa.Column("locked_under", sa.String()))
