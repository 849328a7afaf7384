"""watching"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "interest",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.Column("quiet_from", sa.String(), nullable=True),
        sa.Column("quiet_to", sa.String(), nullable=True),
        sa.Column("quiet_zone", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("digest IN ('NONE', 'HOURLY', 'DAILY')", name=op.f("ck_interest_digest")),
        sa.CheckConstraint("language IN ('zh', 'en')", name=op.f("ck_interest_language")),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_interest")),
    )
    op.create_table(
        "notice",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("noticed_at", sa.BigInteger(), nullable=False),
        sa.Column("digest_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("person", "key", "version", "type", name=op.f("pk_notice")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("ix_notice_digest", ["person", "digest_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_notice_noticed_at"), ["noticed_at"], unique=False)
        batch_op.create_index("ix_notice_person", ["person", "noticed_at"], unique=False)

    op.create_table(
        "notice_address",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address_id", sa.String(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("ending", sa.String(), nullable=False),
        sa.Column("code_expires_at", sa.BigInteger(), nullable=False),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        sa.Column("codes", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("verified_at", sa.BigInteger(), nullable=True),
        sa.Column("since_position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("state IN ('PENDING', 'VERIFIED', 'OFF')", name=op.f("ck_notice_address_state")),
        sa.PrimaryKeyConstraint("person", "channel", name=op.f("pk_notice_address")),
    )
    with op.batch_alter_table("notice_address", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_address_address_id"), ["address_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_notice_address_ending"), ["ending"], unique=False)

    op.create_table(
        "notice_code",
        sa.Column("address_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address_id", "number", name=op.f("pk_notice_code")),
    )
    with op.batch_alter_table("notice_code", schema=None) as batch_op:
        batch_op.create_index("ix_notice_code_address", ["address", "at"], unique=False)
        batch_op.create_index("ix_notice_code_person", ["person", "at"], unique=False)

    op.create_table(
        "push_subscription",
        sa.Column("subscription_id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("endpoint_sha256", sa.String(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.String(), nullable=False),
        sa.Column("auth", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("since_position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("subscription_id", name=op.f("pk_push_subscription")),
        sa.UniqueConstraint("endpoint_sha256", name=op.f("uq_push_subscription_endpoint_sha256")),
    )
    with op.batch_alter_table("push_subscription", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_push_subscription_person"), ["person"], unique=False)

    op.create_table(
        "watched_container",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("container_number", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("since_position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("person", "container_number", name=op.f("pk_watched_container")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("watched_container", schema=None) as batch_op:
        batch_op.create_index("ix_watched_container_number", ["container_number"], unique=False)

    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_key_person"), ["person"], unique=False)
