"""How the port fares: what `doctor` prints and `/metrics` counts; ages and counts, nothing of a party's cargo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from events.log import HEAD
from port import instruction_walks as walks
from port import orders
from port.certificate import MAILINGS
from port.orders import DECISIONS, INSTRUCTIONS
from port.sources import SOURCES

OLD_AFTER_HOURS = 24
_COUNTED = select(HEAD.c.position, HEAD.c.visits, HEAD.c.alerts)


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
    """The gauges: what only grows is counted as it comes, what is open by itself."""
    # In the words of the indexes that hold these few.
    is_open, waits = orders.OPEN, and_(orders.WAITING, DECISIONS.c.is_awaiting_site.is_(True))
    is_mailed = MAILINGS.c.state.in_(("APPLIED", "SIGNED", "IN_LOCKER", "CODE_CONFIRMED", "COLLECTED"))
    position, visits, alerts = connection.execute(_COUNTED).one()
    return Counts(
        log_position=position,
        visits=visits,
        messages_refused=_count(connection, select(func.sum(SOURCES.c.refused))),
        instructions_open=_count(connection, select(func.count()).select_from(INSTRUCTIONS).where(is_open)),
        oldest_open_instruction_at=walks.oldest_open_at(connection),
        decisions_awaiting_site=_count(connection, select(func.count()).where(waits)),
        alerts=alerts,
        mailings_open=_count(connection, select(func.count()).where(is_mailed)),
    )


def _count(connection: Connection, query) -> int:  # type: ignore[no-untyped-def]  # any Select of one number
    return int(connection.scalar(query) or 0)
