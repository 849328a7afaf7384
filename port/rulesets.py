"""Ruleset versions by content hash: what a decision was made with can always be read again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Connection, Text, select
from sqlmodel import Field, SQLModel

from events.columns import UtcDateTime
from port.database import insert_if_absent
from port.diversion.loading import load
from port.diversion.table import Ruleset


class RulesetRow(SQLModel, table=True):
    """An immutable version."""

    __tablename__ = "ruleset_version"

    content_hash: str = Field(primary_key=True)
    name: str
    kept_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))


RULESETS = RulesetRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation


def keep(connection: Connection, ruleset: Ruleset, *, now: datetime) -> None:
    """Keep a version; again it changes nothing."""
    values = {
        "content_hash": ruleset.content_hash,
        "name": ruleset.name,
        "kept_at": now,
        "body": ruleset.to_json(),
    }
    insert_if_absent(connection, RULESETS, values)


def find(connection: Connection, content_hash: str) -> Ruleset | None:
    """The version with this hash; None if it was never active here."""
    body = connection.scalar(select(RULESETS.c.body).where(RULESETS.c.content_hash == content_hash))
    return None if body is None else load(body)
