"""How the port fares: what `doctor` prints and `/metrics` counts; ages and counts, nothing of a party's cargo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from events import log
from events.log import MESSAGES
from port import orders
from port.certificate import MAILINGS
from port.orders import ALERTS, DECISIONS, INSTRUCTIONS
from port.reconciling import HOUR, RECONCILIATIONS
from port.register import VISITS

OLD_AFTER_HOURS = 24


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


@dataclass(frozen=True, slots=True)
class Counts:
    """Gauges of the whole port."""

    log_position: int
    visits: int
    messages_refused: int
    instructions_open: int
    oldest_open_instruction_at: datetime | None
    decisions_awaiting_site: int
    alerts: int
    mailings_open: int


def counts(connection: Connection) -> Counts:
    """The gauges, in a handful of queries."""
    # In the words of the indexes that hold these few.
    is_open, waits = orders.OPEN, and_(orders.WAITING, DECISIONS.c.is_awaiting_site.is_(True))
    is_mailed = MAILINGS.c.state.in_(("APPLIED", "SIGNED", "IN_LOCKER", "CODE_CONFIRMED", "COLLECTED"))
    return Counts(
        log_position=log.head(connection)[0],
        visits=_count(connection, select(func.count()).select_from(VISITS).where(VISITS.c.alias_of.is_(None))),
        messages_refused=_count(connection, select(func.count()).select_from(MESSAGES).where(log.REFUSED)),
        instructions_open=_count(connection, select(func.count()).select_from(INSTRUCTIONS).where(is_open)),
        oldest_open_instruction_at=connection.execute(
            select(INSTRUCTIONS.c.issued_at).where(is_open).order_by(INSTRUCTIONS.c.issued_at).limit(1)
        ).scalar(),
        decisions_awaiting_site=_count(connection, select(func.count()).where(waits)),
        alerts=_count(connection, select(func.count()).select_from(ALERTS)),
        mailings_open=_count(connection, select(func.count()).where(is_mailed)),
    )


def sources(connection: Connection) -> list[Source]:
    """Every sender and format, the one silent for longest first.

    Hours that were reconciled are summed up from what was counted then, so that the cost does not grow with the log.
    """
    counted = connection.scalar(select(func.max(RECONCILIATIONS.c.hour)))
    found: dict[tuple[str, str], Source] = {}
    for row in (*_counted_sources(connection), *_latest_sources(connection, counted)):
        known = found.get((row.sender, row.format))
        found[row.sender, row.format] = row if known is None else _together(known, row)
    return sorted(found.values(), key=lambda source: (source.heard_at, source.sender, source.format))


def _counted_sources(connection: Connection) -> list[Source]:
    row = RECONCILIATIONS.c
    sums = (func.max(row.heard_at), func.sum(row.messages), func.sum(row.messages_refused))
    query = select(row.sender, row.format, *sums).group_by(row.sender, row.format)
    return [Source(one[0], one[1], one[2], int(one[3]), int(one[4])) for one in connection.execute(query)]


def _latest_sources(connection: Connection, counted: datetime | None) -> list[Source]:
    row = MESSAGES.c
    sums = (func.max(row.received_at), func.count(), func.count().filter(row.rejected > 0))
    query = select(row.sender, row.format, *sums).group_by(row.sender, row.format)
    if counted is not None:
        query = query.where(row.received_at >= counted + HOUR)
    return [Source(one[0], one[1], one[2], int(one[3]), int(one[4])) for one in connection.execute(query)]


def _together(one: Source, other: Source) -> Source:
    heard_at = max(one.heard_at, other.heard_at)
    return Source(one.sender, one.format, heard_at, one.messages + other.messages, one.refused + other.refused)


def _count(connection: Connection, query) -> int:  # type: ignore[no-untyped-def]  # any Select of one number
    return int(connection.scalar(query) or 0)
