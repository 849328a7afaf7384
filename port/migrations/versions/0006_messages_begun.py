"""messages begun"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(
            "ix_message_begun",
            ["received_at"],
            unique=False,
            sqlite_where=sa.text("state = 'TAKING'"),
            postgresql_where=sa.text("state = 'TAKING'"),
        )
