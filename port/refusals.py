"""Kept refusals: what was not taken, by sender and reason, and which of it may be taken now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from events.log import BEGUN, MESSAGES, REFUSED
from port.draft import results_from_json
from port.kept import MESSAGE, KeptMessage

_PAGE = 500
# Ours to mend: the message was right, and we could not read or judge it.
OURS = "INTERNAL_ERROR"


@dataclass(frozen=True, slots=True)
class KeptRefusal:
    """A kept message of which something was refused, and why, item by item."""

    receipt_id: str
    sender: str
    received_at: datetime
    reasons: tuple[str, ...]


@dataclass(slots=True)
class Refused:
    """How many items of a sender were refused for one reason, since when and until when."""

    sender: str
    reason: str
    items: int
    oldest_at: datetime
    latest_at: datetime


def list_refusals(
    connection: Connection, *, since: datetime | None = None, sender: str | None = None, reason: str | None = None
) -> Iterator[KeptRefusal]:
    """Kept messages with a refusal, oldest first, read a page at a time; narrowed as asked."""
    message = MESSAGES.c
    asked = select(message.receipt_id, message.sender, message.received_at, message.answer).where(REFUSED)
    asked = asked.order_by(message.received_at, message.receipt_id).limit(_PAGE)
    if sender is not None:
        asked = asked.where(message.sender == sender)
    query = asked if since is None else asked.where(message.received_at >= since)
    while page := connection.execute(query).all():
        for row in page:
            reasons = tuple(one.error.reason for one in results_from_json(row.answer) if one.error is not None)
            if reason is None or reason in reasons:
                yield KeptRefusal(row.receipt_id, row.sender, row.received_at, reasons)
        at, receipt_id = page[-1].received_at, page[-1].receipt_id
        later = (message.received_at > at) | ((message.received_at == at) & (message.receipt_id > receipt_id))
        query = asked.where(message.received_at >= at, later)


def sum_up(connection: Connection, *, since: datetime | None = None) -> list[Refused]:
    """Refused items by sender and reason, most first."""
    found: dict[tuple[str, str], Refused] = {}
    for kept in list_refusals(connection, since=since):
        for reason in kept.reasons:
            at = kept.received_at
            row = found.setdefault((kept.sender, reason), Refused(kept.sender, reason, 0, at, at))
            row.items += 1
            row.latest_at = at
    return sorted(found.values(), key=lambda row: (-row.items, row.sender, row.reason))


def list_begun(connection: Connection, before: datetime, limit: int = 20) -> list[str]:
    """Receipts of long messages heard before `before` of which only the first items are taken, oldest first."""
    message = MESSAGES.c
    query = select(message.receipt_id).where(BEGUN, message.received_at < before)
    return list(connection.scalars(query.order_by(message.received_at).limit(limit)))


def get_message(connection: Connection, receipt_id: str) -> KeptMessage:
    """A kept message, for who runs the port."""
    return KeptMessage(*connection.execute(select(*MESSAGE).where(MESSAGES.c.receipt_id == receipt_id)).one())
