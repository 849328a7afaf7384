"""Replaying to a webhook: one delivery once more, or all that happened after a cursor."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from port.actor import Actor
from port.batch import Work
from port.cursors import unseal
from port.errors import Conflict, NothingThere
from port.outbox import DELIVERIES, Channel
from port.outbox_following import head
from port.outbox_queue import reopen, send_again
from port.webhooks import ENDPOINTS
from port.webhooks_owning import get_enabled


class DeliveryUnknown(NothingThere):
    """No delivery of this endpoint has this id."""

    reason = "DELIVERY_UNKNOWN"
    fix = "list them at GET /v1/webhooks/{webhookID}/deliveries"


class ReplayUnderWay(Conflict):
    """One replay at a time."""

    fix = "wait until GET /v1/webhooks/{webhookID} says that it replays no more"


def replay_one(work: Work, actor: Actor, webhook_id: str, delivery_id: str, *, now: datetime) -> None:
    """Send it again, under the id it has; one that waits is tried at once.

    Raises EndpointUnknown, EndpointDisabled, DeliveryUnknown.
    """
    found = get_enabled(work.connection, actor, webhook_id)
    d = DELIVERIES.c
    own = (d.delivery_id == delivery_id, d.channel == Channel.WEBHOOK.value, d.target_id == found.webhook_id)
    if work.connection.scalar(select(d.delivery_id).where(*own)) is None:
        raise DeliveryUnknown("this webhook has no such delivery")
    if not send_again(work.connection, Channel.WEBHOOK, found.webhook_id, [delivery_id], now=now):
        work.connection.execute(update(DELIVERIES).where(*own).values(due_at=now))
    reopen(work.connection, Channel.WEBHOOK, found.webhook_id)


def replay_after(work: Work, actor: Actor, webhook_id: str, cursor: str) -> None:
    """Tell again all that happened after the cursor, a `next` of `GET /v1/events`, until now.

    Raises EndpointUnknown, EndpointDisabled, CursorForeign, ReplayUnderWay.
    """
    found = get_enabled(work.connection, actor, webhook_id)
    position = unseal(work.judge.id_salt, actor.party, cursor)
    values = {"replay_after": position, "replay_upto": head(work.connection)}
    is_idle = (ENDPOINTS.c.webhook_id == found.webhook_id, ENDPOINTS.c.replay_upto.is_(None))
    if work.connection.execute(update(ENDPOINTS).where(*is_idle).values(values)).rowcount != 1:
        raise ReplayUnderWay("this webhook is being replayed to already")
