"""Trials: somebody wants to see that a channel reaches her."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select

from port import interests_addresses, interests_push
from port.errors import Conflict
from port.notices import TEST
from port.outbox import DELIVERIES, Channel
from port.outbox_queue import Wanted, enqueue

EVERY = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ChannelNotReady(Conflict):
    """There is no verified address, or no browser."""

    reason = "CHANNEL_NOT_READY"
    fix = "verify an address, or subscribe with a browser, first"

    def __init__(self) -> None:
        super().__init__("there is nowhere to send it to by this channel")


class TrialTooSoon(Conflict):
    """One was sent a moment ago."""

    reason = "TRIAL_TOO_SOON"
    fix = "wait a minute"

    def __init__(self) -> None:
        super().__init__("one was sent within the last minute")


def send(connection: Connection, person: str, channel: Channel, *, now: datetime) -> None:
    """Send a trial to every target of the person's.  Raises ChannelNotReady, TrialTooSoon."""
    if channel is Channel.PUSH:
        found = [one.target_id for one in interests_push.targets(connection, [person]).get(person, [])]
    else:
        target = interests_addresses.targets(connection, [person]).get((person, channel))
        found = [] if target is None else [target.target_id]
    if not found:
        raise ChannelNotReady
    lately = (DELIVERIES.c.target_id.in_(found), DELIVERIES.c.type == TEST, DELIVERIES.c.created_at > now - EVERY)
    if connection.execute(select(DELIVERIES.c.delivery_id).where(*lately).limit(1)).first() is not None:
        raise TrialTooSoon
    number = (now - _EPOCH) // timedelta(microseconds=1)
    enqueue(connection, [Wanted(channel, target_id, TEST, number, TEST) for target_id in found], now=now)
