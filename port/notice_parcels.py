"""Notices on their way: what is said to whom, made when it is sent, by what the person may see and wants by then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, and_, or_, select

from port import certificate, interests, interests_addresses, interests_push, mailing, notices, watching, watchlist
from port.interests import Person
from port.interests_addresses import CODE, CODE_LIFETIME, AddressState
from port.interests_choices import URGENT, Language
from port.notice_words import Said, of_certificate, of_code, of_container, of_trial, summed
from port.notices import DIGEST, TEST
from port.noticing import SETTLING
from port.outbox import DELIVERIES, Channel, DeliveryState
from port.outbox_parcels import Outcome, Verdict
from port.outbox_queue import Delivery, Target

TURNED_OFF = Outcome(Verdict.REVOKED, detail="TURNED_OFF")
NOT_WANTED = Outcome(Verdict.REVOKED, detail="NOT_WANTED")
NOT_VISIBLE = Outcome(Verdict.REVOKED, detail="NOT_VISIBLE")
TOLD_LATER = Outcome(Verdict.REVOKED, detail="TOLD_LATER")
CODE_OVER = Outcome(Verdict.REVOKED, detail="CODE_OVER")


@dataclass(frozen=True, slots=True)
class Addressed:
    """Where a delivery goes: a person's address for a channel, or her browser with its keys."""

    person: str
    address: str = field(repr=False)
    keys: tuple[str, str] | None = field(default=None, repr=False)
    ending: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is told one person by one delivery; `parts` are several where a digest sums up."""

    to: Addressed
    language: Language
    parts: tuple[Said, ...]
    is_urgent: bool = False
    kind: str = "NOTICE"


def letter(connection: Connection, delivery: Delivery, now: datetime, *, salt: bytes) -> Letter | Outcome:
    """What the delivery says now, or why it says nothing."""
    to = _addressed(connection, delivery)
    person = None if to is None else interests.people(connection, [to.person]).get(to.person)
    if to is None or person is None:
        return TURNED_OFF
    language = person.interests.language
    if delivery.type == CODE:
        return _code(connection, delivery, to, language, now=now, salt=salt)
    if delivery.type == TEST:
        return Letter(to, language, (of_trial(language),), kind="TEST")
    if delivery.type != DIGEST and delivery.channel not in person.interests.channels(delivery.type):
        return NOT_WANTED
    if delivery.type not in URGENT and (rest := _rest_of_quiet(person, now)):
        # They began, or were chosen, since it was put in: it was tried in vain before, or nothing was sent for long.
        return Outcome(Verdict.NOT_YET, detail="QUIET", retry_after=rest)
    if delivery.type == DIGEST:
        return _digest(connection, delivery, to, person)
    return _notice(connection, delivery, to, person, now=now)


def settle(connection: Connection, delivery: Delivery, outcome: Outcome, _target: Target, now: datetime) -> None:
    """What an outcome means for where it went: nothing more is told where nobody is any more."""
    if outcome.verdict is not Verdict.GONE:
        return
    if delivery.channel is Channel.PUSH:
        interests_push.prune(connection, delivery.target_id, now=now)
        return
    found = interests_addresses.find_by_id(connection, delivery.target_id)
    if found is not None:
        interests_addresses.turn_off(connection, found, now=now)


def _rest_of_quiet(person: Person, now: datetime) -> timedelta:
    quiet = person.interests.quiet
    return timedelta() if quiet is None else quiet.over(now) - now


def _addressed(connection: Connection, delivery: Delivery) -> Addressed | None:
    if delivery.channel is Channel.PUSH:
        found = interests_push.find(connection, delivery.target_id)
        if found is None:
            return None
        offered = found.offered
        return Addressed(found.person, offered.endpoint, keys=(offered.p256dh, offered.auth))
    address = interests_addresses.find_by_id(connection, delivery.target_id)
    wanted = AddressState.PENDING if delivery.type == CODE else AddressState.VERIFIED
    if address is None or address.state is not wanted:
        return None
    return Addressed(address.person, address.address, ending=address.ending)


def _code(
    connection: Connection, delivery: Delivery, to: Addressed, language: Language, *, now: datetime, salt: bytes
) -> Letter | Outcome:
    address = interests_addresses.find_by_id(connection, delivery.target_id)
    if address is None or address.codes != delivery.version or now >= address.code_expires_at:
        return CODE_OVER
    code = interests_addresses.code_of(address, salt)
    return Letter(to, language, (of_code(code, CODE_LIFETIME // timedelta(minutes=1), language),), kind="CODE")


def _notice(
    connection: Connection, delivery: Delivery, to: Addressed, person: Person, *, now: datetime
) -> Letter | Outcome:
    if _is_told_later(connection, delivery, now):
        return TOLD_LATER
    said = _said(connection, delivery, person)
    if isinstance(said, Outcome):
        return said
    return Letter(to, person.interests.language, (said,), is_urgent=delivery.type in URGENT)


def _said(connection: Connection, delivery: Delivery, person: Person) -> Said | Outcome:
    language = person.interests.language
    kind, _, named = notices.plain(delivery.key).partition(":")
    if kind == "certificate":
        row = certificate.find(connection, named)
        if row is None or not mailing.may_see(person.actor, row):
            return NOT_VISIBLE
        return of_certificate(delivery.type, row.certificate_number, row.mailing_id, language)
    status = watching.visits(connection, person.actor, [named]).get(named)
    if status is None:
        return NOT_VISIBLE
    number = status["equipmentReference"]
    labels = watchlist.labels(connection, person.actor.person, [number])
    return NOT_WANTED if number not in labels else of_container(delivery.type, status, labels[number], language)


def _is_told_later(connection: Connection, delivery: Delivery, now: datetime) -> bool:
    """Whether something later about the same was told there already, or is about to be: that says how it stands."""
    d, key = DELIVERIES.c, notices.plain(delivery.key)
    is_later = or_(d.version > delivery.version, and_(d.version == delivery.version, d.ordinal > delivery.ordinal))
    is_soon = and_(d.state == DeliveryState.WAITING.value, d.due_at <= now + SETTLING[delivery.channel])
    query = select(d.delivery_id).where(
        d.channel == delivery.channel.value,
        d.target_id == delivery.target_id,
        d.key.in_((key, notices.urgent(key))),
        is_later,
        or_(d.state == DeliveryState.DELIVERED.value, is_soon),
    )
    return connection.execute(query.limit(1)).first() is not None


def _digest(connection: Connection, delivery: Delivery, to: Addressed, person: Person) -> Letter | Outcome:
    due = datetime.fromtimestamp(delivery.version, UTC)
    summed_up = notices.of_digest(connection, to.person, due)
    found = [one for one in summed_up if delivery.channel in person.interests.channels(one.type)]
    statuses = watching.visits(connection, person.actor, {one.visit_id for one in found if one.visit_id})
    labels = watchlist.labels(connection, to.person, {str(one["equipmentReference"]) for one in statuses.values()})
    parts = [_summed(connection, person, those, statuses, labels) for those in _by_key(found).values()]
    said = tuple(part for part in parts if part is not None)
    return Letter(to, person.interests.language, said, kind="DIGEST") if said else NOT_VISIBLE


def _by_key(found: Sequence[notices.Notice]) -> dict[str, list[notices.Notice]]:
    by_key: dict[str, list[notices.Notice]] = {}
    for one in found:
        by_key.setdefault(one.key, []).append(one)
    return by_key


def _summed(
    connection: Connection,
    person: Person,
    those: Sequence[notices.Notice],
    statuses: dict[str, watching.Told],
    labels: dict[str, str],
) -> Said | None:
    last, language = those[-1], person.interests.language
    if last.visit_id is None:
        row = certificate.find(connection, last.key.partition(":")[2])
        is_seen = row is not None and mailing.may_see(person.actor, row)
        return of_certificate(last.type, last.subject, last.key.partition(":")[2], language) if is_seen else None
    status = statuses.get(last.visit_id)
    if status is None or status["equipmentReference"] not in labels:
        return None
    return summed(status, [one.type for one in those], labels[status["equipmentReference"]], language)
