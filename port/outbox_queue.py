"""The queue of each target: what is put in, which is next, what came of it.

Per target and feed key deliveries go out in the order of their versions, the next only once the one before is finished.
A process serves a target while it holds its lease, so two never send the same at once; one that dies loses it in time.
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, update

from events.columns import from_microseconds, to_microseconds
from events.statements import AMONG, Statement
from port.database import insert_if_absent
from port.outbox import DELIVERIES, TARGETS, Channel, DeliveryState
from port.outbox_schedule import DOWN_AFTER

LEASE = timedelta(seconds=60)
_WAITING = DeliveryState.WAITING.value


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something to be told to a target; `due_at` absent is at once."""

    channel: Channel
    target_id: str
    key: str
    version: int
    type: str
    ordinal: int = 0
    position: int = 0
    visit_id: str | None = None
    detail: str = ""
    due_at: datetime | None = None

    @property
    def delivery_id(self) -> str:
        """The same for the same thing told to the same target, however often it is put in."""
        return delivery_id_of(self.channel, self.target_id, self.key, self.version, self.type)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery as it waits; `attempt` counts those made of its schedule, `tries` all."""

    delivery_id: str
    channel: Channel
    target_id: str
    key: str
    version: int
    ordinal: int
    type: str
    visit_id: str | None
    position: int
    detail: str
    attempt: int
    tries: int
    created_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Target:
    """A target and how it fares; `next_at` is when something is to be done for it."""

    channel: Channel
    target_id: str
    next_at: datetime | None
    failures: int
    failing_since: datetime | None
    shut_until: datetime | None
    delivered_at: datetime | None
    lease_token: str

    @property
    def is_down(self) -> bool:
        """Whether it failed so often that only one attempt at a time is made."""
        return self.failures >= DOWN_AFTER


_KNOWN = Statement(f"SELECT delivery_id FROM outbox_delivery WHERE delivery_id {AMONG}")
# Its next time is that of what is put in, or of its gate's opening, unless that is there already.
_LOCK_AND_WAKE = Statement(
    "INSERT INTO outbox_target (channel, target_id, lease_token, failures, next_at) VALUES (?, ?, '', 0, ?)"
    " ON CONFLICT (channel, target_id) DO UPDATE SET next_at = CASE"
    " WHEN outbox_target.next_at <= excluded.next_at OR outbox_target.next_at <= outbox_target.shut_until"
    " THEN outbox_target.next_at"
    " WHEN outbox_target.shut_until > excluded.next_at THEN outbox_target.shut_until ELSE excluded.next_at END"
)
_EARLIEST = Statement(
    f"SELECT min(due_at) FROM outbox_delivery WHERE channel = ? AND target_id = ? AND state = '{_WAITING}'"
)
_PUT = Statement(
    'INSERT INTO outbox_delivery (delivery_id, channel, target_id, "key", version, ordinal, type, visit_id, position,'
    " detail, created_at, due_at, state, attempt, tries)"
    f" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '{_WAITING}', 0, 0) ON CONFLICT DO NOTHING"
)
_NAMES = tuple(Delivery.__dataclass_fields__)
COLUMNS = tuple(DELIVERIES.c[name] for name in _NAMES)
_TARGET = select(*(TARGETS.c[name] for name in Target.__dataclass_fields__))


def delivery_id_of(channel: Channel, target_id: str, key: str, version: int, type: str) -> str:
    """An id that tells nothing of how much there is; a receiver knows a repeat by it."""
    told = "\n".join((channel, target_id, key, str(version), type))
    return "msg_" + b32encode(hashlib.sha256(told.encode()).digest()[:20]).decode().lower()


def enqueue(connection: Connection, wanted: Iterable[Wanted], *, now: datetime) -> int:
    """Put these in, each once however often it is wanted; how many are new.  Three statements, however many targets:
    whoever is told besides, and those that are away, cost the others nothing."""
    asked = {one.delivery_id: one for one in wanted}
    known = {delivery_id for (delivery_id,) in _KNOWN.rows(connection, list(asked))}
    # In one order, or two processes that put in for the same targets would wait for one another.
    fresh = sorted(
        (one for delivery_id, one in asked.items() if delivery_id not in known),
        key=lambda one: (one.channel, one.target_id),
    )
    dues: dict[tuple[str, str], int] = {}
    for one in fresh:
        at, due = (one.channel.value, one.target_id), to_microseconds(one.due_at or now)
        dues[at] = min(due, dues.get(at, due))
    # First, as for all who change a target's deliveries: this locks it.
    _LOCK_AND_WAKE.run_for_each(connection, [(*at, due) for at, due in dues.items()])
    _PUT.run_for_each(connection, [_row(one, to_microseconds(now)) for one in fresh])
    return len(fresh)


def _row(wanted: Wanted, now: int) -> tuple[object, ...]:  # in the order of _PUT
    due = now if wanted.due_at is None else to_microseconds(wanted.due_at)
    told = (wanted.key, wanted.version, wanted.ordinal, wanted.type, wanted.visit_id, wanted.position, wanted.detail)
    return (wanted.delivery_id, wanted.channel.value, wanted.target_id, *told, now, due)


def lock(connection: Connection, channel: Channel, target_id: str) -> Target:
    """The target's row, made if it is new, and ours until the transaction ends.

    Whoever changes a target's deliveries begins with this, or a wake-up could be lost between two transactions.
    """
    at = {"channel": channel.value, "target_id": target_id}
    row = connection.execute(_at(_TARGET, channel, target_id).with_for_update()).one_or_none()
    if row is None:
        insert_if_absent(connection, TARGETS, {**at, "lease_token": "", "failures": 0})
        row = connection.execute(_at(_TARGET, channel, target_id).with_for_update()).one()
    return _target(row)


def wake(connection: Connection, channel: Channel, target_id: str) -> None:
    """Set when something is next to be done for a target that is locked: its earliest delivery, or its gate opening."""
    _wake_at(connection, channel, target_id, earliest(connection, channel, target_id))


def earliest(connection: Connection, channel: Channel, target_id: str) -> datetime | None:
    """When the first of what waits for a target is due, whether or not something waits before it under its key."""
    [(due,)] = _EARLIEST.rows(connection, channel.value, target_id)
    return None if due is None else from_microseconds(due)


def _wake_at(connection: Connection, channel: Channel, target_id: str, due: datetime | None) -> None:
    shut_until: datetime | None = connection.scalar(_at(select(TARGETS.c.shut_until), channel, target_id))
    at = due if due is None or shut_until is None else max(due, shut_until)
    connection.execute(_at(update(TARGETS), channel, target_id).values(next_at=at))


def is_due(connection: Connection, *, now: datetime) -> bool:
    """Whether anything is to be done for a target that nobody serves."""
    return connection.execute(select(TARGETS.c.target_id).where(_is_due(now)).limit(1)).first() is not None


def next_at(connection: Connection) -> datetime | None:
    """When something is to be done next for any target; None when nothing waits."""
    found: datetime | None = connection.scalar(select(func.min(TARGETS.c.next_at)))
    return found


def take(connection: Connection, *, token: str, now: datetime, most: int) -> list[Target]:
    """Lease at most so many targets that have something due and are nobody's, those waiting longest first."""
    query = select(TARGETS.c.channel, TARGETS.c.target_id).where(_is_due(now)).order_by(TARGETS.c.next_at).limit(most)
    leased = update(TARGETS).values(lease_token=token, lease_until=now + LEASE).returning(*_TARGET.selected_columns)
    taken = []
    for row in connection.execute(query).all():
        is_free = (TARGETS.c.channel == row.channel, TARGETS.c.target_id == row.target_id, _is_due(now))
        found = connection.execute(leased.where(*is_free)).one_or_none()
        if found is not None:
            taken.append(_target(found))
    return taken


