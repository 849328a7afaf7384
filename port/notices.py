"""Notices: what each person was told of, or is to be, whichever way; shown to that person alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, Index, Table, delete, select
from sqlmodel import Field, SQLModel

from events.columns import UtcDateTime, WideInteger
from port import watching
from port.actor import Actor
from port.database import insert_if_absent
from port.outbox import DELIVERIES, Channel, DeliveryState

KEPT_FOR = timedelta(days=30)
DIGEST, TEST = "digest", "test"


class NoticeRow(SQLModel, table=True):
    """One happening that a person is told of; `subject` is the container, or the certificate.  `digest_at` is when the
    digest is due that its mail became part of."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_person", "person", "noticed_at"),
        Index("ix_notice_digest", "person", "digest_at"),
    )

    person: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    version: int = Field(sa_column=Column(WideInteger, primary_key=True))
    type: str = Field(primary_key=True)
    ordinal: int
    subject: str
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    noticed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    digest_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


NOTICES: Table = NoticeRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation
_NAMES = ("person", "key", "version", "type", "ordinal", "subject", "at", "noticed_at", "digest_at")


@dataclass(frozen=True, slots=True)
class Notice:
    """A happening that a person is told of."""

    person: str
    key: str
    version: int
    type: str
    ordinal: int
    subject: str
    at: datetime
    noticed_at: datetime
    digest_at: datetime | None = None

    @property
    def visit_id(self) -> str | None:
        """The visit it is about; None for a certificate's."""
        kind, _, visit_id = self.key.partition(":")
        return visit_id if kind == "visit" else None


@dataclass(frozen=True, slots=True)
class Told:
    """How a channel stands with a notice."""

    channel: Channel
    state: DeliveryState


def keep(connection: Connection, those: Iterable[Notice]) -> None:
    """Keep notices; one that was kept before stays as it was."""
    for one in those:
        insert_if_absent(connection, NOTICES, {name: getattr(one, name) for name in _NAMES})


def latest(connection: Connection, person: str, *, upto: datetime | None, skipping: int, limit: int) -> list[Notice]:
    """At most `limit` of a person's notices, the latest first; of those noticed by `upto`, all but so many."""
    n = NOTICES.c
    query = select(*(n[name] for name in _NAMES)).where(n.person == person)
    if upto is not None:
        query = query.where(n.noticed_at <= upto)
    ordered = query.order_by(n.noticed_at.desc(), n.key, n.version.desc(), n.ordinal.desc())
    return [Notice(*row) for row in connection.execute(ordered.offset(skipping).limit(limit))]


def visible(connection: Connection, actor: Actor, those: Sequence[Notice]) -> list[Notice]:
    """Those of a person's notices that are about what she may still see."""
    visits = watching.visits(connection, actor, {visit_id for one in those if (visit_id := one.visit_id)})
    return [one for one in those if one.visit_id is None or one.visit_id in visits]


def of_digest(connection: Connection, person: str, due: datetime) -> list[Notice]:
    """What a digest sums up, in the order in which it happened."""
    n = NOTICES.c
    query = select(*(n[name] for name in _NAMES)).where(n.person == person, n.digest_at == due)
    return [Notice(*row) for row in connection.execute(query.order_by(n.noticed_at, n.key, n.version, n.ordinal))]


def states(
    connection: Connection, told: Sequence[Notice], targets: Iterable[str]
) -> dict[tuple[str, int, str], list[Told]]:
    """By key, version and type how the deliveries of these notices to these targets stand; digests too, whose version
    is when they are due."""
    keys = sorted({DIGEST, *(key for one in told for key in (one.key, urgent(one.key)))})
    d = DELIVERIES.c
    query = select(d.key, d.version, d.type, d.channel, d.state).where(
        d.target_id.in_(sorted(set(targets))), d.key.in_(keys)
    )
    found: dict[tuple[str, int, str], list[Told]] = {}
    for key, version, type, channel, state in connection.execute(query.order_by(d.channel, d.created_at)):
        known = found.setdefault((plain(key), version, type), [])
        known.append(Told(Channel(channel), DeliveryState(state)))
    return found


def urgent(key: str) -> str:
    """Under which key of the outbox something urgent about a feed key waits: not behind what may wait for the
    morning."""
    return f"urgent:{key}"


def plain(key: str) -> str:
    """The feed key again."""
    return key.removeprefix("urgent:")


def sweep(connection: Connection, *, now: datetime) -> int:
    """Forget old notices; how many."""
    return connection.execute(delete(NOTICES).where(NOTICES.c.noticed_at < now - KEPT_FOR)).rowcount
