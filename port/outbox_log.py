"""Reading the outbox: how targets fare, what was told to them and when, and how much waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from port.errors import BadRequest
from port.kept import Page
from port.outbox import ATTEMPTS, DELIVERIES, TARGETS, Channel, DeliveryState

OVERDUE = timedelta(minutes=10)
_WAITING = DeliveryState.WAITING.value


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt."""

    at: datetime
    milliseconds: int
    verdict: str
    status: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A delivery with its attempts, oldest first.  What was never sent is not named: since then its target may have
    lost the right to know of it."""

    delivery_id: str
    type: str | None
    visit_id: str | None
    state: str
    created_at: datetime
    due_at: datetime | None
    finished_at: datetime | None
    attempts: tuple[Tried, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a target fares; `waiting` deliveries, the oldest since `oldest_at`."""

    failures: int = 0
    failing_since: datetime | None = None
    next_at: datetime | None = None
    delivered_at: datetime | None = None
    waiting: int = 0
    oldest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """Gauges of a channel."""

    channel: Channel
    waiting: int
    due: int
    oldest_due_at: datetime | None
    targets_failing: int

    def is_late(self, now: datetime) -> bool:
        """Whether something was to be sent long ago to a target that does not fail."""
        return self.oldest_due_at is not None and self.oldest_due_at < now - OVERDUE


def standing_of(connection: Connection, channel: Channel, target_id: str) -> Standing:
    """How a target fares; one that was never told anything has nothing to say."""
    t, d = TARGETS.c, DELIVERIES.c
    row = connection.execute(
        select(t.failures, t.failing_since, t.next_at, t.delivered_at).where(
            t.channel == channel.value, t.target_id == target_id
        )
    ).one_or_none()
    waiting = connection.execute(
        select(func.count(), func.min(d.created_at)).where(
            d.channel == channel.value, d.target_id == target_id, d.state == _WAITING
        )
    ).one()
    return Standing() if row is None else Standing(*row, *waiting)


def list_deliveries(
    connection: Connection,
    channel: Channel,
    target_id: str,
    *,
    state: DeliveryState | None,
    after: str | None,
    limit: int,
) -> Page[Listed]:
    """A target's deliveries, newest first; `after` is the id of the last one of the page before.  Raises BadRequest."""
    d = DELIVERIES.c
    own = (d.channel == channel.value, d.target_id == target_id)
    query = select(DELIVERIES).where(*own).order_by(d.created_at.desc(), d.delivery_id.desc()).limit(limit + 1)
    if state is not None:
        query = query.where(d.state == state.value)
    if after is not None:
        last: datetime | None = connection.scalar(select(d.created_at).where(*own, d.delivery_id == after))
        if last is None:
            raise BadRequest("no delivery of yours has this id", where="after", fix="take `next` as it is")
        query = query.where((d.created_at < last) | ((d.created_at == last) & (d.delivery_id < after)))
    rows = connection.execute(query).all()
    tried = _attempts(connection, [row.delivery_id for row in rows[:limit]])
    listed = tuple(
        Listed(
            row.delivery_id,
            row.type if row.tries else None,
            row.visit_id if row.tries else None,
            row.state,
            row.created_at,
            row.due_at if row.state == _WAITING else None,
            row.finished_at,
            tuple(tried.get(row.delivery_id, ())),
        )
        for row in rows[:limit]
    )
    return Page(listed, rows[limit - 1].delivery_id if len(rows) > limit else None)


def totals(connection: Connection, *, now: datetime) -> list[Totals]:
    """Each channel's gauges.  What waits behind a target that is left alone is not due."""
    return [_totals(connection, channel, now) for channel in Channel]


def _totals(connection: Connection, channel: Channel, now: datetime) -> Totals:
    t, d = TARGETS.c, DELIVERIES.c
    waiting = select(func.count()).where(d.channel == channel.value, d.state == _WAITING)
    due = select(func.count(), func.min(t.next_at)).where(t.channel == channel.value, t.next_at <= now)
    failing = select(func.count()).where(t.channel == channel.value, t.failing_since.is_not(None))
    due_count, oldest = connection.execute(due).one()
    return Totals(channel, connection.scalar(waiting) or 0, due_count or 0, oldest, connection.scalar(failing) or 0)


def _attempts(connection: Connection, ids: Sequence[str]) -> dict[str, list[Tried]]:
    query = select(ATTEMPTS).where(ATTEMPTS.c.delivery_id.in_(ids)).order_by(ATTEMPTS.c.delivery_id, ATTEMPTS.c.number)
    found: dict[str, list[Tried]] = {}
    for row in connection.execute(query):
        tried = Tried(row.at, row.milliseconds, row.verdict, row.status, row.detail)
        found.setdefault(row.delivery_id, []).append(tried)
    return found
