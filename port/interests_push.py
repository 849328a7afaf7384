"""Browsers that let themselves be told: where their push service is, and the keys that only they can open with."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Column, Connection, Table, Text, delete, insert, select, update
from sqlmodel import Field, SQLModel

from events import log
from events.columns import UtcDateTime, WideInteger
from port import outbox_queue
from port.errors import BadRequest
from port.outbox import Channel
from port.tokens import Draw, new_token
from port.vapid import is_on_curve

MOST = 10
"""Of one person; the one that came first makes room for the eleventh."""
_AUTH_BYTES = 16
_LONGEST_ENDPOINT = 2000


class SubscriptionRow(SQLModel, table=True):
    """A browser's subscription; `subscription_id` is the target of deliveries, of what happened after `since_position`.
    One endpoint is one browser."""

    __tablename__ = "push_subscription"

    subscription_id: str = Field(primary_key=True)
    person: str = Field(index=True)
    endpoint_sha256: str = Field(unique=True)
    endpoint: str = Field(sa_column=Column(Text, nullable=False))
    p256dh: str
    auth: str
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    since_position: int = Field(sa_column=Column(WideInteger, nullable=False))


SUBSCRIPTIONS: Table = SubscriptionRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation


@dataclass(frozen=True, slots=True)
class Offered:
    """What a browser gives: where its service is, its public key and its secret (base64url); never log it."""

    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as it stands."""

    subscription_id: str
    person: str
    offered: Offered


@dataclass(frozen=True, slots=True)
class Target:
    """Where somebody is told, of what happened after a position of the log."""

    target_id: str
    since_position: int


def check(offered: Offered) -> None:
    """Raises BadRequest where no push service could be reached so, or no browser would open what is sent."""
    parts = urlsplit(offered.endpoint)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.fragment:
        raise _bad("endpoint", "the endpoint is no https address")
    if len(offered.endpoint) > _LONGEST_ENDPOINT or not offered.endpoint.isascii():
        raise _bad("endpoint", "the endpoint is too long, or not in plain characters")
    if not is_on_curve(_bytes(offered.p256dh)):
        raise _bad("keys.p256dh", "this is no public key of a browser")
    if len(_bytes(offered.auth)) != _AUTH_BYTES:
        raise _bad("keys.auth", "this is no secret of a browser")


def keep(connection: Connection, person: str, offered: Offered, *, now: datetime, draw: Draw) -> None:
    """Tell this person by this browser, which is told as nobody else any more.  Raises BadRequest."""
    check(offered)
    found = _find(connection, offered.endpoint)
    if found is not None and found.person == person:
        values = {"p256dh": offered.p256dh, "auth": offered.auth}
        is_it = SUBSCRIPTIONS.c.subscription_id == found.subscription_id
        connection.execute(update(SUBSCRIPTIONS).where(is_it).values(values))
        return
    if found is not None:
        prune(connection, found.subscription_id, now=now)
    kept = select(SUBSCRIPTIONS.c.subscription_id).where(SUBSCRIPTIONS.c.person == person)
    latest = connection.scalars(kept.order_by(SUBSCRIPTIONS.c.created_at.desc(), SUBSCRIPTIONS.c.subscription_id))
    for subscription_id in list(latest)[MOST - 1 :]:
        prune(connection, subscription_id, now=now)
    row = {
        "subscription_id": new_token(draw, 15),
        "person": person,
        "endpoint_sha256": _sha256(offered.endpoint),
        "endpoint": offered.endpoint,
        "p256dh": offered.p256dh,
        "auth": offered.auth,
        "created_at": now,
        "since_position": log.head(connection)[0],
    }
    connection.execute(insert(SUBSCRIPTIONS).values(row))


def forget(connection: Connection, person: str, endpoint: str, *, now: datetime) -> None:
    """Tell nothing more by this browser of this person's; also when it was forgotten already."""
    found = _find(connection, endpoint)
    if found is not None and found.person == person:
        prune(connection, found.subscription_id, now=now)


def prune(connection: Connection, subscription_id: str, *, now: datetime) -> None:
    """Delete a subscription and what waits for it."""
    outbox_queue.cancel_target(connection, Channel.PUSH, subscription_id, now=now)
    connection.execute(delete(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.subscription_id == subscription_id))


def find(connection: Connection, subscription_id: str) -> Subscription | None:
    """The browser that a delivery is for; None once it was forgotten."""
    s = SUBSCRIPTIONS.c
    query = select(s.subscription_id, s.person, s.endpoint, s.p256dh, s.auth).where(
        s.subscription_id == subscription_id
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Subscription(row[0], row[1], Offered(*row[2:]))


def targets(connection: Connection, persons: Iterable[str]) -> dict[str, list[Target]]:
    """By person the browsers she is told by, the first first."""
    s = SUBSCRIPTIONS.c
    query = select(s.person, s.subscription_id, s.since_position).where(s.person.in_(sorted(set(persons))))
    found: dict[str, list[Target]] = {}
    for person, *target in connection.execute(query.order_by(s.created_at, s.subscription_id)):
        found.setdefault(person, []).append(Target(*target))
    return found


def _find(connection: Connection, endpoint: str) -> Subscription | None:
    s = SUBSCRIPTIONS.c
    kept = connection.scalar(select(s.subscription_id).where(s.endpoint_sha256 == _sha256(endpoint)))
    return None if kept is None else find(connection, kept)


def _sha256(endpoint: str) -> str:
    return hashlib.sha256(endpoint.encode()).hexdigest()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _bad(where: str, told: str) -> BadRequest:
    fix = "send what PushManager.subscribe() gave, as its toJSON() writes it"
    return BadRequest(told, where=f"subscription.{where}", fix=fix, reason="BAD_SUBSCRIPTION")
