"""first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915
    """To this revision."""
    op.create_table(
        "alert",
        sa.Column("alert_id", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("visit_id", sa.String(), nullable=True),
        sa.Column("container_number", sa.String(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alert")),
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_position"), ["position"], unique=False)
        batch_op.create_index(batch_op.f("ix_alert_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "call_alias",
        sa.Column("alias", sa.String(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("alias", name=op.f("pk_call_alias")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("call_alias", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_alias_call_id"), ["call_id"], unique=False)

    op.create_table(
        "certificate_mailing",
        sa.Column("mailing_id", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("applicant", sa.String(), nullable=False),
        sa.Column("certificate_number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("visit_id", sa.String(), nullable=True),
        sa.Column("locker", sa.String(), nullable=True),
        sa.Column("code_hash", sa.String(), nullable=True),
        sa.Column("code_expires_at", sa.BigInteger(), nullable=True),
        sa.Column("codes_drawn", sa.Integer(), nullable=False),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=True),
        sa.Column("courier", sa.String(), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("mailing_id", name=op.f("pk_certificate_mailing")),
    )
    with op.batch_alter_table("certificate_mailing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_mailing_applicant"), ["applicant"], unique=False)
        batch_op.create_index(batch_op.f("ix_certificate_mailing_courier"), ["courier"], unique=False)
        batch_op.create_index(batch_op.f("ix_certificate_mailing_item_id"), ["item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_certificate_mailing_position"), ["position"], unique=False)
        batch_op.create_index(batch_op.f("ix_certificate_mailing_state"), ["state"], unique=False)

    op.create_table(
        "decision",
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("visit_id", sa.String(), nullable=False),
        sa.Column("container_number", sa.String(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("point", sa.String(), nullable=True),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("is_awaiting_site", sa.Boolean(), nullable=False),
        sa.Column("reserves", sa.String(), nullable=True),
        sa.Column("holds_slot", sa.Boolean(), nullable=False),
        sa.Column("has_plug", sa.Boolean(), nullable=False),
        sa.Column("because_of", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decision")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_position"), ["position"], unique=False)
        batch_op.create_index("ix_decision_site", ["holds_slot", "reserves"], unique=False)
        batch_op.create_index("ix_decision_visit", ["visit_id"], unique=False)

    op.create_table(
        "event_key",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column(
            "position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.PrimaryKeyConstraint("key", "position", name=op.f("pk_event_key")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "instruction",
        sa.Column("instruction_id", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("visit_id", sa.String(), nullable=False),
        sa.Column("container_number", sa.String(), nullable=False),
        sa.Column("facility_code", sa.String(), nullable=True),
        sa.Column("point", sa.String(), nullable=False),
        sa.Column("point_event_id", sa.String(), nullable=True),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("executed_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("supersedes", sa.String(), nullable=True),
        sa.Column("superseded_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("instruction_id", name=op.f("pk_instruction")),
    )
    with op.batch_alter_table("instruction", schema=None) as batch_op:
        batch_op.create_index("ix_instruction_facility", ["facility_code", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_instruction_position"), ["position"], unique=False)
        batch_op.create_index("ix_instruction_visit", ["visit_id"], unique=False)

    op.create_table(
        "key_change",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", "version", name=op.f("pk_key_change")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("key_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_key_change_position"), ["position"], unique=False)

    op.create_table(
        "log_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("database_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_head")),
    )
    op.create_table(
        "message",
        sa.Column("receipt_id", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("receipt_id", name=op.f("pk_message")),
        sa.UniqueConstraint("sender", "format", "identity", name="uq_message_identity"),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index("ix_message_reference", ["sender", "reference"], unique=False)
        batch_op.create_index("ix_message_sender_state", ["sender", "state", "received_at"], unique=False)

    op.create_table(
        "party",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_party")),
    )
    op.create_table(
        "rights",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights")),
    )
    op.create_table(
        "ruleset_version",
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("content_hash", name=op.f("pk_ruleset_version")),
    )
    op.create_table(
        "salt",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_salt")),
    )
    op.create_table(
        "sender_sequence",
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("sender", name=op.f("pk_sender_sequence")),
    )
    op.create_table(
        "stored_event",
        sa.Column(
            "position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("sender_role", sa.String(), nullable=False),
        sa.Column("receipt_id", sa.String(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_stored_event")),
        sa.UniqueConstraint("event_id", name=op.f("uq_stored_event_event_id")),
    )
    with op.batch_alter_table("stored_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stored_event_receipt_id"), ["receipt_id"], unique=False)

    op.create_table(
        "vessel_call",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_vessel_call")),
    )
    op.create_table(
        "visit",
        sa.Column("visit_id", sa.String(), nullable=False),
        sa.Column("container_number", sa.String(), nullable=False),
        sa.Column("founding_event_id", sa.String(), nullable=False),
        sa.Column("minted_position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("alias_of", sa.String(), nullable=True),
        sa.Column("visit_key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=True),
        sa.Column("is_expected", sa.Boolean(), nullable=False),
        sa.Column("is_overdue", sa.Boolean(), nullable=False),
        sa.Column("filed_as", sa.String(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_visit")),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_alias_of"), ["alias_of"], unique=False)
        batch_op.create_index("ix_visit_container", ["container_number", "begun_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_visit_is_overdue"), ["is_overdue"], unique=False)

    op.create_table(
        "visit_reference",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("visit_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("reference", "visit_id", name=op.f("pk_visit_reference")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("visit_reference", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_reference_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "visit_viewer",
        sa.Column("visit_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("visit_id", "kind", "code", name=op.f("pk_visit_viewer")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("visit_viewer", schema=None) as batch_op:
        batch_op.create_index("ix_visit_viewer_code", ["kind", "code"], unique=False)

    op.create_table(
        "api_key",
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("secret_sha256", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("facilities", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "role IN ('terminal', 'depot', 'tally', 'customs', 'forwarder', 'broker', 'consignee', 'carrier', 'agent', 'haulier', 'courier', 'authority', 'admin')",  # noqa: E501
            name=op.f("ck_api_key_role"),
        ),
        sa.ForeignKeyConstraint(["party"], ["party.code"], name=op.f("fk_api_key_party_party")),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_key")),
    )
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_key_line"), ["line"], unique=False)
        batch_op.create_index(batch_op.f("ix_api_key_party"), ["party"], unique=False)

    op.create_table(
        "facility",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('TERMINAL', 'DEPOT', 'INSPECTION')", name=op.f("ck_facility_kind")),
        sa.ForeignKeyConstraint(["party"], ["party.code"], name=op.f("fk_facility_party_party")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_facility")),
    )
    with op.batch_alter_table("facility", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_facility_party"), ["party"], unique=False)

    op.create_table(
        "party_role",
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.CheckConstraint(
            "role IN ('terminal', 'depot', 'tally', 'customs', 'forwarder', 'broker', 'consignee', 'carrier', 'agent', 'haulier', 'courier', 'authority', 'admin')",  # noqa: E501
            name=op.f("ck_party_role_role"),
        ),
        sa.ForeignKeyConstraint(["party"], ["party.code"], name=op.f("fk_party_role_party_party")),
        sa.PrimaryKeyConstraint("party", "role", name=op.f("pk_party_role")),
    )
    op.create_table(
        "entry_code",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.key_id"], name=op.f("fk_entry_code_key_id_api_key")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_entry_code")),
    )
    with op.batch_alter_table("entry_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entry_code_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "session",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.key_id"], name=op.f("fk_session_key_id_api_key")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_session")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "stream_ticket",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("session", sa.String(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.key_id"], name=op.f("fk_stream_ticket_key_id_api_key")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_stream_ticket")),
    )
    with op.batch_alter_table("stream_ticket", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stream_ticket_expires_at"), ["expires_at"], unique=False)
