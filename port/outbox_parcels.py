"""What passes between the outbox and a channel: a parcel to be brought, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Verdict(StrEnum):
    """What became of an attempt.  RETRY: try again by the schedule; GONE: the target is no more, tell it nothing;
    REFUSED: this parcel will never be taken, another may be; REVOKED: it was not sent, its viewer may not see it;
    NOT_YET: it was not sent, its time comes after `retry_after`."""

    DELIVERED = "DELIVERED"
    RETRY = "RETRY"
    GONE = "GONE"
    REFUSED = "REFUSED"
    REVOKED = "REVOKED"
    NOT_YET = "NOT_YET"


@dataclass(frozen=True, slots=True)
class Parcel:
    """Made when it is sent: `address` is a URL, a number or a mailbox, `secrets` what its channel signs or encrypts
    with, `title` a subject where there is one."""

    delivery_id: str
    type: str
    address: str = field(repr=False)
    body: bytes = field(repr=False)
    secrets: tuple[bytes, ...] = field(default=(), repr=False)
    title: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt; `detail` is our own short word for it, never what a stranger answered."""

    verdict: Verdict
    status: int | None = None
    detail: str = ""
    retry_after: timedelta | None = None


REVOKED = Outcome(Verdict.REVOKED, detail="NOT_VISIBLE")
