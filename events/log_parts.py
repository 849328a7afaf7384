"""The answers to a long message while it is taken part by part.

A message's own row holds its bytes: changed with every part, ten megabytes would be written each time.  So its answer
goes there once, when all is taken, and until then each part's lies here.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import Column, Connection, Text
from sqlmodel import Field, SQLModel

from events.statements import AMONG, Insert, Statement


class MessagePartRow(SQLModel, table=True):
    """What one part of a message was answered with, `upto` its last item; gone once the message holds all of it."""

    __tablename__ = "message_part"

    receipt_id: str = Field(primary_key=True)
    upto: int = Field(primary_key=True)
    answer: str = Field(sa_column=Column(Text, nullable=False))


PARTS = MessagePartRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation

_LAST = Statement("SELECT upto FROM message_part WHERE receipt_id = ? ORDER BY upto DESC LIMIT 1")
_ANSWERS = Statement(f"SELECT receipt_id, answer FROM message_part WHERE receipt_id {AMONG} ORDER BY receipt_id, upto")
_DROP = Statement("DELETE FROM message_part WHERE receipt_id = ?")


class LoggedPart(Struct, frozen=True):
    """A part's answer as it is kept; the columns of `message_part`."""

    receipt_id: str
    upto: int
    answer: str


_KEEP = Insert(PARTS, LoggedPart.__struct_fields__)


def find_last(connection: Connection, receipt_id: str) -> int:
    """Up to which item a message is taken; 0 when no part of it lies here."""
    return next((upto for (upto,) in _LAST.rows(connection, receipt_id)), 0)


def find_answers(connection: Connection, receipt_ids: Sequence[str]) -> dict[str, list[str]]:
    """What the parts of these messages were answered with, first to last; nothing for those that have none here."""
    found: dict[str, list[str]] = {}
    for receipt_id, answer in _ANSWERS.rows(connection, list(receipt_ids)) if receipt_ids else ():
        found.setdefault(receipt_id, []).append(answer)
    return found


def keep(connection: Connection, parts: Sequence[LoggedPart]) -> None:
    """Store parts' answers."""
    _KEEP.write(connection, parts)


def drop(connection: Connection, receipt_ids: Sequence[str]) -> None:
    """Take away the parts of messages that hold their whole answer now."""
    _DROP.run_for_each(connection, [(receipt_id,) for receipt_id in receipt_ids])
