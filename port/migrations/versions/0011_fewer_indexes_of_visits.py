"""fewer indexes of visits: each of them was a page to read and to write for every box that comes back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    with op.batch_alter_table("visit", schema=None) as batch_op:
        # Nobody asks in its order: by container alone ix_visit_open finds as well.
        batch_op.drop_index("ix_visit_container")
        # Nobody asks whose alias an id is the other way round.
        batch_op.drop_index(batch_op.f("ix_visit_alias_of"))
        # Of a million visits a handful is overdue.
        batch_op.drop_index(batch_op.f("ix_visit_is_overdue"))
        batch_op.create_index(
            "ix_visit_overdue",
            ["minted_position"],
            unique=False,
            sqlite_where=sa.text("is_overdue"),
            postgresql_where=sa.text("is_overdue"),
        )
