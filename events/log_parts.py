"""What a long message, which is taken part by part, has beside its row: its bytes, and its answers so far.

SQLite writes a row whole: with ten megabytes in it each change would write them again.  So the bytes lie here, and so
does each part's answer until all is taken; then the row gets the whole answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import Column, Connection, LargeBinary, Text, func, select
from sqlmodel import Field, SQLModel

from events.log import MESSAGES
from events.statements import AMONG, Insert, Statement


class MessagePartRow(SQLModel, table=True):
    """What one part of a message was answered with, `upto` its last item; gone once the message holds all of it."""

    __tablename__ = "message_part"

    receipt_id: str = Field(primary_key=True)
    upto: int = Field(primary_key=True)
    answer: str = Field(sa_column=Column(Text, nullable=False))


class MessageBodyRow(SQLModel, table=True):
    """The bytes of a message that was taken in parts."""

    __tablename__ = "message_body"

    receipt_id: str = Field(primary_key=True)
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


BODIES = MessageBodyRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation
PARTS = MessagePartRow.__table__  # type: ignore[attr-defined]  # likewise

_OWN = select(BODIES.c.body).where(BODIES.c.receipt_id == MESSAGES.c.receipt_id).scalar_subquery()
BODY = func.coalesce(_OWN, MESSAGES.c.body, type_=LargeBinary).label("body")
"""A kept message's bytes, in a question of `message`."""
_LAST = Statement("SELECT upto FROM message_part WHERE receipt_id = ? ORDER BY upto DESC LIMIT 1")
_ANSWERS = Statement(f"SELECT receipt_id, answer FROM message_part WHERE receipt_id {AMONG} ORDER BY receipt_id, upto")
_DROP = Statement("DELETE FROM message_part WHERE receipt_id = ?")


class LoggedPart(Struct, frozen=True):
    """A part's answer as it is kept; the columns of `message_part`."""

    receipt_id: str
    upto: int
    answer: str


_KEEP = Insert(PARTS, LoggedPart.__struct_fields__)
_KEEP_BODY = Insert(BODIES, ("receipt_id", "body"))


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


def keep_bodies(connection: Connection, bodies: Sequence[tuple[str, bytes]]) -> None:
    """Store the bytes of messages by their receipts."""
    _KEEP_BODY.write_tuples(connection, list(bodies))


def drop(connection: Connection, receipt_ids: Sequence[str]) -> None:
    """Take away the parts of messages that hold their whole answer now."""
    _DROP.run_for_each(connection, [(receipt_id,) for receipt_id in receipt_ids])
