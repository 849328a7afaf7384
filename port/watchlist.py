"""Watch lists: which containers a person wants told of.  A list is the person's own; nobody else is shown it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Column, Connection, Index, Table, and_, delete, func, insert, or_, select
from sqlmodel import Field, SQLModel

from events import log
from events.columns import UtcDateTime, WideInteger
from port.errors import BadRequest, Conflict, NothingThere

MOST = 500
_CURSOR = re.compile(r"([0-9]{1,17})\.([A-Z]{4}[0-9]{7})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class WatchedRow(SQLModel, table=True):
    """A container on a person's list, with the words that she knows it by; she is told what happened after
    `since_position`."""

    __tablename__ = "watched_container"
    __table_args__ = (Index("ix_watched_container_number", "container_number"), {"sqlite_with_rowid": False})

    person: str = Field(primary_key=True)
    container_number: str = Field(primary_key=True)
    label: str = ""
    added_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    since_position: int = Field(sa_column=Column(WideInteger, nullable=False))


WATCHED: Table = WatchedRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation


@dataclass(frozen=True, slots=True)
class Watched:
    """A container on a list."""

    container_number: str
    label: str
    added_at: datetime

    @property
    def cursor(self) -> str:
        """Where a list goes on after it."""
        return f"{(self.added_at - _EPOCH) // timedelta(microseconds=1)}.{self.container_number}"


@dataclass(frozen=True, slots=True)
class Added:
    """What became of numbers that were to go on a list, each in the order given."""

    added: tuple[str, ...]
    already: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who watches a container, and since which position of the log."""

    person: str
    since_position: int


class WatchlistFull(Conflict):
    """More containers than a list may have."""

    reason = "WATCHLIST_FULL"
    fix = "take off what has left the port, then add again"

    def __init__(self, would_have: int) -> None:
        super().__init__(f"the list would have {would_have} containers, and {MOST} are the most; nothing was added")


class NotWatched(NothingThere):
    """The container is not on the list."""

    reason = "NOT_WATCHED"
    fix = "see GET /v1/watchlist for what is"

    def __init__(self) -> None:
        super().__init__("this container is not on your watch list")


def add(connection: Connection, person: str, wanted: Mapping[str, str], *, now: datetime) -> Added:
    """Put containers, each with its label, on a person's list: all or none.

    One that is on it already keeps its place, and gets the new label unless that is empty.  Raises WatchlistFull.
    """
    there = _labels(connection, person)
    already = [number for number in wanted if number in there]
    fresh = [number for number in wanted if number not in there]
    if len(there) + len(fresh) > MOST:
        raise WatchlistFull(len(there) + len(fresh))
    for number in already:
        if wanted[number] not in ("", there[number]):
            connection.execute(WATCHED.update().where(_is(person, number)).values(label=wanted[number]))
    if fresh:
        at = {"person": person, "added_at": now, "since_position": log.head(connection)[0]}
        rows = [{**at, "container_number": number, "label": wanted[number]} for number in fresh]
        connection.execute(insert(WATCHED), rows)
    return Added(tuple(fresh), tuple(already))


def remove(connection: Connection, person: str, number: str) -> None:
    """Take a container off a list.  Raises NotWatched."""
    if not connection.execute(delete(WATCHED).where(_is(person, number))).rowcount:
        raise NotWatched


def page(connection: Connection, person: str, *, after: str | None, limit: int) -> list[Watched]:
    """At most `limit` of a person's containers, the latest added first.  Raises BadRequest for a foreign cursor."""
    w = WATCHED.c
    query = select(w.container_number, w.label, w.added_at).where(w.person == person)
    if after is not None:
        at, number = _unseal(after)
        query = query.where(or_(w.added_at < at, and_(w.added_at == at, w.container_number > number)))
    rows = connection.execute(query.order_by(w.added_at.desc(), w.container_number).limit(limit))
    return [Watched(*row) for row in rows]


def count(connection: Connection, person: str) -> int:
    """How many containers are on a person's list."""
    return int(connection.scalar(select(func.count()).select_from(WATCHED).where(WATCHED.c.person == person)) or 0)


def watchers(connection: Connection, numbers: Iterable[str]) -> dict[str, list[Watcher]]:
    """Of these containers, those that somebody watches, with who does."""
    w = WATCHED.c
    found: dict[str, list[Watcher]] = {}
    for chunk in _chunks(sorted(set(numbers))):
        query = select(w.container_number, w.person, w.since_position).where(w.container_number.in_(chunk))
        for number, *watcher in connection.execute(query.order_by(w.container_number, w.person)):
            found.setdefault(number, []).append(Watcher(*watcher))
    return found


def labels(connection: Connection, person: str, numbers: Iterable[str]) -> dict[str, str]:
    """Of these containers, those on the person's list, with their labels."""
    w = WATCHED.c
    found: dict[str, str] = {}
    for chunk in _chunks(sorted(set(numbers))):
        query = select(w.container_number, w.label).where(w.person == person, w.container_number.in_(chunk))
        found |= {row.container_number: row.label for row in connection.execute(query)}
    return found


def first_position(connection: Connection) -> int | None:
    """The position before which nobody wants to hear of any container; None when nobody watches any."""
    found: int | None = connection.scalar(select(func.min(WATCHED.c.since_position)))
    return found


def _labels(connection: Connection, person: str) -> dict[str, str]:
    query = select(WATCHED.c.container_number, WATCHED.c.label).where(WATCHED.c.person == person)
    return {row.container_number: row.label for row in connection.execute(query)}


def _is(person: str, number: str):  # type: ignore[no-untyped-def]  # a SQL condition
    return and_(WATCHED.c.person == person, WATCHED.c.container_number == number)


def _unseal(cursor: str) -> tuple[datetime, str]:
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise BadRequest(
            "this cursor is not of a watch list", where="after", fix="begin without one, then use `next` as it is",
            reason="BAD_CURSOR",
        )  # fmt: skip
    return _EPOCH + timedelta(microseconds=int(found[1])), found[2]


def _chunks(numbers: Sequence[str], size: int = 500) -> Iterable[Sequence[str]]:
    return (numbers[start : start + size] for start in range(0, len(numbers), size))
