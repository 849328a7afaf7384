"""Certificate mailing (原产地证书自助寄递): apply, signed, in the locker, code confirmed, collected, delivered.

The state is a fold of the mailing's own steps and of the courier's scans of its item, so a scan may come before the
collection that names the item.  The code is shown once, to the applicant only, and stored as a salted hash.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Column, Connection, Text, bindparam, select
from sqlmodel import Field, SQLModel

from events.columns import UtcDateTime, WideInteger
from events.statements import Insert
from events.types import CertificateStep, CertificateStepped, CourierScan, CourierStatus, Recorded


class MailingRow(SQLModel, table=True):
    """One mailing as it stands."""

    __tablename__ = "certificate_mailing"

    mailing_id: str = Field(primary_key=True)
    position: int = Field(sa_column=Column(WideInteger, nullable=False, index=True))
    applicant: str = Field(index=True)
    certificate_number: str
    state: str = Field(index=True)
    recipient: str = Field(default="", sa_column=Column(Text, nullable=False))
    visit_id: str | None = None
    locker: str | None = None
    code_hash: str | None = None
    code_expires_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    codes_drawn: int = 0
    wrong_codes: int = 0
    item_id: str | None = Field(default=None, index=True)
    courier: str | None = Field(default=None, index=True)
    since: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    steps: str = Field(default="", sa_column=Column(Text, nullable=False))


MAILINGS = MailingRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation


class Mailing(Struct, frozen=True):
    """A mailing; `steps` are "STEP@time", oldest first."""

    mailing_id: str
    position: int
    applicant: str
    certificate_number: str
    state: str
    recipient: str
    visit_id: str | None
    locker: str | None
    code_hash: str | None
    code_expires_at: datetime | None
    codes_drawn: int
    wrong_codes: int
    item_id: str | None
    courier: str | None
    since: datetime
    steps: str

    @property
    def history(self) -> tuple[tuple[str, str], ...]:
        """(step, time) pairs, oldest first."""
        return tuple((step, at) for step, _, at in (one.partition("@") for one in self.steps.split("|") if one))


_ENCODE, _DECODE = msgspec.json.Encoder().encode, msgspec.json.Decoder(Mailing).decode
_AFTER = {
    CertificateStep.SIGNED: {"APPLIED"},
    CertificateStep.IN_LOCKER: {"SIGNED"},
    CertificateStep.CODE_CONFIRMED: {"IN_LOCKER"},
    CertificateStep.COLLECTED: {"CODE_CONFIRMED"},
    CertificateStep.CANCELLED: {"APPLIED", "SIGNED", "IN_LOCKER"},
    CertificateStep.EXPIRED: {"IN_LOCKER", "CODE_CONFIRMED"},
}
_SCANNED = {CourierStatus.DELIVERED: CertificateStep.DELIVERED, CourierStatus.RETURNED: CertificateStep.RETURNED}
_BY_ITEM = select(MAILINGS).where(MAILINGS.c.item_id == bindparam("item_id"))


def may_follow(state: str, step: CertificateStep) -> bool:
    """Whether the step is next from that state."""
    return state in _AFTER.get(step, set())


def stepped(row: Mailing | None, fact: CertificateStepped, position: int) -> Mailing:
    """The mailing after one of its own steps; a new one for APPLIED."""
    if row is None:
        return Mailing(
            mailing_id=fact.mailing_id,
            position=position,
            applicant=fact.applicant,
            certificate_number=fact.certificate_number or "",
            state=fact.step.value,
            recipient=fact.recipient or "",
            visit_id=fact.visit_id,
            locker=None,
            code_hash=None,
            code_expires_at=None,
            codes_drawn=0,
            wrong_codes=0,
            item_id=None,
            courier=None,
            since=fact.at,
            steps=_told(fact.step, fact.at),
        )
    return replace(
        row,
        state=fact.step.value,
        locker=fact.locker or row.locker,
        code_hash=None if fact.step is CertificateStep.CODE_CONFIRMED else row.code_hash,
        item_id=fact.item_id or row.item_id,
        courier=fact.by if fact.step is CertificateStep.COLLECTED else row.courier,
        since=fact.at,
        steps=f"{row.steps}|{_told(fact.step, fact.at)}",
    )


def scanned(row: Mailing, scans: Iterable[Recorded]) -> Mailing:
    """The mailing with what the courier's scans of its item say: delivered or returned, the latest of them by its time.

    Only scans by the courier that collected it count, and only once it was collected.
    """
    if row.state not in ("COLLECTED", "DELIVERED", "RETURNED"):
        return row
    told = [(r.event_id, r.fact) for r in scans if isinstance(r.fact, CourierScan) and r.sender == row.courier]
    ends = [(fact.scan_datetime, event_id, _SCANNED[fact.status]) for event_id, fact in told if fact.status in _SCANNED]
    if not ends:
        return row
    at, _, step = max(ends)
    if row.state == step.value:
        return row
    return replace(row, state=step.value, since=at, steps=f"{row.steps}|{_told(step, at)}")


def to_json(row: Mailing) -> str:
    """The text kept with a version."""
    return _ENCODE(row).decode()


def from_json(record: str) -> Mailing:
    """A mailing as a feed's version keeps it."""
    return _DECODE(record)


def code_hash(salt: bytes, mailing_id: str, code: str) -> str:
    """What is stored of a code."""
    return hmac.new(salt, f"certificate|{mailing_id}|{code}".encode(), hashlib.sha256).hexdigest()


def find(connection: Connection, mailing_id: str) -> Mailing | None:
    """One mailing."""
    row = connection.execute(select(MAILINGS).where(MAILINGS.c.mailing_id == mailing_id)).mappings().one_or_none()
    return None if row is None else Mailing(**row)


def find_by_item(connection: Connection, item_id: str) -> Mailing | None:
    """The mailing a postal item belongs to."""
    row = connection.execute(_BY_ITEM, {"item_id": item_id}).mappings().first()
    return None if row is None else Mailing(**row)


_FIXED = ("mailing_id", "position", "applicant")
_SAVE = Insert(
    MAILINGS,
    Mailing.__struct_fields__,
    key="mailing_id",
    changing=tuple(name for name in Mailing.__struct_fields__ if name not in _FIXED),
)


def save(connection: Connection, rows: Sequence[Mailing]) -> None:
    """Insert or replace mailings."""
    _SAVE.write(connection, rows)


def _told(step: CertificateStep, at: datetime) -> str:
    return f"{step.value}@{at.isoformat()}"
