"""Noticing anew: what waits for a person who chose anew comes as if she had chosen so before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, select, update

from port import interests_addresses, interests_push, outbox_queue
from port.interests_addresses import CODE
from port.interests_choices import URGENT, Interests
from port.notices import DIGEST, NOTICES, TEST
from port.noticing import SETTLING
from port.outbox import ATTEMPTS, DELIVERIES, Channel, DeliveryState
from port.outbox_queue import Delivery, Wanted
from port.outbox_schedule import SCHEDULES
from port.quiet import due_at

_AT_ONCE = (*sorted(URGENT), CODE, TEST)
_MOST = 500


def hasten(connection: Connection, person: str, chosen: Interests, *, now: datetime, zone: ZoneInfo) -> None:
    """Make what waits for this person due when it would be by what she chose now, where that is sooner.

    What is later by it is put off when its time comes.  Under its key each still waits for the one before.  `zone` is
    of who has no quiet hours.
    """
    digest_due = _digest_due(chosen, now=now, zone=zone)
    for channel, target_id in _targets(connection, person):
        outbox_queue.lock(connection, channel, target_id)
        waiting = _waiting(connection, channel, target_id, now=now)
        later = [one for one in waiting if one.type == DIGEST and one.version > digest_due.timestamp()]
        _move(connection, [one for one in waiting if one not in later], chosen, now=now)
        if later:
            _sum_up_by(connection, person, later, digest_due, now=now)
        outbox_queue.wake(connection, channel, target_id)


def _digest_due(chosen: Interests, *, now: datetime, zone: ZoneInfo) -> datetime:
    """Without a fraction: a digest is known by the second."""
    wall = zone if chosen.quiet is None else chosen.quiet.zone
    due = due_at(now, quiet=chosen.quiet, digest=chosen.digest, zone=wall)
    return due.astimezone(UTC).replace(microsecond=0)


def _targets(connection: Connection, person: str) -> list[tuple[Channel, str]]:
    """In the order in which deliveries are put in, or the two would wait for one another."""
    addresses = interests_addresses.targets(connection, [person])
    browsers = interests_push.targets(connection, [person]).get(person, [])
    found = [(channel, one.target_id) for (_, channel), one in addresses.items()]
    return sorted([*found, *((Channel.PUSH, one.target_id) for one in browsers)])


def _waiting(connection: Connection, channel: Channel, target_id: str, *, now: datetime) -> list[Delivery]:
    """What is not due yet, and could be sooner: nobody is sending it."""
    d = DELIVERIES.c
    query = select(*outbox_queue.COLUMNS).where(
        d.channel == channel.value,
        d.target_id == target_id,
        d.state == DeliveryState.WAITING.value,
        d.due_at > now,
        d.type.not_in(_AT_ONCE),
    )
    return [outbox_queue.read_delivery(row) for row in connection.execute(query)]


def _move(connection: Connection, waiting: Iterable[Delivery], chosen: Interests, *, now: datetime) -> None:
    sooner: dict[datetime, list[str]] = {}
    for one in waiting:
        due = _due(one, chosen, now=now)
        if due < one.due_at:
            sooner.setdefault(due, []).append(one.delivery_id)
    for due, ids in sooner.items():
        for start in range(0, len(ids), _MOST):
            those = DELIVERIES.c.delivery_id.in_(ids[start : start + _MOST])
            connection.execute(update(DELIVERIES).where(those).values(due_at=due))


def _due(one: Delivery, chosen: Interests, *, now: datetime) -> datetime:
    """When it may be sent; at once where it is not wanted any more, so that it waits for nothing."""
    if one.type != DIGEST and one.channel not in chosen.channels(one.type):
        return now
    begins = datetime.fromtimestamp(one.version, UTC) if one.type == DIGEST else one.created_at
    settled = max(now, begins + SETTLING[one.channel]) + SCHEDULES[one.channel][one.attempt]
    return settled if chosen.quiet is None else chosen.quiet.over(settled)


def _sum_up_by(connection: Connection, person: str, later: list[Delivery], due: datetime, *, now: datetime) -> None:
    """One digest instead of these, which are known by when they were due: what they sum up is of it now."""
    n, ids = NOTICES.c, [one.delivery_id for one in later]
    connection.execute(update(NOTICES).where(n.person == person, n.digest_at > due).values(digest_at=due))
    connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.delivery_id.in_(ids)))
    connection.execute(delete(DELIVERIES).where(DELIVERIES.c.delivery_id.in_(ids)))
    first = later[0]
    at = due + SETTLING[Channel.EMAIL] if due > now else now
    wanted = Wanted(Channel.EMAIL, first.target_id, DIGEST, int(due.timestamp()), DIGEST, due_at=at)
    outbox_queue.enqueue(connection, [wanted], now=now)
