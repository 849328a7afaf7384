"""How the port fares: what `doctor` prints and `/metrics` counts; ages and counts, nothing of a party's cargo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from events import log
from events.log import MESSAGES
from port.certificate import MAILINGS
from port.orders import ALERTS, DECISIONS, INSTRUCTIONS
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
    is_open = INSTRUCTIONS.c.state.in_(("ISSUED", "ACKNOWLEDGED"))
    waits = DECISIONS.c.is_current.is_(True) & DECISIONS.c.is_awaiting_site.is_(True)
    is_mailed = MAILINGS.c.state.in_(("APPLIED", "SIGNED", "IN_LOCKER", "CODE_CONFIRMED", "COLLECTED"))
    return Counts(
        log_position=log.head(connection)[0],
        visits=_count(connection, select(func.count()).select_from(VISITS).where(VISITS.c.alias_of.is_(None))),
        messages_refused=_count(connection, select(func.count()).where(MESSAGES.c.rejected > 0)),
        instructions_open=_count(connection, select(func.count()).where(is_open)),
        oldest_open_instruction_at=connection.execute(
            select(INSTRUCTIONS.c.issued_at).where(is_open).order_by(INSTRUCTIONS.c.issued_at).limit(1)
        ).scalar(),
        decisions_awaiting_site=_count(connection, select(func.count()).where(waits)),
        alerts=_count(connection, select(func.count()).select_from(ALERTS)),
        mailings_open=_count(connection, select(func.count()).where(is_mailed)),
    )


def sources(connection: Connection) -> list[Source]:
    """Every sender and format, the one silent for longest first."""
    heard = func.max(MESSAGES.c.received_at)
    refused = func.count().filter(MESSAGES.c.rejected > 0)
    query = (
        select(MESSAGES.c.sender, MESSAGES.c.format, heard.label("heard_at"), func.count(), refused)
        .group_by(MESSAGES.c.sender, MESSAGES.c.format)
        .order_by(heard)
    )
    return [Source(row[0], row[1], row[2], int(row[3]), int(row[4])) for row in connection.execute(query)]


def _count(connection: Connection, query) -> int:  # type: ignore[no-untyped-def]  # any Select of one number
    return int(connection.scalar(query) or 0)
