"""The log: every message verbatim, every fact once, in commit order, append-only.

Three tables.  `message` keeps the bytes and the answer given; `stored_event` holds the facts at dense positions;
`event_key` finds facts by what they name ("c:" container, "b:" bill, "n:" declaration …).  Positions come from one
head row, so a reader that follows `> position` never steps over a late commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    Index,
    LargeBinary,
    Row,
    String,
    Text,
    UniqueConstraint,
    bindparam,
    insert,
    select,
    update,
)
from sqlmodel import Field, SQLModel

from events.columns import UtcDateTime, WideInteger
from events.types import Event, Recorded

_FACT: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_ENCODE = msgspec.json.Encoder().encode
_CHUNK = 500


class MessageRow(SQLModel, table=True):
    """A body as it came, and the receipt it was answered with."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("sender", "format", "identity", name="uq_message_identity"),
        Index("ix_message_sender_state", "sender", "state", "received_at"),
        Index("ix_message_reference", "sender", "reference"),
    )

    receipt_id: str = Field(primary_key=True)
    sender: str
    format: str
    identity: str
    reference: str = ""
    sha256: str
    content_type: str = ""
    key_id: str = ""
    received_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    state: str
    items: int
    rejected: int
    answer: str = Field(sa_column=Column(Text, nullable=False))


class EventRow(SQLModel, table=True):
    """One fact at one position."""

    __tablename__ = "stored_event"

    position: int = Field(sa_column=Column(WideInteger, primary_key=True, autoincrement=False))
    event_id: str = Field(unique=True)
    kind: str
    sender: str
    sender_role: str = ""
    receipt_id: str = Field(sa_column=Column(String, nullable=False, index=True))
    received_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))


class EventKeyRow(SQLModel, table=True):
    """`key` names something the fact at `position` concerns."""

    __tablename__ = "event_key"
    __table_args__ = {"sqlite_with_rowid": False}

    key: str = Field(primary_key=True)
    position: int = Field(sa_column=Column(WideInteger, primary_key=True, autoincrement=False))


class HeadRow(SQLModel, table=True):
    """The one row that hands out positions; `database_id` tells this log from every other."""

    __tablename__ = "log_head"

    id: int = Field(primary_key=True)
    position: int = Field(sa_column=Column(WideInteger, nullable=False))
    database_id: str


class SenderRow(SQLModel, table=True):
    """How many of a sender's items were taken."""

    __tablename__ = "sender_sequence"

    sender: str = Field(primary_key=True)
    sequence: int = Field(sa_column=Column(WideInteger, nullable=False))


MESSAGES = MessageRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation
EVENTS = EventRow.__table__  # type: ignore[attr-defined]  # likewise
KEYS = EventKeyRow.__table__  # type: ignore[attr-defined]  # likewise
HEAD = HeadRow.__table__  # type: ignore[attr-defined]  # likewise
SEQUENCES = SenderRow.__table__  # type: ignore[attr-defined]  # likewise

