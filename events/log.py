"""The log: every message verbatim, every fact once, in commit order, append-only.

Three tables.  `message` keeps the bytes and the answer given; `stored_event` holds the facts at dense positions;
`event_key` finds facts by what they name ("c:" container, "b:" bill, "n:" declaration …).  Positions come from one
head row, so a reader that follows `> position` never steps over a late commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Column, Connection, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from events.columns import UtcDateTime, WideInteger, from_microseconds
from events.statements import AMONG, Insert, Statement
from events.types import Event, Recorded

_FACT: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_ENCODE = msgspec.json.Encoder().encode
_CHUNK = 500


# A partial index serves only a question that says its condition in the same words.
REFUSED, _REFERRED = text("rejected > 0"), text("reference <> ''")
BEGUN = text("state = 'TAKING'")


class MessageRow(SQLModel, table=True):
    """A body as it came, and the receipt it was answered with."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("sender", "format", "identity", name="uq_message_identity"),
        # Lists are walked backwards along these, newest first; nothing is sorted.
        Index("ix_message_sender_at", "sender", "received_at", "receipt_id"),
        Index("ix_message_at", "received_at", "receipt_id"),
        Index("ix_message_refused", "received_at", "receipt_id", sqlite_where=REFUSED, postgresql_where=REFUSED),
        Index(
            "ix_message_sender_refused",
            "sender",
            "received_at",
            "receipt_id",
            sqlite_where=REFUSED,
            postgresql_where=REFUSED,
        ),
        Index("ix_message_begun", "received_at", sqlite_where=BEGUN, postgresql_where=BEGUN),
        Index("ix_message_reference", "sender", "reference", sqlite_where=_REFERRED, postgresql_where=_REFERRED),
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
    """The one row that hands out positions; `database_id` tells this log from every other.

    Every batch writes it, so what must not be counted anew is counted here: how many visits and alerts there are.
    """

    __tablename__ = "log_head"

    id: int = Field(primary_key=True)
    position: int = Field(sa_column=Column(WideInteger, nullable=False))
    database_id: str
    visits: int = Field(default=0, sa_column=Column(WideInteger, nullable=False, server_default="0"))
    alerts: int = Field(default=0, sa_column=Column(WideInteger, nullable=False, server_default="0"))


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

_COLUMNS = "e.position, e.event_id, e.sender, e.sender_role, e.received_at, e.receipt_id, e.body"
_BY_KEYS = Statement(
    f'SELECT k."key", {_COLUMNS} FROM event_key k JOIN stored_event e ON e.position = k.position'
    f' WHERE k."key" {AMONG} ORDER BY e.position'
)
_BY_IDS = Statement(f"SELECT {_COLUMNS} FROM stored_event e WHERE e.event_id {AMONG} ORDER BY e.position")
_AT = Statement(f"SELECT {_COLUMNS} FROM stored_event e WHERE e.position {AMONG} ORDER BY e.position")
_SINCE = Statement(f"SELECT {_COLUMNS} FROM stored_event e WHERE e.position > ? ORDER BY e.position LIMIT ?")
_HEAD = Statement("SELECT position, database_id FROM log_head WHERE id = 1")
_LOCK_HEAD = Statement("UPDATE log_head SET position = position WHERE id = 1 RETURNING position, database_id")
_ADVANCE = Statement("UPDATE log_head SET position = ?, visits = visits + ?, alerts = alerts + ? WHERE id = 1")
_APPEND = Insert(EVENTS, ("position", "event_id", "kind", "sender", "sender_role", "receipt_id", "received_at", "body"))
_INDEX = Insert(KEYS, ("key", "position"))
_UNFILE = Statement('DELETE FROM event_key WHERE "key" = ? AND position = ?')
_REFILE = Statement('INSERT INTO event_key ("key", position) VALUES (?, ?) ON CONFLICT DO NOTHING')


class LoggedMessage(Struct, frozen=True):
    """A message as it is kept: its bytes, who sent it as what, and the answer given; the columns of `message`."""

    receipt_id: str
    sender: str
    format: str
    identity: str
    reference: str
    sha256: str
    content_type: str
    key_id: str
    received_at: datetime
    body: bytes
    state: str
    items: int
    rejected: int
    answer: str


_KEEP = Insert(MESSAGES, LoggedMessage.__struct_fields__)
_ANSWER_AGAIN = Statement("UPDATE message SET state = ?, items = ?, rejected = ?, answer = ? WHERE receipt_id = ?")


class KeyedEvent(Struct, frozen=True):
    """A fact found under `key`."""

    key: str
    recorded: Recorded


