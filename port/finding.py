"""What past inspections found, by what profiles ask for: the tables the live profile facts are read from."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table
from sqlmodel import Field, SQLModel

from events.columns import WideInteger


class FindingRow(SQLModel, table=True):
    """Inspections with a known outcome and finds among them, of one kind of profile (its name) under one key."""

    __tablename__ = "finding_profile"
    __table_args__ = {"sqlite_with_rowid": False}

    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    inspections: int = Field(sa_column=Column(Integer, nullable=False))
    finds: int = Field(sa_column=Column(Integer, nullable=False))


class FindingPositionRow(SQLModel, table=True):
    """How far into the log the profiles have read; one row, id 1."""

    __tablename__ = "profile_position"

    id: int = Field(primary_key=True)
    position: int = Field(sa_column=Column(WideInteger, nullable=False))


FINDINGS: Table = FindingRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation
FINDING_POSITION: Table = FindingPositionRow.__table__  # type: ignore[attr-defined]  # likewise
