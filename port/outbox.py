"""The outbox: what is to be told outside (webhooks, pushes, short messages, mails), as rows that survive a restart.

One table of deliveries for all channels.  A delivery says what it is about and never what it says: that is made when it
is sent, of the record and the rights of then.  A target (an endpoint, a phone, a mailbox) is served by one process at a
time, which holds its lease.  Times are the wall's, not those of a port whose clock runs fast.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, Index, String, Table, Text
from sqlmodel import Field, SQLModel

from events.columns import UtcDateTime, WideInteger
from port.parties import one_of


class Channel(StrEnum):
    """How something is told."""

    WEBHOOK = "WEBHOOK"
    PUSH = "PUSH"
    SMS = "SMS"
    EMAIL = "EMAIL"


class DeliveryState(StrEnum):
    """How a delivery stands.  GONE: the target said that it is no more; REVOKED: its viewer may no longer see this;
    CANCELLED: its target was turned off; FAILED: it was tried for the last time, or refused."""

    WAITING = "WAITING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    GONE = "GONE"
    REVOKED = "REVOKED"
    CANCELLED = "CANCELLED"


class DeliveryRow(SQLModel, table=True):
    """One thing to be told to one target, exactly one per target, feed key, version and type.

    `attempt` counts the attempts of the schedule it is in, `tries` all there ever were.  `position` is where in the log
    it came from, `ordinal` its place among those of one version, `detail` for its channel's own use.
    """

    __tablename__ = "outbox_delivery"
    __table_args__ = (
        one_of("channel", Channel),
        one_of("state", DeliveryState),
        Index("ix_outbox_delivery_due", "channel", "target_id", "state", "due_at"),
        Index("ix_outbox_delivery_position", "channel", "target_id", "state", "position", "ordinal"),
        Index("ix_outbox_delivery_order", "channel", "target_id", "key", "state", "version", "ordinal"),
        Index("ix_outbox_delivery_log", "channel", "target_id", "created_at"),
        Index("ix_outbox_delivery_finished", "finished_at"),
    )

    delivery_id: str = Field(primary_key=True)
    channel: str
    target_id: str
    key: str
    version: int = Field(sa_column=Column(WideInteger, nullable=False))
    ordinal: int
    type: str
    visit_id: str | None = None
    position: int = Field(sa_column=Column(WideInteger, nullable=False))
    detail: str = Field(sa_column=Column(Text, nullable=False))
    state: str
    attempt: int
    tries: int
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    due_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    finished_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class AttemptRow(SQLModel, table=True):
    """One attempt at a delivery: the delivery log."""

    __tablename__ = "outbox_attempt"
    __table_args__ = {"sqlite_with_rowid": False}

    delivery_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    milliseconds: int
    verdict: str
    status: int | None = None
    detail: str = Field(sa_column=Column(String, nullable=False))


class TargetRow(SQLModel, table=True):
    """A target of deliveries, and how it fares.

    `next_at` is when something is to be done for it, null when nothing waits; `failures` in a row since `failing_since`
    shut its gate until `shut_until`.  Whoever changes its deliveries locks this row first.
    """

    __tablename__ = "outbox_target"
    __table_args__ = (one_of("channel", Channel), Index("ix_outbox_target_next", "next_at"))

    channel: str = Field(primary_key=True)
    target_id: str = Field(primary_key=True)
    next_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    lease_token: str = ""
    lease_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    failures: int = 0
    failing_since: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    shut_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    delivered_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class FollowerRow(SQLModel, table=True):
    """How far a follower of the versions has come: all below `position`, and `seen` of those at it."""

    __tablename__ = "outbox_follower"

    name: str = Field(primary_key=True)
    position: int = Field(sa_column=Column(WideInteger, nullable=False))
    seen: int


DELIVERIES: Table = DeliveryRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation
ATTEMPTS: Table = AttemptRow.__table__  # type: ignore[attr-defined]  # likewise
TARGETS: Table = TargetRow.__table__  # type: ignore[attr-defined]  # likewise
FOLLOWERS: Table = FollowerRow.__table__  # type: ignore[attr-defined]  # likewise
