"""rule lab"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


# What is written of a version, an approval and an activation stands, whoever holds the database's password.  A table
# that is rebuilt on SQLite (a batch with `recreate`) loses its triggers: make them again.
_STANDS = {
    "ruleset_version": "a version of the rules is not changed once it is written",
    "ruleset_approval": "an approval is not changed once it is given",
    "ruleset_activation": "an activation is not changed once it is written",
}
_FIXED = ("content_hash", "name", "kept_at", "body")
# SQLite asks after foreign keys only where a connection wants it to, and REPLACE deletes without telling a trigger.
_SQLITE_REFUSES = {
    "ruleset_version": (
        "a version of the rules is not changed once it is written",
        (
            "EXISTS (SELECT 1 FROM ruleset_version v WHERE v.content_hash = NEW.content_hash"
            " AND (v.body IS NOT NEW.body OR v.author IS NOT NEW.author))"
        ),
    ),
    "ruleset_approval": (
        "an approval names the author of its version and another person, once",
        (
            "NOT EXISTS (SELECT 1 FROM ruleset_version v WHERE v.content_hash = NEW.content_hash AND v.author = NEW.author)"
            " OR NOT EXISTS (SELECT 1 FROM api_key k WHERE k.key_id = NEW.approver)"
            " OR EXISTS (SELECT 1 FROM ruleset_approval a WHERE a.content_hash = NEW.content_hash)"
        ),
    ),
    "ruleset_activation": (
        "an activation names the approval of its version, or goes back to the founding",
        (
            "EXISTS (SELECT 1 FROM ruleset_activation a WHERE a.number = NEW.number)"
            " OR NOT EXISTS (SELECT 1 FROM ruleset_version v WHERE v.content_hash = NEW.content_hash)"
            " OR (NEW.approval IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM ruleset_approval a WHERE a.content_hash = NEW.approval))"
            " OR (NEW.restores IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ruleset_activation a"
            " WHERE a.number = NEW.restores AND a.content_hash = NEW.content_hash))"
            " OR (NEW.withdraws IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ruleset_activation a"
            " WHERE a.number = NEW.withdraws AND a.content_hash = NEW.content_hash))"
        ),
    ),
}


def upgrade() -> None:
    """To this revision."""
    _make_tables()
    for table, message in _STANDS.items():
        _keep_as_written(table, message, on_postgresql=op.get_bind().dialect.name == "postgresql")
    if op.get_bind().dialect.name == "sqlite":
        for table, (message, when) in _SQLITE_REFUSES.items():
            op.execute(
                f"CREATE TRIGGER {table}_written BEFORE INSERT ON {table} FOR EACH ROW WHEN {when}"
                f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )


def _keep_as_written(table: str, message: str, *, on_postgresql: bool) -> None:
    differs = "IS DISTINCT FROM" if on_postgresql else "IS NOT"
    when = ""
    if table == "ruleset_version":
        # One that a port was founded with may get an author; tests and note are no part of a version.
        fixed = [f"NEW.{name} {differs} OLD.{name}" for name in _FIXED]
        when = f"WHEN ({' OR '.join(fixed)} OR (OLD.author IS NOT NULL AND NEW.author {differs} OLD.author))"
    if on_postgresql:
        op.execute(
            f"CREATE FUNCTION {table}_stands() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
    then = f"EXECUTE FUNCTION {table}_stands()" if on_postgresql else f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
    each = "FOR EACH ROW"
    op.execute(f"CREATE TRIGGER {table}_changed BEFORE UPDATE ON {table} {each} {when} {then}")
    op.execute(f"CREATE TRIGGER {table}_deleted BEFORE DELETE ON {table} {each} {then}")
    if on_postgresql:
        op.execute(f"CREATE TRIGGER {table}_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {then}")


def _make_tables() -> None:
    op.create_table(
        "declaration_file",
        sa.Column("upload_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=True),
        sa.Column("last_at", sa.BigInteger(), nullable=True),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("upload_id", name=op.f("pk_declaration_file")),
    )
    with op.batch_alter_table("declaration_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_declaration_file_sha256"), ["sha256"], unique=False)

    op.create_table(
        "finding_profile",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("inspections", sa.Integer(), nullable=False),
        sa.Column("finds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_finding_profile")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lab_job",
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("heartbeat_at", sa.BigInteger(), nullable=True),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=True),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('BACKTEST', 'SIMULATION')", name=op.f("ck_lab_job_kind")),
        sa.CheckConstraint(
            "state IN ('WAITING', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED')", name=op.f("ck_lab_job_state")
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_lab_job")),
    )
    with op.batch_alter_table("lab_job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lab_job_content_hash"), ["content_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_lab_job_created_at"), ["created_at"], unique=False)
        batch_op.create_index("ix_lab_job_state", ["state", "created_at"], unique=False)

    op.create_table(
        "profile_position",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_position")),
    )
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.add_column(sa.Column("person", sa.String(), nullable=True))
    op.execute("UPDATE api_key SET person = line")
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.alter_column("person", existing_type=sa.String(), nullable=False)

    with op.batch_alter_table("ruleset_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("author", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("party", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("based_on", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("note", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("tests", sa.Text(), nullable=False, server_default="[]"))
        batch_op.add_column(
            sa.Column(
                "position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, server_default="0"
            )
        )
        batch_op.create_index(batch_op.f("ix_ruleset_version_name"), ["name"], unique=False)
        batch_op.create_unique_constraint(
            batch_op.f("uq_ruleset_version_content_hash_author"), ["content_hash", "author"]
        )
        batch_op.create_foreign_key(batch_op.f("fk_ruleset_version_author_api_key"), "api_key", ["author"], ["key_id"])

    op.create_table(
        "ruleset_approval",
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("approver", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("waived", sa.String(), nullable=False),
        sa.CheckConstraint("author <> approver", name=op.f("ck_ruleset_approval_four_eyes")),
        sa.ForeignKeyConstraint(["approver"], ["api_key.key_id"], name=op.f("fk_ruleset_approval_approver_api_key")),
        sa.ForeignKeyConstraint(
            ["content_hash", "author"],
            ["ruleset_version.content_hash", "ruleset_version.author"],
            name=op.f("fk_ruleset_approval_content_hash_author_ruleset_version"),
        ),
        sa.PrimaryKeyConstraint("content_hash", name=op.f("pk_ruleset_approval")),
    )
    op.create_table(
        "shadow_run",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("stopped_at", sa.BigInteger(), nullable=True),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("cases", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("errors", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agreed", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_hash"], ["ruleset_version.content_hash"], name=op.f("fk_shadow_run_content_hash_ruleset_version")
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_shadow_run")),
    )
    with op.batch_alter_table("shadow_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shadow_run_content_hash"), ["content_hash"], unique=False)
        batch_op.create_index(
            "ix_shadow_run_running",
            ["content_hash"],
            unique=True,
            sqlite_where=sa.text("stopped_at IS NULL"),
            postgresql_where=sa.text("stopped_at IS NULL"),
        )

    op.create_table(
        "ruleset_activation",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("approval", sa.String(), nullable=True),
        sa.Column("restores", sa.Integer(), nullable=True),
        sa.Column("withdraws", sa.Integer(), nullable=True),
        sa.Column("effective_at", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sites", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "number = 1 OR (approval IS NOT NULL AND approval = content_hash) OR (restores IS NOT NULL AND restores = 1) OR withdraws IS NOT NULL",  # noqa: E501
            name=op.f("ck_ruleset_activation_approved"),
        ),
        sa.ForeignKeyConstraint(
            ["approval"],
            ["ruleset_approval.content_hash"],
            name=op.f("fk_ruleset_activation_approval_ruleset_approval"),
        ),
        sa.ForeignKeyConstraint(
            ["content_hash"],
            ["ruleset_version.content_hash"],
            name=op.f("fk_ruleset_activation_content_hash_ruleset_version"),
        ),
        sa.ForeignKeyConstraint(
            ["restores", "content_hash"],
            ["ruleset_activation.number", "ruleset_activation.content_hash"],
            name=op.f("fk_ruleset_activation_restores_content_hash_ruleset_activation"),
        ),
        sa.ForeignKeyConstraint(
            ["withdraws", "content_hash"],
            ["ruleset_activation.number", "ruleset_activation.content_hash"],
            name=op.f("fk_ruleset_activation_withdraws_content_hash_ruleset_activation"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ruleset_activation")),
        sa.UniqueConstraint("number", "content_hash", name=op.f("uq_ruleset_activation_number_content_hash")),
    )
    op.create_table(
        "shadow_result",
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("container_number", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("row", sa.String(), nullable=True),
        sa.Column("shadow_route", sa.String(), nullable=False),
        sa.Column("shadow_reason", sa.String(), nullable=False),
        sa.Column("shadow_row", sa.String(), nullable=True),
        sa.Column("is_error", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_hash"],
            ["ruleset_version.content_hash"],
            name=op.f("fk_shadow_result_content_hash_ruleset_version"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["shadow_run.run_id"], name=op.f("fk_shadow_result_run_id_shadow_run")),
        sa.PrimaryKeyConstraint("content_hash", "decision_id", name=op.f("pk_shadow_result")),
    )
    with op.batch_alter_table("shadow_result", schema=None) as batch_op:
        batch_op.create_index("ix_shadow_result_position", ["content_hash", "position"], unique=False)
        batch_op.create_index(batch_op.f("ix_shadow_result_run_id"), ["run_id"], unique=False)
