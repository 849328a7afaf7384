"""Long work of the rule lab (back-tests, simulations), as rows that survive a restart, and the files it reads: the
tables."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, Index, LargeBinary, String, Table, Text
from sqlmodel import Field, SQLModel

from events.columns import UtcDateTime
from port.parties import one_of


class LabJobKind(StrEnum):
    """What is to be done."""

    BACKTEST = "BACKTEST"
    SIMULATION = "SIMULATION"


class LabJobState(StrEnum):
    """How far it is."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class LabJobRow(SQLModel, table=True):
    """One piece of long work; `report` is JSON and there once it is DONE.

    Who runs it says so in `node` and `pid` and renews `heartbeat_at`; `is_cancelled` asks it to end.
    """

    __tablename__ = "lab_job"
    __table_args__ = (
        one_of("kind", LabJobKind),
        one_of("state", LabJobState),
        Index("ix_lab_job_state", "state", "created_at"),
    )

    job_id: str = Field(primary_key=True)
    kind: str
    state: str
    content_hash: str | None = Field(default=None, sa_column=Column(String, index=True))
    person: str
    party: str
    parameters: str = Field(sa_column=Column(Text, nullable=False))
    progress: float = 0.0
    stage: str = ""
    error: str = Field(default="", sa_column=Column(Text, nullable=False))
    report: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    started_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    finished_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    heartbeat_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    node: str = ""
    pid: int | None = Field(default=None)
    is_cancelled: bool = False


class DeclarationFileRow(SQLModel, table=True):
    """A file of declarations as an officer uploaded it, and what was found in it."""

    __tablename__ = "declaration_file"

    upload_id: str = Field(primary_key=True)
    name: str
    sha256: str = Field(sa_column=Column(String, nullable=False, index=True))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    rows: int
    first_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    last_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    problems: str = Field(default="[]", sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    person: str
    party: str


LAB_JOBS: Table = LabJobRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation
DECLARATION_FILES: Table = DeclarationFileRow.__table__  # type: ignore[attr-defined]  # likewise
