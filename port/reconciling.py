"""Reconciliation: hour by hour, sender by sender and format by format, acknowledged is stored is folded.

An item is *acknowledged* when its sender was told it was taken, *stored* when the log holds the fact it was told of,
*folded* when that fact is found again under every key it has and each visit its sender was told of stands.  Beside it
the control counts: what an interchange claimed to hold against what was found in it.  Counted from what is kept, never
from counters, so that what is lost shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson
from sqlalchemy import Boolean, Column, Connection, Index, Text, func, select, text
from sqlmodel import Field, SQLModel

from events import log
from events.columns import UtcDateTime
from events.log import MESSAGES
from events.log_parts import BODY
from events.statements import AMONG, Statement
from port.database import insert_if_absent
from port.draft import ItemResult, results_from_json
from port.filing import keys_of
from port.intake_rows import BEGUN, answers_so_far

HOUR = timedelta(hours=1)
# What was received before the hour ended may be committed a little after it.
GRACE = timedelta(minutes=5)
COUNT_WRONG = "COUNT_WRONG"
_PAGE = 200
_MOST_DIFFERENCES = 20
_REJECTED = "rejected"

_FILED = Statement(f'SELECT "key", position FROM event_key WHERE "key" {AMONG} AND position BETWEEN ? AND ?')
_VISITS = Statement(f"SELECT visit_id FROM visit WHERE visit_id {AMONG}")
_STORED = Statement(f"SELECT receipt_id, event_id FROM stored_event WHERE receipt_id {AMONG}")
_BODY = select(BODY)


# Few of all hours.  A partial index serves only a question that says its condition in the same words.
_DIFFERS = "NOT is_equal OR counts_wrong > 0"
# In brackets, or of what it is asked with only the first half would hold: whose hours they are would be forgotten.
DIFFERING = text(f"({_DIFFERS})")


class ReconciliationRow(SQLModel, table=True):
    """What was counted of one sender's messages of one format in one hour; `differences` is a JSON list of a few.

    `refused` counts items, `messages_refused` the messages that have such, `heard_at` is when the last one came.
    """

    __tablename__ = "reconciliation"
    __table_args__ = (
        Index("ix_reconciliation_sender", "sender", "hour", "format"),
        Index(
            "ix_reconciliation_differing",
            "hour",
            "sender",
            "format",
            sqlite_where=text(_DIFFERS),
            postgresql_where=text(_DIFFERS),
        ),
    )

    hour: datetime = Field(sa_column=Column(UtcDateTime, primary_key=True))
    sender: str = Field(primary_key=True)
    format: str = Field(primary_key=True)
    heard_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    counted_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    messages: int
    messages_refused: int
    items: int
    refused: int
    acknowledged: int
    stored: int
    folded: int
    counts_wrong: int
    is_equal: bool = Field(sa_column=Column(Boolean, nullable=False))
    differences: str = Field(sa_column=Column(Text, nullable=False))


COUNTED = (
    "sender", "format", "hour", "heard_at", "messages", "messages_refused", "items", "refused", "acknowledged",
    "stored", "folded", "counts_wrong",
)  # fmt: skip
RECONCILIATIONS = ReconciliationRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation


@dataclass(frozen=True, slots=True)
class Claim:
    """A control count that does not fit: which (UNT, CNT, UNZ …) and where, what it claims and what was found."""

    control: str
    where: str
    claimed: int
    found: int


ReadClaims = Callable[[str, bytes], Sequence[Claim]]
"""(format, body) to the control counts in it that do not fit; () for a format that has none"""


@dataclass(frozen=True, slots=True)
class Difference:
    """One departure: a fact that was acknowledged and is not stored, stored and not acknowledged, not folded; or a
    control count."""

    receipt_id: str
    kind: str
    where: str
    claimed: int
    found: int


@dataclass(slots=True)
class Tally:
    """The counts of one sender's hour in one format."""

    sender: str
    format: str
    hour: datetime
    heard_at: datetime
    messages: int = 0
    messages_refused: int = 0
    items: int = 0
    refused: int = 0
    acknowledged: int = 0
    stored: int = 0
    folded: int = 0
    counts_wrong: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def is_equal(self) -> bool:
        """Acknowledged is stored is folded; control counts are the sender's to mend."""
        return self.acknowledged == self.stored == self.folded

    def note(self, receipt_id: str, kind: str, *, where: str = "", claimed: int = 1, found: int = 0) -> None:
        """Keep a difference, a few of them."""
        if len(self.differences) < _MOST_DIFFERENCES:
            self.differences.append(Difference(receipt_id, kind, where, claimed, found))


@dataclass(frozen=True, slots=True)
class _Message:
    """A kept message as far as it is counted."""

    receipt_id: str
    sender: str
    format: str
    received_at: datetime
    results: tuple[ItemResult, ...]

    @property
    def source(self) -> tuple[str, str]:
        """Who sent it, in which format."""
        return self.sender, self.format

    @property
    def acknowledged(self) -> dict[str, ItemResult]:
        """The items taken, by the event they became."""
        return {one.event_id: one for one in self.results if one.outcome != _REJECTED and one.event_id}

    @property
    def has_wrong_counts(self) -> bool:
        """Whether its sender was warned of a control count."""
        return any(note.reason == COUNT_WRONG for one in self.results for note in one.warnings)


