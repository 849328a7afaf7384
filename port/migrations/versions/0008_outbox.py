"""outbox"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "outbox_attempt",
        sa.Column("delivery_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("detail", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_outbox_attempt")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outbox_delivery",
        sa.Column("delivery_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("target_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("visit_id", sa.String(), nullable=True),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("channel IN ('WEBHOOK', 'PUSH', 'SMS', 'EMAIL')", name=op.f("ck_outbox_delivery_channel")),
        sa.CheckConstraint(
            "state IN ('WAITING', 'DELIVERED', 'FAILED', 'GONE', 'REVOKED', 'CANCELLED')",
            name=op.f("ck_outbox_delivery_state"),
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_outbox_delivery")),
    )
    with op.batch_alter_table("outbox_delivery", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_delivery_due", ["channel", "target_id", "state", "due_at"], unique=False)
        batch_op.create_index("ix_outbox_delivery_finished", ["finished_at"], unique=False)
        batch_op.create_index("ix_outbox_delivery_log", ["channel", "target_id", "created_at"], unique=False)
        batch_op.create_index(
            "ix_outbox_delivery_position", ["channel", "target_id", "state", "position", "ordinal"], unique=False
        )
        batch_op.create_index(
            "ix_outbox_delivery_order", ["channel", "target_id", "key", "state", "version", "ordinal"], unique=False
        )

    op.create_table(
        "outbox_follower",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_outbox_follower")),
    )
    op.create_table(
        "outbox_target",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("target_id", sa.String(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("lease_token", sa.String(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("shut_until", sa.BigInteger(), nullable=True),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("channel IN ('WEBHOOK', 'PUSH', 'SMS', 'EMAIL')", name=op.f("ck_outbox_target_channel")),
        sa.PrimaryKeyConstraint("channel", "target_id", name=op.f("pk_outbox_target")),
    )
    with op.batch_alter_table("outbox_target", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_target_next", ["next_at"], unique=False)

    op.create_table(
        "webhook_endpoint",
        sa.Column("webhook_id", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("types", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("disabled_reason", sa.String(), nullable=True),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("old_secret", sa.LargeBinary(), nullable=True),
        sa.Column("old_secret_until", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("since_position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since_at", sa.BigInteger(), nullable=False),
        sa.Column("replay_after", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("replay_upto", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("state IN ('ENABLED', 'DISABLED')", name=op.f("ck_webhook_endpoint_state")),
        sa.PrimaryKeyConstraint("webhook_id", name=op.f("pk_webhook_endpoint")),
    )
    with op.batch_alter_table("webhook_endpoint", schema=None) as batch_op:
        batch_op.create_index("ix_webhook_endpoint_owner", ["party", "role"], unique=False)
