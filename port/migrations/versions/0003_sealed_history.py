"""sealed history: a container's earlier stays are set aside, so that its cost does not grow with them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "history_seal",
        sa.Column("container_number", sa.String(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("next_begun_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("container_number", name=op.f("pk_history_seal")),
    )
    op.create_table(
        "sealed_reference",
        sa.Column("container_number", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("container_number", "reference", name=op.f("pk_sealed_reference")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_sealed", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_index("ix_visit_open", ["container_number", "is_sealed"], unique=False)
