"""indexes for long tables: lists are walked, not sorted; what waits is found without reading what is done"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(
            "ix_decision_waiting",
            ["position"],
            unique=False,
            sqlite_where=sa.text("is_current AND (route = 'HOLD' OR is_awaiting_site)"),
            postgresql_where=sa.text("is_current AND (route = 'HOLD' OR is_awaiting_site)"),
        )

    with op.batch_alter_table("instruction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_instruction_facility"))
        batch_op.create_index("ix_instruction_facility", ["facility_code", "position"], unique=False)
        batch_op.create_index(
            "ix_instruction_open",
            ["facility_code", "position"],
            unique=False,
            sqlite_where=sa.text("state IN ('ISSUED', 'ACKNOWLEDGED')"),
            postgresql_where=sa.text("state IN ('ISSUED', 'ACKNOWLEDGED')"),
        )

    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_sender_state"))
        batch_op.drop_index(batch_op.f("ix_message_reference"))
        batch_op.create_index(
            "ix_message_reference",
            ["sender", "reference"],
            unique=False,
            sqlite_where=sa.text("reference <> ''"),
            postgresql_where=sa.text("reference <> ''"),
        )
        batch_op.create_index("ix_message_at", ["received_at", "receipt_id"], unique=False)
        batch_op.create_index(
            "ix_message_refused",
            ["received_at", "receipt_id"],
            unique=False,
            sqlite_where=sa.text("rejected > 0"),
            postgresql_where=sa.text("rejected > 0"),
        )
        batch_op.create_index("ix_message_sender_at", ["sender", "received_at", "receipt_id"], unique=False)
        # After the one above: of two that serve a question as well, SQLite takes the newer.
        batch_op.create_index(
            "ix_message_sender_refused",
            ["sender", "received_at", "receipt_id"],
            unique=False,
            sqlite_where=sa.text("rejected > 0"),
            postgresql_where=sa.text("rejected > 0"),
        )
