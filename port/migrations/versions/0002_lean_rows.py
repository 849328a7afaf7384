"""lean rows: a decision is in the log once, and a long version takes no page of its own on SQLite"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_column("body")
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("key_change", recreate="always", table_kwargs={"sqlite_with_rowid": True}):
            pass