def renew(connection: Connection, targets: Iterable[Target], *, token: str, now: datetime) -> set[tuple[Channel, str]]:
    """Hold these for longer; those that are still ours."""
    held = set()
    for target in targets:
        ours = _at(update(TARGETS), target.channel, target.target_id).where(
            TARGETS.c.lease_token == token, TARGETS.c.lease_until > now
        )
        if connection.execute(ours.values(lease_until=now + LEASE)).rowcount == 1:
            held.add((target.channel, target.target_id))
    return held


def rest(connection: Connection, target: Target, *, token: str) -> None:
    """Nothing may be sent to it now: wait for what is next under some key, not for what waits behind that."""
    d = DELIVERIES
    lock(connection, target.channel, target.target_id)
    due: datetime | None = connection.scalar(_heads_of(target, func.min(d.c.due_at)))
    _wake_at(connection, target.channel, target.target_id, due)
    let_go(connection, target, token=token)


def let_go(connection: Connection, target: Target, *, token: str) -> None:
    """Let another serve it."""
    ours = _at(update(TARGETS), target.channel, target.target_id).where(TARGETS.c.lease_token == token)
    connection.execute(ours.values(lease_token="", lease_until=None))


def release(connection: Connection, *, token: str | None) -> int:
    """Let go of all that this token holds: its process is known to be dead.  None is every token."""
    ours = update(TARGETS).where(TARGETS.c.lease_token == token if token else TARGETS.c.lease_token != "")
    return connection.execute(ours.values(lease_token="", lease_until=None)).rowcount


