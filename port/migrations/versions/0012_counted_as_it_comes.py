"""counted as it comes: sources, visits and alerts; ships by their names, the latest call first"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_WIDE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BYTES = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_SOURCES = """
    INSERT INTO source (sender, format, heard_at, messages, refused)
    SELECT sender, format, max(received_at), count(*), sum(CASE WHEN rejected > 0 THEN 1 ELSE 0 END)
    FROM message GROUP BY sender, format
"""
_COUNTS = """
    UPDATE log_head SET visits = (SELECT count(*) FROM visit WHERE alias_of IS NULL),
    alerts = (SELECT count(*) FROM alert)
"""
_CALLS = """
    SELECT call_id, record FROM vessel_call
    WHERE NOT EXISTS (SELECT 1 FROM call_alias WHERE alias = 'id:' || vessel_call.call_id)
"""


def upgrade() -> None:
    """To this revision."""
    with op.batch_alter_table("log_head", schema=None) as batch_op:
        batch_op.add_column(sa.Column("visits", _WIDE, server_default="0", nullable=False))
        batch_op.add_column(sa.Column("alerts", _WIDE, server_default="0", nullable=False))
    op.create_table(
        "source",
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.Column("messages", _WIDE, nullable=False),
        sa.Column("refused", _WIDE, nullable=False),
        sa.PrimaryKeyConstraint("sender", "format", name=op.f("pk_source")),
        sqlite_with_rowid=False,
    )
    names = op.create_table(
        "call_name",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("name", _BYTES, nullable=False),
        sa.Column("arrives_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "name", name=op.f("pk_call_name")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("call_name", schema=None) as batch_op:
        batch_op.create_index("ix_call_name_latest", ["name", "arrives_at", "call_id"], unique=False)
    with op.batch_alter_table("reconciliation", schema=None) as batch_op:
        batch_op.create_index("ix_reconciliation_sender", ["sender", "hour", "format"], unique=False)
        batch_op.create_index(
            "ix_reconciliation_differing",
            ["hour", "sender", "format"],
            unique=False,
            sqlite_where=sa.text("NOT is_equal OR counts_wrong > 0"),
            postgresql_where=sa.text("NOT is_equal OR counts_wrong > 0"),
        )
    op.execute(_SOURCES)
    op.execute(_COUNTS)
    found = op.get_bind().execute(sa.text(_CALLS)).all()
    rows = [row for call_id, record in found for row in _named(call_id, json.loads(record))]
    if rows:
        op.bulk_insert(names, rows)


def _named(call_id: str, record: dict[str, object]) -> Iterator[dict[str, object]]:
    told = record.get("ata") or record.get("eta") or record.get("atd")
    arrives_at = (_instant(str(told)) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) if told else 0
    aliases = [str(alias) for alias in record.get("aliases") or ()]  # type: ignore[attr-defined]
    vessels = {alias.partition("/")[0] for alias in aliases if "/" in alias and not alias.startswith("stay:")}
    known = {f"v:{vessel.upper()}" for vessel in vessels if vessel}
    if record.get("vessel_name"):
        known.add(f"n:{str(record['vessel_name']).upper()}")
    for name in sorted(known):
        yield {"call_id": call_id, "name": name, "arrives_at": arrives_at}


def _instant(told: str) -> datetime:
    return datetime.fromisoformat(told)
