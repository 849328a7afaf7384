"""Interests: what each person chose to be told of.  The person's own, shown to nobody else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Column, Connection, RowMapping, Table, Text, select
from sqlmodel import Field, SQLModel

from events.columns import UtcDateTime
from port.actor import Actor, Role
from port.database import insert_if_absent
from port.interests_choices import Choices, Interests, Language, default_for, ordered
from port.keys import EVERY_FACILITY, KEYS
from port.outbox import Channel
from port.parties import PARTIES, one_of
from port.quiet import Digest, QuietHours


class InterestRow(SQLModel, table=True):
    """What a person chose; who has no row is told what her role is told."""

    __tablename__ = "interest"
    __table_args__ = (one_of("digest", Digest), one_of("language", Language))

    person: str = Field(primary_key=True)
    choices: str = Field(sa_column=Column(Text, nullable=False))
    quiet_from: str | None = None
    quiet_to: str | None = None
    quiet_zone: str | None = None
    digest: str
    language: str
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


INTERESTS: Table = InterestRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be told: what her live keys together may see, and what she chose."""

    actor: Actor
    interests: Interests


def of(connection: Connection, actor: Actor) -> Interests:
    """What the caller chose, or what her role is told."""
    row = connection.execute(select(INTERESTS).where(INTERESTS.c.person == actor.person)).mappings().one_or_none()
    return default_for(actor.role) if row is None else _read(row)


def has_chosen(connection: Connection, person: str) -> bool:
    """Whether she chose anything herself."""
    return connection.scalar(select(INTERESTS.c.person).where(INTERESTS.c.person == person)) is not None


def keep(connection: Connection, person: str, chosen: Interests, *, now: datetime) -> None:
    """Keep what a person chose, instead of what she chose before."""
    quiet = chosen.quiet
    values = {
        "choices": orjson.dumps({type: list(channels) for type, channels in chosen.choices.items()}).decode(),
        "quiet_from": None if quiet is None else quiet.begins.isoformat("minutes"),
        "quiet_to": None if quiet is None else quiet.ends.isoformat("minutes"),
        "quiet_zone": None if quiet is None else quiet.zone.key,
        "digest": chosen.digest.value,
        "language": chosen.language.value,
        "changed_at": now,
    }
    if not insert_if_absent(connection, INTERESTS, {"person": person, **values}):
        connection.execute(INTERESTS.update().where(INTERESTS.c.person == person).values(values))


def people(connection: Connection, persons: Iterable[str]) -> dict[str, Person]:
    """Those of these people who have a live key, as they stand now."""
    actors = _actors(connection, KEYS.c.person.in_(sorted(set(persons))))
    return _with_interests(connection, actors)


def people_of(connection: Connection, party: str) -> dict[str, Person]:
    """The people who speak for a party."""
    return _with_interests(connection, _actors(connection, KEYS.c.party == party))


def _with_interests(connection: Connection, actors: Mapping[str, Actor]) -> dict[str, Person]:
    query = select(INTERESTS).where(INTERESTS.c.person.in_(sorted(actors)))
    chosen = {row["person"]: _read(row) for row in connection.execute(query).mappings()}
    return {
        person: Person(actor, chosen[person] if person in chosen else default_for(actor.role))
        for person, actor in actors.items()
    }


def _actors(connection: Connection, those):  # type: ignore[no-untyped-def]  # a SQL condition
    """A person's keys are of one party and role; together they speak for the facilities of each."""
    query = (
        select(KEYS, PARTIES.c.name)
        .join(PARTIES, PARTIES.c.code == KEYS.c.party)
        .where(those, KEYS.c.revoked_at.is_(None))
        .order_by(KEYS.c.created_at, KEYS.c.key_id)
    )
    actors: dict[str, Actor] = {}
    for row in connection.execute(query):
        facilities = frozenset(orjson.loads(row.facilities))
        before = actors.get(row.person)
        is_hub = EVERY_FACILITY in facilities or (before is not None and before.is_hub)
        both = facilities - {EVERY_FACILITY} | (before.facilities if before is not None else frozenset())
        actors[row.person] = Actor(
            row.key_id, row.party, row.name, Role(row.role), frozenset() if is_hub else both, is_hub, row.person
        )
    return actors


def _read(row: RowMapping) -> Interests:
    told: dict[str, list[str]] = orjson.loads(str(row["choices"]))
    choices: Choices = ordered({type: tuple(map(Channel, channels)) for type, channels in told.items()})
    return Interests(choices, _quiet(row), Digest(str(row["digest"])), Language(str(row["language"])))


def _quiet(row: RowMapping) -> QuietHours | None:
    if row["quiet_from"] is None:
        return None
    begins, ends = (time.fromisoformat(str(row[name])) for name in ("quiet_from", "quiet_to"))
    return QuietHours(begins, ends, ZoneInfo(str(row["quiet_zone"])))