class Move(Struct, frozen=True):
    """The fact at `position` is found under `new` in place of `old`."""

    old: str
    new: str
    position: int


def reserve(connection: Connection) -> tuple[int, str]:
    """Lock the head for this transaction: (last position given out, database id).

    Everything a batch reads after this is stable until it commits; `advance` writes the new head.
    """
    [(position, database_id)] = _LOCK_HEAD.rows(connection)
    return position, database_id


def foresee(connection: Connection, keys: Sequence[str]) -> None:
    """Have `reserve`, and under its lock `find_by_keys`, asked with the next question."""
    _LOCK_HEAD.foresee(connection)
    _BY_KEYS.foresee(connection, list(keys))


def advance(connection: Connection, position: int, *, visits: int = 0, alerts: int = 0) -> None:
    """Write the last position this batch used, and how many more visits and alerts there are."""
    _ADVANCE.run(connection, position, visits, alerts)


def head(connection: Connection) -> tuple[int, str]:
    """(last position, database id), without a lock."""
    [(position, database_id)] = _HEAD.rows(connection)
    return position, database_id


def append(connection: Connection, events: Sequence[Recorded]) -> None:
    """Store facts; positions are the caller's, from `reserve`, and `index` files them under their keys."""
    _APPEND.write_tuples(
        connection,
        [
            (r.position, r.event_id, r.fact.kind, r.sender, r.sender_role, r.receipt_id, r.received_at, _body(r))
            for r in events
        ],
    )


def index(connection: Connection, rows: Iterable[tuple[str, int]]) -> None:
    """File facts under keys: their own, and those learned later (a correction under the container it corrects)."""
    _INDEX.write_tuples(connection, list(dict.fromkeys(rows)))


def refile(connection: Connection, moves: Sequence[Move]) -> None:
    """File facts under another key than before."""
    _UNFILE.run_for_each(connection, [(move.old, move.position) for move in moves])
    _REFILE.run_for_each(connection, [(move.new, move.position) for move in moves])


def find_by_keys(
    connection: Connection, keys: Iterable[str], known: dict[int, Recorded] | None = None
) -> list[KeyedEvent]:
    """Facts under any of `keys`, in log order; a fact under two of them comes twice.

    `known` holds facts read before by position, and is added to: a manifest of five hundred boxes is read once.
    """
    read = {} if known is None else known
    found: list[KeyedEvent] = []
    for key, position, *rest in _BY_KEYS.rows(connection, list(keys)):
        recorded = read.get(position)
        if recorded is None:
            recorded = read[position] = _recorded((position, *rest))
        found.append(KeyedEvent(key, recorded))
    return found


def find_by_ids(connection: Connection, event_ids: Iterable[str]) -> list[Recorded]:
    """Facts with these event ids, oldest first; unknown ids are simply absent."""
    return [_recorded(row) for row in _BY_IDS.rows(connection, list(event_ids))]


def find_at(connection: Connection, positions: Iterable[int]) -> list[Recorded]:
    """The facts at these positions, oldest first; positions not given out yet are simply absent."""
    return [_recorded(row) for row in _AT.rows(connection, list(positions))]


def since(connection: Connection, after: int, limit: int = 1000) -> list[Recorded]:
    """Facts with position > `after`, oldest first, at most `limit`; [] when there is nothing newer."""
    return [_recorded(row) for row in _SINCE.rows(connection, after, limit)]


def keep(connection: Connection, messages: Sequence[LoggedMessage]) -> None:
    """Store messages verbatim with the answers given."""
    _KEEP.write(connection, messages)


def answer_again(connection: Connection, message: LoggedMessage) -> None:
    """Write what a replay made of a kept message: only its answer changes, never its bytes."""
    changing = (message.state, message.items, message.rejected, message.answer)
    _ANSWER_AGAIN.run(connection, *changing, message.receipt_id)


def fact_to_json(fact: Event) -> str:
    """The text a fact is stored as."""
    return _ENCODE(fact).decode()


def fact_from_json(text: str) -> Event:
    """The fact as it was stored."""
    return _FACT.decode(text)


def _body(recorded: Recorded) -> str:
    return fact_to_json(recorded.fact)


def _recorded(row: Sequence[Any]) -> Recorded:  # _COLUMNS, each of its own type
    position, event_id, sender, sender_role, received_at, receipt_id, body = row
    return Recorded(
        position=position,
        event_id=event_id,
        sender=sender,
        sender_role=sender_role,
        received_at=from_microseconds(received_at),
        receipt_id=receipt_id,
        fact=_FACT.decode(body),
    )