def next_due(connection: Connection, *, now: datetime) -> datetime | None:
    """The first hour with messages that was not counted yet and is over; None when there is none."""
    last = connection.scalar(select(func.max(RECONCILIATIONS.c.hour)))
    query = select(func.min(MESSAGES.c.received_at))
    first = connection.scalar(query if last is None else query.where(MESSAGES.c.received_at >= last + HOUR))
    if first is None:
        return None
    hour = first.replace(minute=0, second=0, microsecond=0)
    return hour if hour + HOUR + GRACE <= now else None


def count(connection: Connection, hour: datetime, *, read_claims: ReadClaims, pause: Callable[[], None]) -> list[Tally]:
    """One hour's tallies, by sender and format; `pause` is called between slices, for others of the process."""
    tallies: dict[tuple[str, str], Tally] = {}
    after = (hour - timedelta(microseconds=1), "")
    while page := _page(connection, after, until=hour + HOUR):
        after = (page[-1].received_at, page[-1].receipt_id)
        for message in page:
            tallies.setdefault(message.source, Tally(*message.source, hour=hour, heard_at=message.received_at))
        _count(connection, page, tallies)
        for message in page:
            if message.has_wrong_counts:
                _count_claims(connection, message, tallies[message.source], read_claims)
        pause()
    return [tallies[source] for source in sorted(tallies)]


def keep(connection: Connection, tallies: Iterable[Tally], *, now: datetime) -> list[Tally]:
    """Keep tallies, once; those that were new."""
    return [tally for tally in tallies if insert_if_absent(connection, RECONCILIATIONS, _row(tally, now))]


def _page(connection: Connection, after: tuple[datetime, str], *, until: datetime) -> list[_Message]:
    at, receipt_id = after
    m = MESSAGES.c
    later = (m.received_at > at) | ((m.received_at == at) & (m.receipt_id > receipt_id))
    query = (
        select(m.receipt_id, m.sender, m.format, m.received_at, m.answer, m.state)
        .where(m.received_at >= at, m.received_at < until, later)
        .order_by(m.received_at, m.receipt_id)
        .limit(_PAGE)
    )
    rows = connection.execute(query).all()
    answers = answers_so_far(connection, {row.receipt_id: row.answer for row in rows if row.state == BEGUN})
    return [
        _Message(
            row.receipt_id,
            row.sender,
            row.format,
            row.received_at,
            results_from_json(answers.get(row.receipt_id, row.answer)),
        )
        for row in rows
    ]


def _count(connection: Connection, page: Sequence[_Message], tallies: Mapping[tuple[str, str], Tally]) -> None:
    """Items, acknowledged, stored and folded of a page of messages."""
    stored: dict[str, set[str]] = {message.receipt_id: set() for message in page}
    for receipt_id, event_id in _STORED.rows(connection, list(stored)):
        stored[receipt_id].add(event_id)
    found = _folded(connection, page)
    for message in page:
        tally, told, here = tallies[message.source], message.acknowledged, stored[message.receipt_id]
        refused = sum(one.outcome == _REJECTED for one in message.results)
        tally.heard_at = max(tally.heard_at, message.received_at)
        tally.messages += 1
        tally.messages_refused += bool(refused)
        tally.items += len(message.results)
        tally.refused += refused
        tally.acknowledged += len(told)
        tally.stored += len(here)
        tally.folded += len(here & found)
        for kind, events in (("NOT_STORED", told.keys() - here), ("NOT_FOLDED", (here & told.keys()) - found)):
            for event_id in sorted(events):
                tally.note(message.receipt_id, kind, where=told[event_id].path)
        for event_id in sorted(here - told.keys()):
            tally.note(message.receipt_id, "NOT_ACKNOWLEDGED", where=event_id)


def _folded(connection: Connection, page: Sequence[_Message]) -> set[str]:
    """The events of these messages that folding finds, and whose visits stand."""
    told = {event_id: one for message in page for event_id, one in message.acknowledged.items()}
    recorded = log.find_by_ids(connection, list(told))
    if not recorded:
        return set()
    keys = {one.event_id: set(keys_of(one)) for one in recorded}
    wanted = sorted({key for own in keys.values() for key in own})
    first, last = min(one.position for one in recorded), max(one.position for one in recorded)
    filed = {tuple(row) for row in _FILED.rows(connection, wanted, first, last)}
    visits = sorted({visit_id for one in told.values() for visit_id in one.visit_ids})
    standing = {row[0] for row in _VISITS.rows(connection, visits)}
    return {
        one.event_id
        for one in recorded
        if all((key, one.position) in filed for key in keys[one.event_id])
        and standing.issuperset(told[one.event_id].visit_ids)
    }


def _count_claims(connection: Connection, message: _Message, tally: Tally, read_claims: ReadClaims) -> None:
    """What the message claimed, read again from its bytes."""
    body = connection.scalar(_BODY.where(MESSAGES.c.receipt_id == message.receipt_id))
    tally.counts_wrong += 1
    for claim in read_claims(message.format, body or b""):
        tally.note(message.receipt_id, claim.control, where=claim.where, claimed=claim.claimed, found=claim.found)


def _row(tally: Tally, now: datetime) -> dict[str, object]:
    told = {name: getattr(tally, name) for name in COUNTED}
    differences = orjson.dumps(tally.differences).decode()
    return told | {"is_equal": tally.is_equal, "differences": differences, "counted_at": now}
