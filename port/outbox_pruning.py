"""Forgetting what was told outside long ago: the delivery log is kept for so many days, and no longer."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, or_, select

from port.outbox import ATTEMPTS, DELIVERIES, FOLLOWERS

KEPT = timedelta(days=30)
_AT_ONCE = 500


def prune(connection: Connection, *, now: datetime, most: int = _AT_ONCE) -> int:
    """Forget finished deliveries and their attempts, the oldest first, at most so many; how many.

    Those at a position where a follower still stands are kept: by them it knows what it has put in.
    """
    d = DELIVERIES.c
    stands = select(func.min(FOLLOWERS.c.position)).scalar_subquery()
    old = (
        select(d.delivery_id)
        .where(d.finished_at < now - KEPT, or_(d.position == 0, d.position < stands))
        .order_by(d.finished_at)
        .limit(most)
    )
    ids = list(connection.scalars(old))
    if ids:
        connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.delivery_id.in_(ids)))
        connection.execute(delete(DELIVERIES).where(d.delivery_id.in_(ids)))
    return len(ids)
