"""Commands and questions on certificate mailings: who may take which step, the code and its limits."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from msgspec.structs import replace
from sqlalchemy import Connection, select

from events.identifiers import IdentifierInvalid, parse_postal_item
from events.types import CertificateStep, CertificateStepped
from port import certificate
from port.actor import Actor, Role
from port.batch import Work
from port.certificate import MAILINGS, Mailing
from port.draft import derived_id
from port.errors import BadRequest, Conflict, NotAllowed, NothingThere

CODE_LIFETIME = timedelta(hours=24)
LOCKER_LIFETIME = timedelta(hours=72)
MOST_CODES = 5
MOST_WRONG_CODES = 5

_APPLICANTS = frozenset({Role.FORWARDER, Role.BROKER, Role.CONSIGNEE})
_ENDED = frozenset({"DELIVERED", "RETURNED", "EXPIRED", "CANCELLED"})
_SIGNERS = frozenset({Role.AUTHORITY, Role.CUSTOMS})


class StepOutOfOrder(Conflict):
    """The mailing does not stand where this step begins."""

    reason = "STEP_OUT_OF_ORDER"


class CodeWrong(Conflict):
    """The code does not fit, has expired, was used, or was tried too often; which of them is not told."""

    reason = "CODE_WRONG"
    fix = "ask the applicant for a new code"


@dataclass(frozen=True, slots=True)
class DrawnCode:
    """A code as it is shown once."""

    code: str
    expires_at: datetime


def apply(work: Work, actor: Actor, *, number: str, recipient: dict[str, str], visit_id: str | None) -> Mailing:
    """Ask for a certificate to be mailed.  Raises NotAllowed, BadRequest, Conflict for one asked for already."""
    if actor.role not in _APPLICANTS:
        raise NotAllowed("forwarders, brokers and consignees apply for a mailing")
    if not number.strip():
        raise BadRequest("the certificate's number is missing", where="certificateNumber", fix="as printed on it")
    if _is_being_mailed(work, actor.party, number.strip()):
        raise Conflict("this certificate is being mailed already", fix="see GET /v1/certificates")
    fact = CertificateStepped(
        # The same certificate may be mailed again once this has ended.
        mailing_id=derived_id("mailing", actor.party, number.strip(), str(work.batch.next_position)),
        step=CertificateStep.APPLIED,
        at=work.now,
        applicant=actor.party,
        by=actor.party,
        certificate_number=number.strip(),
        recipient=orjson.dumps(recipient).decode(),
        visit_id=visit_id,
    )
    return _append(work, actor, fact)


def _is_being_mailed(work: Work, applicant: str, number: str) -> bool:
    asked = select(MAILINGS).where(MAILINGS.c.applicant == applicant, MAILINGS.c.certificate_number == number)
    kept = [Mailing(**row) for row in work.connection.execute(asked).mappings()]
    rows = {row.mailing_id: row for row in (*kept, *work.state.mailings)}
    return any(
        (row.applicant, row.certificate_number) == (applicant, number) and row.state not in _ENDED
        for row in rows.values()
    )


def sign(work: Work, actor: Actor, mailing_id: str) -> Mailing:
    """The authority has signed it."""
    return _step(work, actor, mailing_id, CertificateStep.SIGNED, may=lambda row: actor.role in _SIGNERS)


def place(work: Work, actor: Actor, mailing_id: str, *, locker: str) -> Mailing:
    """It lies in a locker."""
    if not locker.strip():
        raise BadRequest("which locker?", where="locker", fix="send the locker's number")
    return _step(
        work,
        actor,
        mailing_id,
        CertificateStep.IN_LOCKER,
        may=lambda row: actor.role in _SIGNERS,
        locker=locker.strip(),
    )


def cancel(work: Work, actor: Actor, mailing_id: str) -> Mailing:
    """The applicant wants it no more."""
    return _step(work, actor, mailing_id, CertificateStep.CANCELLED, may=lambda row: row.applicant == actor.party)


def collect(work: Work, actor: Actor, mailing_id: str, *, item_id: str) -> Mailing:
    """The courier has it, under this postal item."""
    try:
        item = parse_postal_item(item_id)
    except IdentifierInvalid as error:
        raise BadRequest(error.problem, where="itemID", fix=error.fix) from None
    taken = certificate.find_by_item(work.connection, item)
    if taken is not None and taken.mailing_id != mailing_id:
        raise Conflict("this item number belongs to another mailing", fix="check the label")
    may = _is_courier(actor)
    return _step(work, actor, mailing_id, CertificateStep.COLLECTED, may=may, item_id=item)


def draw_code(work: Work, actor: Actor, mailing_id: str, *, digits: Callable[[], str]) -> DrawnCode:
    """A new code for the locker, to the applicant only; the one before is void.  `digits` draws six digits."""
    row = _mine(work, actor, mailing_id, lambda one: one.applicant == actor.party)
    if row.state != "IN_LOCKER":
        raise StepOutOfOrder("there is nothing in a locker to fetch", fix=f"the mailing is {row.state}")
    is_over = row.code_expires_at is not None and work.now >= row.code_expires_at
    drawn = 0 if is_over else row.codes_drawn
    if drawn >= MOST_CODES:
        raise Conflict("too many codes were drawn", fix="wait until the last one has expired")
    code, until = digits(), work.now + CODE_LIFETIME
    hashed = certificate.code_hash(work.judge.id_salt, mailing_id, code)
    work.state.mailings.put(
        mailing_id,
        replace(row, code_hash=hashed, code_expires_at=until, codes_drawn=drawn + 1, wrong_codes=0),
    )
    return DrawnCode(code, until)


def confirm(work: Work, actor: Actor, mailing_id: str, *, code: str) -> Mailing | None:
    """The code fits: the locker opens, and the code is used up.

    None for a code that does not fit, which is counted; the caller turns it into CodeWrong after the commit, since a
    raised error would take the count back.
    """
    row = _mine(work, actor, mailing_id, lambda one: actor.role is Role.COURIER or one.applicant == actor.party)
    if row.state != "IN_LOCKER":
        raise StepOutOfOrder("there is nothing in a locker to fetch", fix=f"the mailing is {row.state}")
    offered = certificate.code_hash(work.judge.id_salt, mailing_id, code.strip())
    is_live = row.code_expires_at is not None and work.now < row.code_expires_at and row.wrong_codes < MOST_WRONG_CODES
    if not (is_live and hmac.compare_digest(offered, row.code_hash or "")):
        work.state.mailings.put(mailing_id, replace(row, wrong_codes=row.wrong_codes + 1))
        return None
    return _step(work, actor, mailing_id, CertificateStep.CODE_CONFIRMED, may=lambda one: True)


def expire(work: Work, *, limit: int = 200) -> int:
    """Expire mailings left in a locker too long; how many."""
    old = (
        select(MAILINGS)
        .where(MAILINGS.c.state.in_(("IN_LOCKER", "CODE_CONFIRMED")), MAILINGS.c.since < work.now - LOCKER_LIFETIME)
        .limit(limit)
    )
    rows = [Mailing(**row) for row in work.connection.execute(old).mappings()]
    for row in rows:
        fact = _fact(row, CertificateStep.EXPIRED, by="", at=work.now)
        work.append(fact, sender="", role="", identity=f"{row.mailing_id}|EXPIRED")
    return len(rows)


def list_mailings(connection: Connection, actor: Actor, limit: int = 200) -> list[Mailing]:
    """The caller's mailings, newest first: an applicant's own, a courier's items and what waits to be fetched, all for
    customs and the authority that signs."""
    query = select(MAILINGS).order_by(MAILINGS.c.position.desc()).limit(limit)
    if actor.role is Role.COURIER:
        query = query.where((MAILINGS.c.courier == actor.party) | MAILINGS.c.state.in_(("IN_LOCKER", "CODE_CONFIRMED")))
    elif actor.role not in _SIGNERS:
        query = query.where(MAILINGS.c.applicant == actor.party)
    return [Mailing(**row) for row in connection.execute(query).mappings()]


def find_mailings(connection: Connection, actor: Actor, number: str) -> list[Mailing]:
    """The caller's mailings of a certificate or a postal item with this number; a courier knows items only."""
    is_item = MAILINGS.c.item_id == number
    asked = is_item if actor.role is Role.COURIER else is_item | (MAILINGS.c.certificate_number == number)
    rows = connection.execute(select(MAILINGS).where(asked).order_by(MAILINGS.c.position.desc()).limit(20)).mappings()
    return [one for one in (Mailing(**row) for row in rows) if may_see(actor, one)]