_BY_KEYS = (
    select(
        KEYS.c.key,
        EVENTS.c.position,
        EVENTS.c.event_id,
        EVENTS.c.sender,
        EVENTS.c.sender_role,
        EVENTS.c.received_at,
        EVENTS.c.receipt_id,
        EVENTS.c.body,
    )
    .join(EVENTS, EVENTS.c.position == KEYS.c.position)
    .where(KEYS.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(EVENTS.c.position)
)
_BY_IDS = select(EVENTS).where(EVENTS.c.event_id.in_(bindparam("ids", expanding=True))).order_by(EVENTS.c.position)
_SINCE = (
    select(EVENTS).where(EVENTS.c.position > bindparam("after")).order_by(EVENTS.c.position).limit(bindparam("limit"))
)


_APPEND, _INDEX, _KEEP = insert(EVENTS), insert(KEYS), insert(MESSAGES)
_HEAD = select(HEAD.c.position, HEAD.c.database_id).where(HEAD.c.id == 1)
_LOCK_HEAD = update(HEAD).where(HEAD.c.id == 1).values(position=HEAD.c.position)
_ADVANCE = update(HEAD).where(HEAD.c.id == 1).values(position=bindparam("reached"))


@dataclass(frozen=True, slots=True)
class KeyedEvent:
    """A fact found under `key`."""

    key: str
    recorded: Recorded


def reserve(connection: Connection) -> tuple[int, str]:
    """Lock the head for this transaction: (last position given out, database id).

    Everything a batch reads after this is stable until it commits; `advance` writes the new head.
    """
    connection.execute(_LOCK_HEAD)
    return head(connection)


def advance(connection: Connection, position: int) -> None:
    """Write the last position this batch used."""
    connection.execute(_ADVANCE, {"reached": position})


def head(connection: Connection) -> tuple[int, str]:
    """(last position, database id), without a lock."""
    row = connection.execute(_HEAD).one()
    return int(row[0]), str(row[1])


def append(connection: Connection, events: Sequence[Recorded]) -> None:
    """Store facts; positions are the caller's, from `reserve`, and `index` files them under their keys."""
    if events:
        connection.execute(_APPEND, [_row(recorded) for recorded in events])


def index(connection: Connection, rows: Iterable[tuple[str, int]]) -> None:
    """File facts under keys: their own, and those learned later (a correction under the container it corrects)."""
    values = [{"key": key, "position": position} for key, position in dict.fromkeys(rows)]
    if values:
        connection.execute(_INDEX, values)


def find_by_keys(connection: Connection, keys: Iterable[str]) -> list[KeyedEvent]:
    """Facts under any of `keys`, oldest position first per chunk; a fact under two of them comes twice."""
    wanted = sorted(set(keys))
    found: list[KeyedEvent] = []
    for start in range(0, len(wanted), _CHUNK):
        for row in connection.execute(_BY_KEYS, {"keys": wanted[start : start + _CHUNK]}):
            found.append(KeyedEvent(row.key, _recorded(row)))
    return found


def find_by_ids(connection: Connection, event_ids: Iterable[str]) -> list[Recorded]:
    """Facts with these event ids, oldest first; unknown ids are simply absent."""
    wanted = sorted(set(event_ids))
    found: list[Recorded] = []
    for start in range(0, len(wanted), _CHUNK):
        rows = connection.execute(_BY_IDS, {"ids": wanted[start : start + _CHUNK]})
        found += [_recorded(row) for row in rows]
    return found


def since(connection: Connection, after: int, limit: int = 1000) -> list[Recorded]:
    """Facts with position > `after`, oldest first, at most `limit`; [] when there is nothing newer."""
    rows = connection.execute(_SINCE, {"after": after, "limit": limit})
    return [_recorded(row) for row in rows]


def keep(connection: Connection, messages: Sequence[dict[str, object]]) -> None:
    """Store messages verbatim with the answers given; the columns of `message`."""
    if messages:
        connection.execute(_KEEP, list(messages))


def answer_again(connection: Connection, message: dict[str, object]) -> None:
    """Write what a replay made of a kept message: only its answer changes, never its bytes."""
    changing = {name: message[name] for name in ("state", "items", "rejected", "answer")}
    connection.execute(update(MESSAGES).where(MESSAGES.c.receipt_id == message["receipt_id"]).values(**changing))


def _row(recorded: Recorded) -> dict[str, object]:
    return {
        "position": recorded.position,
        "event_id": recorded.event_id,
        "kind": recorded.fact.kind,
        "sender": recorded.sender,
        "sender_role": recorded.sender_role,
        "receipt_id": recorded.receipt_id,
        "received_at": recorded.received_at,
        "body": fact_to_json(recorded.fact),
    }


def fact_to_json(fact: Event) -> str:
    """The text a fact is stored as."""
    return _ENCODE(fact).decode()


def fact_from_json(text: str) -> Event:
    """The fact as it was stored."""
    return _FACT.decode(text)


def _recorded(row: Row[*tuple[Any, ...]]) -> Recorded:  # columns of EVENTS; a row knows no types
    return Recorded(
        position=row.position,
        event_id=row.event_id,
        sender=row.sender,
        sender_role=row.sender_role,
        received_at=row.received_at,
        receipt_id=row.receipt_id,
        fact=_FACT.decode(row.body),
    )


def ensure_head(connection: Connection, database_id: str) -> None:
    """Write the head row of an empty log; `database_id` is kept for ever."""
    if connection.execute(select(HEAD.c.id).where(HEAD.c.id == 1)).first() is None:
        connection.execute(insert(HEAD).values(id=1, position=0, database_id=database_id))
