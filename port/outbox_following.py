"""Following the versions for whoever tells of them outside: which there are since the last time, and what each tells
one viewer.

A follower's place is kept in the database and moves in the transaction that keeps what it made of the versions, so
that nothing is told twice or left out, whatever dies when.  A commit without an event of its own shares the position of
the one before it: how many versions were seen at the last position is kept too, and the outbox drops what is put in
twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, or_, select, update

from events import log
from port import access, certificate, dossier, mailing, views
from port.access import NO_CALL, CallFacts
from port.actor import Actor
from port.certificate import Mailing
from port.database import insert_if_absent
from port.dossier import Dossier
from port.happenings import NOTHING_YET, Wire, disclosed, happenings
from port.outbox import FOLLOWERS
from port.projecting import project
from port.register import CHANGES, KeyChange

MOST = 500
_VISIT, _CERTIFICATE = "visit:", "certificate:"
_TOLD = or_(*(and_(CHANGES.c.key >= kind, CHANGES.c.key < kind[:-1] + ";") for kind in (_VISIT, _CERTIFICATE)))


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a visit or of a mailing, with the one before it, if there was one."""

    change: KeyChange
    now: Dossier | None = None
    before: Dossier | None = None
    call: CallFacts = NO_CALL
    mailing: Mailing | None = None
    mailing_before: Mailing | None = None

    @property
    def visit_id(self) -> str | None:
        """The visit it is of."""
        return self.now.visit_id if self.now is not None else None


@dataclass(frozen=True, slots=True)
class Stretch:
    """What there is from a follower's place on, and the place it has come to with it; whether that was all."""

    follower: str
    place: tuple[int, int]
    upto: tuple[int, int]
    versions: tuple[Version, ...]
    has_more: bool


def head(connection: Connection) -> int:
    """The log's last position: where who wants to hear of nothing older begins."""
    return log.head(connection)[0]


def place_of(connection: Connection, follower: str) -> tuple[int, int]:
    """How far it has come: a position, and how many versions were seen there."""
    row = connection.execute(select(FOLLOWERS).where(FOLLOWERS.c.name == follower)).one_or_none()
    return (0, 0) if row is None else (row.position, row.seen)


def is_behind(connection: Connection, follower: str) -> bool:
    """Whether there are versions it has not seen."""
    position, seen = place_of(connection, follower)
    last = connection.scalar(select(func.max(CHANGES.c.position))) or 0
    return last > position or (last == position and _count_at(connection, position) > seen)


def read_stretch(connection: Connection, follower: str, *, start: int = 0, most: int = MOST) -> Stretch | None:
    """What is new to the follower, of at most about `most` versions; None when there is nothing.

    `start` is the position below which nobody wants to hear of anything.  All versions at a position come together.
    """
    place = place_of(connection, follower)
    after, last = max(place[0], start), _last(connection)
    upto = end_of_stretch(connection, after, most)
    seen = _count_at(connection, upto)
    if (upto, seen) == place or upto < after or (upto == place[0] and seen <= place[1]):
        return None
    versions = tuple(versions_between(connection, after, upto))
    return Stretch(follower, place, (upto, seen), versions, has_more=upto < last)


def advance(connection: Connection, stretch: Stretch) -> bool:
    """Note that the follower has come so far; False when another process was quicker, whose word counts.

    Not before the last of what it made of the versions is written: in the same transaction, or after it.
    """
    position, seen = stretch.place
    at = (FOLLOWERS.c.name == stretch.follower, FOLLOWERS.c.position == position, FOLLOWERS.c.seen == seen)
    moved = update(FOLLOWERS).where(*at).values(position=stretch.upto[0], seen=stretch.upto[1])
    if connection.execute(moved).rowcount == 1:
        return True
    is_first = insert_if_absent(connection, FOLLOWERS, {"name": stretch.follower, "position": 0, "seen": 0})
    return is_first and connection.execute(moved).rowcount == 1


def end_of_stretch(connection: Connection, after: int, most: int) -> int:
    """The position of the version so many further on from a position, or of the last there is."""
    query = select(CHANGES.c.position).where(CHANGES.c.position >= after).order_by(CHANGES.c.position)
    further = connection.scalar(query.offset(most).limit(1))
    return int(further) if further is not None else _last(connection)


def versions_between(connection: Connection, first: int, last: int) -> Iterable[Version]:
    """The versions at positions from `first` to `last`, in the log's order."""
    query = (
        select(CHANGES)
        .where(CHANGES.c.position >= first, CHANGES.c.position <= last, _TOLD)
        .order_by(CHANGES.c.position, CHANGES.c.key, CHANGES.c.version)
    )
    for row in connection.execute(query).mappings().all():
        yield read_version(connection, KeyChange(**row))


def find_version(connection: Connection, key: str, version: int) -> Version | None:
    """One version of a key."""
    row = (
        connection.execute(select(CHANGES).where(CHANGES.c.key == key, CHANGES.c.version == version))
        .mappings()
        .one_or_none()
    )
    return None if row is None else read_version(connection, KeyChange(**row))


def read_version(connection: Connection, change: KeyChange) -> Version:
    """The version with the one before it, and the vessel's call as it stands now."""
    earlier = select(CHANGES.c.record).where(CHANGES.c.key == change.key, CHANGES.c.version == change.version - 1)
    record = connection.scalar(earlier)
    if change.key.startswith(_CERTIFICATE):
        before = certificate.from_json(record) if record else None
        return Version(change, mailing=certificate.from_json(change.record), mailing_before=before)
    now = dossier.from_json(change.record)
    [call] = views.call_facts(connection, [now])
    return Version(change, now=now, before=dossier.from_json(record) if record else None, call=call)


def told_to(actor: Actor, version: Version) -> tuple[str, ...]:
    """What this viewer is told of it: the types, none when it may not know of it or nothing happened in its eyes."""
    if version.mailing is not None:
        return _told_of_mailing(actor, version.mailing, version.mailing_before)
    if version.now is None:
        return ()
    view = access.view(actor, version.now, version.call)
    if view is None:
        return ()
    after = _share(version.now, view, version)
    if version.before is None:
        return happenings(NOTHING_YET, after)
    # By the grant of now on both sides: what only the grant changed did not happen to the box.
    before = _share(version.before, view, version)
    if access.view(actor, version.before, version.call) is None:
        return disclosed(before, after)
    return happenings(before, after)


def _share(one: Dossier, view: access.View, version: Version) -> Wire:
    return project(one, view, version.call, version=version.change.version)


def _told_of_mailing(actor: Actor, now: Mailing, before: Mailing | None) -> tuple[str, ...]:
    if not mailing.may_see(actor, now):
        return ()
    after = {"mailingID": now.mailing_id, "state": now.state}
    return happenings(NOTHING_YET if before is None else after | {"state": before.state}, after)


def _last(connection: Connection) -> int:
    return int(connection.scalar(select(func.max(CHANGES.c.position))) or 0)


def _count_at(connection: Connection, position: int) -> int:
    return int(connection.scalar(select(func.count()).where(CHANGES.c.position == position)) or 0)