def list_heads(connection: Connection, target: Target, *, now: datetime, limit: int) -> list[Delivery]:
    """What may be sent to the target now, oldest in the log first: of each feed key at most the next in its order."""
    d = DELIVERIES.c
    query = _heads_of(target, *COLUMNS).where(d.due_at <= now).order_by(d.position, d.ordinal).limit(limit)
    return [read_delivery(row) for row in connection.execute(query)]


def _heads_of(target: Target, *columns: Any) -> Select[Any]:  # whatever is asked of them
    d, e = DELIVERIES, DELIVERIES.alias("earlier")
    is_earlier = or_(e.c.version < d.c.version, and_(e.c.version == d.c.version, e.c.ordinal < d.c.ordinal))
    earlier = select(e.c.delivery_id).where(
        e.c.channel == d.c.channel,
        e.c.target_id == d.c.target_id,
        e.c.key == d.c.key,
        e.c.state == _WAITING,
        is_earlier,
    )
    waiting = (d.c.channel == target.channel.value, d.c.target_id == target.target_id, d.c.state == _WAITING)
    return select(*columns).where(*waiting, ~earlier.correlate(d).exists())


def cancel_target(connection: Connection, channel: Channel, target_id: str, *, now: datetime) -> int:
    """A target was turned off: what waits for it is CANCELLED; how many that were."""
    lock(connection, channel, target_id)
    d = DELIVERIES.c
    waiting = update(DELIVERIES).where(d.channel == channel.value, d.target_id == target_id, d.state == _WAITING)
    cancelled = connection.execute(waiting.values(state=DeliveryState.CANCELLED.value, finished_at=now)).rowcount
    reopen(connection, channel, target_id)
    return cancelled


def reopen(connection: Connection, channel: Channel, target_id: str) -> None:
    """Forget that a target failed: what waits for it is on its first attempt again, and due as when it was put in."""
    d = DELIVERIES.c
    waiting = update(DELIVERIES).where(d.channel == channel.value, d.target_id == target_id, d.state == _WAITING)
    connection.execute(waiting.values(attempt=0, due_at=d.created_at))
    fresh = {"failures": 0, "failing_since": None, "shut_until": None}
    connection.execute(_at(update(TARGETS), channel, target_id).values(fresh))
    wake(connection, channel, target_id)


def send_again(connection: Connection, channel: Channel, target_id: str, ids: Sequence[str], *, now: datetime) -> int:
    """Put finished deliveries in once more, under the ids they had; how many those are.  What waits goes on waiting."""
    lock(connection, channel, target_id)
    d = DELIVERIES.c
    finished = update(DELIVERIES).where(d.delivery_id.in_(ids), d.target_id == target_id, d.state != _WAITING)
    again = {"state": _WAITING, "attempt": 0, "due_at": now, "finished_at": None}
    did = connection.execute(finished.values(again)).rowcount
    wake(connection, channel, target_id)
    return did


def read_delivery(row: Sequence[Any]) -> Delivery:  # COLUMNS, each of its own type
    """A delivery from its row."""
    values = dict(zip(_NAMES, row, strict=True))
    return Delivery(**values | {"channel": Channel(values["channel"])})


def _target(row: Sequence[Any]) -> Target:  # the columns of _TARGET
    channel, *rest = row
    return Target(Channel(channel), *rest)


def _is_due(now: datetime) -> ColumnElement[bool]:
    is_free = or_(TARGETS.c.lease_until.is_(None), TARGETS.c.lease_until <= now)
    return and_(TARGETS.c.next_at <= now, is_free)


def _at(statement: Any, channel: Channel, target_id: str) -> Any:  # a Select or an Update; both take a WHERE
    return statement.where(TARGETS.c.channel == channel.value, TARGETS.c.target_id == target_id)
