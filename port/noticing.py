"""Noticing: following the versions for people, and putting into the outbox what each is to be told.

A person is told of the containers on her watch list, and of the certificates of her party: what happened in her eyes,
by the rights she has when it is noticed.  They are asked after again when it is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, func, select

from port import interests, notices, watchlist
from port.database import Database, insert_if_absent
from port.happenings import ORDINALS
from port.interests import Person
from port.interests_addresses import ADDRESSES, AddressState, sweep_codes
from port.interests_addresses import targets as address_targets
from port.interests_choices import URGENT, Interests
from port.interests_push import SUBSCRIPTIONS, Target
from port.interests_push import targets as push_targets
from port.notices import DIGEST, Notice
from port.outbox import FOLLOWERS, Channel
from port.outbox_following import Stretch, Version, advance, is_behind, read_stretch, told_to
from port.outbox_queue import Wanted, enqueue
from port.quiet import Digest, QuietHours, due_at
from port.watchlist import WATCHED

FOLLOWER = "notices"
# In one transaction, which live ingest may have to wait for: some ten milliseconds.
_AT_ONCE = 200
SETTLING: Mapping[Channel, timedelta] = {
    Channel.PUSH: timedelta(),
    Channel.SMS: timedelta(seconds=30),
    Channel.EMAIL: timedelta(seconds=60),
}
"""How long something waits for what follows at its heels: a push is replaced by the next, a short message is not."""


@dataclass(frozen=True, slots=True)
class _Audience:
    """Everybody whom a stretch may concern."""

    people: Mapping[str, Person]
    watchers: Mapping[str, list[watchlist.Watcher]]
    applicants: Mapping[str, list[str]]
    addresses: Mapping[tuple[str, Channel], Target]
    browsers: Mapping[str, list[Target]]

    def targets(self, person: str, channel: Channel) -> list[Target]:
        if channel is Channel.PUSH:
            return self.browsers.get(person, [])
        found = self.addresses.get((person, channel))
        return [] if found is None else [found]


@dataclass(slots=True)
class _Noticed:
    notices: list[Notice] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)


def follow(database: Database, now: datetime, *, zone: ZoneInfo) -> bool:
    """Notice the next stretch of versions; whether there was one.  `zone` is of who has no quiet hours.

    Written in lots, the follower's place last: whoever comes after a crash makes the same again, and what is there
    already is not put in twice.
    """
    with database.read() as connection:
        if not is_wanted(connection):
            return False
        is_begun = connection.execute(select(FOLLOWERS).where(FOLLOWERS.c.name == FOLLOWER)).first() is not None
        start = None if is_begun else first_position(connection)
        stretch = read_stretch(connection, FOLLOWER) if is_begun else None
        found = None if stretch is None else _notice(_audience(connection, stretch), stretch, now=now, zone=zone)
    if start is not None:
        with database.write() as connection:
            return insert_if_absent(connection, FOLLOWERS, {"name": FOLLOWER, "position": start, "seen": 0})
    if stretch is None or found is None:
        return False
    for start in range(0, len(found.notices), _AT_ONCE):
        with database.write() as connection:
            notices.keep(connection, found.notices[start : start + _AT_ONCE])
    for start in range(0, len(found.wanted), _AT_ONCE):
        with database.write() as connection:
            enqueue(connection, found.wanted[start : start + _AT_ONCE], now=now)
    with database.write() as connection:
        advance(connection, stretch)
    return True


def first_position(connection: Connection) -> int | None:
    """The position before which nobody wants to hear of anything; None when nobody wants to at all."""
    is_verified = ADDRESSES.c.state == AddressState.VERIFIED.value
    known = (
        watchlist.first_position(connection),
        connection.scalar(select(func.min(SUBSCRIPTIONS.c.since_position))),
        connection.scalar(select(func.min(ADDRESSES.c.since_position)).where(is_verified)),
    )
    return min((position for position in known if position is not None), default=None)


def _audience(connection: Connection, stretch: Stretch) -> _Audience:
    numbers = {version.now.container_number for version in stretch.versions if version.now is not None}
    watchers = watchlist.watchers(connection, numbers)
    people = interests.people(connection, {one.person for those in watchers.values() for one in those})
    applicants: dict[str, list[str]] = {}
    for party in {version.mailing.applicant for version in stretch.versions if version.mailing is not None}:
        of_party = interests.people_of(connection, party)
        applicants[party] = sorted(of_party)
        people |= of_party
    addresses, browsers = address_targets(connection, people), push_targets(connection, people)
    return _Audience(people, watchers, applicants, addresses, browsers)


def _notice(audience: _Audience, stretch: Stretch, *, now: datetime, zone: ZoneInfo) -> _Noticed:
    found = _Noticed()
    for version in stretch.versions:
        for person, since in _concerned(audience, version):
            if version.change.position <= since:
                continue
            for type in told_to(audience.people[person].actor, version):
                _add(found, _noticed(version, person, type, now=now), audience, version, zone=zone)
    return found


def _concerned(audience: _Audience, version: Version) -> Iterator[tuple[str, int]]:
    """Who asked to hear of this, and since which position."""
    if version.mailing is not None:
        for person in audience.applicants[version.mailing.applicant]:
            since = _first_target(audience, person)
            if since is not None:
                yield person, since
    elif version.now is not None:
        for watcher in audience.watchers.get(version.now.container_number, ()):
            if watcher.person in audience.people:
                yield watcher.person, watcher.since_position


def _first_target(audience: _Audience, person: str) -> int | None:
    known = (one.since_position for channel in SETTLING for one in audience.targets(person, channel))
    return min(known, default=None)


def _add(found: _Noticed, notice: Notice, audience: _Audience, version: Version, *, zone: ZoneInfo) -> None:
    """The notice, where any channel is chosen for it, and what is to be sent."""
    chosen = audience.people[notice.person].interests
    channels = chosen.channels(notice.type)
    if not channels:
        return
    is_summed = Channel.EMAIL in channels and chosen.digest is not Digest.NONE and notice.type not in URGENT
    if is_summed:
        due = due_at(notice.noticed_at, quiet=chosen.quiet, digest=chosen.digest, zone=_zone(chosen, zone))
        notice = replace(notice, digest_at=due)
    found.notices.append(notice)
    for channel in channels:
        for target in audience.targets(notice.person, channel):
            if version.change.position <= target.since_position:
                continue
            if channel is Channel.EMAIL and notice.digest_at is not None:
                found.wanted.append(_digest(target, notice.digest_at))
            else:
                found.wanted.append(_wanted(channel, target, notice, version, quiet=chosen.quiet))


def _zone(chosen: Interests, zone: ZoneInfo) -> ZoneInfo:
    return zone if chosen.quiet is None else chosen.quiet.zone


def _noticed(version: Version, person: str, type: str, *, now: datetime) -> Notice:
    change = version.change
    subject = version.now.container_number if version.now is not None else ""
    if version.mailing is not None:
        subject = version.mailing.certificate_number
    return Notice(person, change.key, change.version, type, ORDINALS[type], subject, change.at, now)


def _wanted(channel: Channel, target: Target, notice: Notice, version: Version, *, quiet: QuietHours | None) -> Wanted:
    is_urgent = notice.type in URGENT
    settled = notice.noticed_at if is_urgent else notice.noticed_at + SETTLING[channel]
    return Wanted(
        channel,
        target.target_id,
        notices.urgent(notice.key) if is_urgent else notice.key,
        notice.version,
        notice.type,
        ordinal=notice.ordinal,
        position=version.change.position,
        visit_id=version.visit_id,
        due_at=settled if is_urgent or quiet is None else quiet.over(settled),
    )


def _digest(target: Target, due: datetime) -> Wanted:
    """One for all that it sums up: whoever wants it again wants the same."""
    # Not on the stroke, or what is noticed just before it could come too late for it.
    later = due + SETTLING[Channel.EMAIL]
    return Wanted(Channel.EMAIL, target.target_id, DIGEST, int(due.timestamp()), DIGEST, due_at=later)


def is_wanted(connection: Connection) -> bool:
    """Whether anybody wants to hear of something that was not noticed yet.  Asked each second, of a row or two."""
    return is_behind(connection, FOLLOWER) and _is_anybody_there(connection)


def _is_anybody_there(connection: Connection) -> bool:
    is_verified = ADDRESSES.c.state == AddressState.VERIFIED.value
    known = (select(WATCHED.c.person), select(SUBSCRIPTIONS.c.person), select(ADDRESSES.c.person).where(is_verified))
    return any(connection.execute(query.limit(1)).first() is not None for query in known)


def sweep(connection: Connection, *, now: datetime) -> int:
    """Forget old notices and codes; how many.  While nobody wants to hear of anything there is no follower either: its
    place would keep the outbox from forgetting."""
    if not _is_anybody_there(connection):
        connection.execute(delete(FOLLOWERS).where(FOLLOWERS.c.name == FOLLOWER))
    return notices.sweep(connection, now=now) + sweep_codes(connection, now=now)
