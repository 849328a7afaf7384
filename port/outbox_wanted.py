"""Whether anything is to be told outside at all: what the leading process asks each second before it begins a child."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from port import noticing, outbox_queue, webhooks_following


def is_wanted(connection: Connection, *, now: datetime) -> bool:
    """Whether something is due, or happened that somebody wants to be told of."""
    return outbox_queue.is_due(connection, now=now) or is_following_wanted(connection)


def is_following_wanted(connection: Connection) -> bool:
    """Whether anybody who makes deliveries of what happened is behind."""
    return webhooks_following.is_wanted(connection) or noticing.is_wanted(connection)
