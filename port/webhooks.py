"""Webhook endpoints: the addresses a party wants told what happens to what it may see."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, Index, LargeBinary, Table, Text
from sqlmodel import Field, SQLModel

from events.columns import UtcDateTime, WideInteger
from port.parties import one_of


class EndpointState(StrEnum):
    """Whether it is told anything."""

    ENABLED = "ENABLED"
    DISABLED = "DISABLED"


class Disabled(StrEnum):
    """Why it is told nothing: its owner wanted it so, it answered 410, nothing got through for as long as one delivery
    is tried, or the key whose rights it had was revoked."""

    BY_OWNER = "BY_OWNER"
    GONE = "GONE"
    UNREACHABLE = "UNREACHABLE"
    KEY_REVOKED = "KEY_REVOKED"


class EndpointRow(SQLModel, table=True):
    """An endpoint.

    It sees what the key `key_id`, or a successor of it, may see at the time.  The secrets lie here as they are: whoever
    signs must have them.  It is told what happened after `since_position`, or at it and not before `since_at`; replays
    what lies after `replay_after` up to `replay_upto`.
    """

    __tablename__ = "webhook_endpoint"
    __table_args__ = (one_of("state", EndpointState), Index("ix_webhook_endpoint_owner", "party", "role"))

    webhook_id: str = Field(primary_key=True)
    party: str
    role: str
    key_id: str
    url: str = Field(sa_column=Column(Text, nullable=False))
    types: str = Field(sa_column=Column(Text, nullable=False))
    description: str = Field(sa_column=Column(Text, nullable=False))
    state: str
    disabled_reason: str | None = None
    disabled_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    old_secret: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    old_secret_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    since_position: int = Field(sa_column=Column(WideInteger, nullable=False))
    since_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    replay_after: int | None = Field(default=None, sa_column=Column(WideInteger))
    replay_upto: int | None = Field(default=None, sa_column=Column(WideInteger))


ENDPOINTS: Table = EndpointRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation
