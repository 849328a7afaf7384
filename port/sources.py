"""Who sends what: of each sender and format when it was heard last and how many messages it sent, kept as they come.

A count over all messages costs more with every one; here a batch adds what it keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, func, select
from sqlmodel import Field, SQLModel

from events.columns import UtcDateTime, WideInteger, from_microseconds, to_microseconds
from events.log import MESSAGES, LoggedMessage
from events.statements import AMONG, Statement


class SourceRow(SQLModel, table=True):
    """A sender and format; `refused` counts the messages of which an item is refused now."""

    __tablename__ = "source"
    __table_args__ = {"sqlite_with_rowid": False}

    sender: str = Field(primary_key=True)
    format: str = Field(primary_key=True)
    heard_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    messages: int = Field(sa_column=Column(WideInteger, nullable=False))
    refused: int = Field(sa_column=Column(WideInteger, nullable=False))


SOURCES = SourceRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation

_ADD = Statement(
    "INSERT INTO source (sender, format, heard_at, messages, refused) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (sender, format) DO UPDATE SET messages = source.messages + excluded.messages,"
    " refused = source.refused + excluded.refused, heard_at = CASE"
    " WHEN excluded.heard_at > source.heard_at THEN excluded.heard_at ELSE source.heard_at END"
)
_ARE_REFUSED = Statement(f"SELECT receipt_id FROM message WHERE receipt_id {AMONG} AND rejected > 0")
_ALL = Statement("SELECT sender, format, heard_at, messages, refused FROM source")


@dataclass(frozen=True, slots=True)
class Source:
    """A sender and format: when it was heard last, how many messages, how many with a refusal."""

    sender: str
    format: str
    heard_at: datetime
    messages: int
    refused: int

    def age_seconds(self, now: datetime) -> float:
        """How old the latest message is."""
        return (now - self.heard_at).total_seconds()


@dataclass(slots=True)
class _Added:
    heard_at: int = 0
    messages: int = 0
    refused: int = 0


def add(connection: Connection, new: Sequence[LoggedMessage], answered: Sequence[LoggedMessage] = ()) -> None:
    """Count messages that are `new`, and those that are to be `answered` anew: before that is written."""
    added: dict[tuple[str, str], _Added] = {}
    for row in new:
        one = added.setdefault((row.sender, row.format), _Added())
        one.heard_at = max(one.heard_at, to_microseconds(row.received_at))
        one.messages += 1
        one.refused += row.rejected > 0
    # One that is answered twice in a batch was counted with the first.
    refused = _refused(connection, answered)
    for row in answered:
        if (row.rejected > 0) is not refused.get(row.receipt_id):
            added.setdefault((row.sender, row.format), _Added()).refused += 1 if row.rejected > 0 else -1
            refused[row.receipt_id] = row.rejected > 0
    told = [(*source, one.heard_at, one.messages, one.refused) for source, one in sorted(added.items())]
    _ADD.run_for_each(connection, [*told])


def _refused(connection: Connection, rows: Iterable[LoggedMessage]) -> dict[str, bool]:
    """Whether each of these is refused as it stands."""
    asked = {row.receipt_id for row in rows}
    found = {row[0] for row in _ARE_REFUSED.rows(connection, sorted(asked))} if asked else set()
    return {receipt_id: receipt_id in found for receipt_id in asked}


def find_sources(connection: Connection) -> list[Source]:
    """Every sender and format, the one silent for longest first."""
    rows = _ALL.rows(connection)
    found = [Source(sender, format_, from_microseconds(at), *counts) for sender, format_, at, *counts in rows]
    return sorted(found, key=lambda source: (source.heard_at, source.sender, source.format))


def counted(connection: Connection) -> list[dict[str, Any]]:  # the table's columns by name
    """The rows as all kept messages make them."""
    row = MESSAGES.c
    sums = (
        func.max(row.received_at).label("heard_at"),
        func.count().label("messages"),
        func.count().filter(row.rejected > 0).label("refused"),
    )
    query = select(row.sender, row.format, *sums).group_by(row.sender, row.format)
    return [dict(found) for found in connection.execute(query).mappings()]
