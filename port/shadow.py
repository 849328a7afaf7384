"""Shadow runs: versions of the rules that see live cases without effect, and what they would have decided: tables."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, text
from sqlmodel import Field, SQLModel

from events.columns import UtcDateTime, WideInteger

# A partial index serves only a question that says its condition in the same words.
RUNNING = text("stopped_at IS NULL")


class ShadowRunRow(SQLModel, table=True):
    """One version in shadow from `started_at` until `stopped_at`; the counts are those of this run."""

    __tablename__ = "shadow_run"
    __table_args__ = (
        Index("ix_shadow_run_running", "content_hash", unique=True, sqlite_where=RUNNING, postgresql_where=RUNNING),
    )

    run_id: str = Field(primary_key=True)
    content_hash: str = Field(
        sa_column=Column(String, ForeignKey("ruleset_version.content_hash"), nullable=False, index=True)
    )
    started_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    stopped_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    person: str
    party: str
    why: str = Field(sa_column=Column(Text, nullable=False))
    cases: int = Field(default=0, sa_column=Column(WideInteger, nullable=False))
    errors: int = Field(default=0, sa_column=Column(WideInteger, nullable=False))
    agreed: int = Field(default=0, sa_column=Column(WideInteger, nullable=False))
    last_error: str = Field(default="", sa_column=Column(Text, nullable=False))


class ShadowResultRow(SQLModel, table=True):
    """What one version in shadow would have made of one live decision; `position` is the decision's in the log."""

    __tablename__ = "shadow_result"
    __table_args__ = (Index("ix_shadow_result_position", "content_hash", "position"),)

    content_hash: str = Field(sa_column=Column(String, ForeignKey("ruleset_version.content_hash"), primary_key=True))
    decision_id: str = Field(primary_key=True)
    run_id: str = Field(sa_column=Column(String, ForeignKey("shadow_run.run_id"), nullable=False, index=True))
    position: int = Field(sa_column=Column(WideInteger, nullable=False))
    container_number: str
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    route: str
    row: str | None = Field(default=None)
    shadow_route: str
    shadow_reason: str
    shadow_row: str | None = Field(default=None)
    is_error: bool = False
    error: str = Field(default="", sa_column=Column(Text, nullable=False))


SHADOW_RUNS: Table = ShadowRunRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation
SHADOW_RESULTS: Table = ShadowResultRow.__table__  # type: ignore[attr-defined]  # likewise