def get_mailing(connection: Connection, actor: Actor, mailing_id: str) -> Mailing:
    """One mailing of the caller's.  Raises NothingThere."""
    row = certificate.find(connection, mailing_id)
    if row is None or not may_see(actor, row):
        raise NothingThere("there is no such mailing for you", fix="list yours at GET /v1/certificates")
    return row


def may_see(actor: Actor, row: Mailing) -> bool:
    """The applicant, customs and the authority, and the courier once it is to be fetched."""
    if actor.role is Role.COURIER:
        return row.courier == actor.party or row.state in ("IN_LOCKER", "CODE_CONFIRMED")
    return actor.role in _SIGNERS or row.applicant == actor.party


def _is_courier(actor: Actor) -> Callable[[Mailing], bool]:
    return lambda row: actor.role is Role.COURIER


def _mine(work: Work, actor: Actor, mailing_id: str, may: Callable[[Mailing], bool]) -> Mailing:
    row = work.state.mailing(mailing_id)
    if row is None or not may_see(actor, row):
        raise NothingThere("there is no such mailing for you", fix="list yours at GET /v1/certificates")
    if not may(row):
        raise NotAllowed(f"this step is not for the role {actor.role}")
    return row


def _step(
    work: Work,
    actor: Actor,
    mailing_id: str,
    step: CertificateStep,
    *,
    may: Callable[[Mailing], bool],
    locker: str | None = None,
    item_id: str | None = None,
) -> Mailing:
    row = _mine(work, actor, mailing_id, may)
    if row.state == step.value:
        return row
    if not certificate.may_follow(row.state, step):
        raise StepOutOfOrder(f"the mailing is {row.state}, so it cannot become {step.value}", current=row)
    fact = replace(_fact(row, step, by=actor.party, at=work.now), locker=locker, item_id=item_id)
    return _append(work, actor, fact)


def _fact(row: Mailing, step: CertificateStep, *, by: str, at: datetime) -> CertificateStepped:
    return CertificateStepped(mailing_id=row.mailing_id, step=step, at=at, applicant=row.applicant, by=by)


def _append(work: Work, actor: Actor, fact: CertificateStepped) -> Mailing:
    work.append(fact, sender=actor.party, role=actor.role, identity=f"{fact.mailing_id}|{fact.step}")
    row = work.state.mailing(fact.mailing_id)
    assert row is not None
    return row
