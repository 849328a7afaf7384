"""The books after an accident: does what is stored agree with what was acknowledged, and with itself?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass

from click.testing import CliRunner
from sqlalchemy import Connection, func, select

from events import log
from events.log import EVENTS, KEYS, MESSAGES, SEQUENCES
from port.database import open_database
from port.draft import results_from_json
from port.orders import DECISIONS, INSTRUCTIONS
from port.register import CHANGES, VISITS
from senders import Answer
from server import environment_for
from web import wire
from web.cli_doctor import command as doctor


@dataclass(frozen=True)
class Books:
    """What a database holds, as far as a sender can hold us to it."""

    answers: dict[str, str]  # by message identity: the results kept
    told_events: int
    decisions: int
    instructions: int
    visits: int
    versions: Counter[int]  # how many visits have that many versions
    contradictions: tuple[str, ...]

    def missing(self, acknowledged: Iterable[Answer]) -> list[str]:
        """The messages that were acknowledged and are not there, or were answered otherwise than is kept."""
        return [
            answer.told.message_id
            for answer in acknowledged
            if answer.told.identity not in self.answers
            or not _agree(self.answers[answer.told.identity], answer.json()["results"])
        ]


def read_books(url: str) -> Books:
    """The database's books.  Opening it repairs what SQLite or PostgreSQL repairs after a crash."""
    with closing(open_database(url)) as database, database.read() as connection:
        answers = dict(connection.execute(select(MESSAGES.c.identity, MESSAGES.c.answer)).all())
        versions = connection.scalars(select(VISITS.c.version).where(VISITS.c.alias_of.is_(None)))
        return Books(
            answers=answers,
            told_events=_count(connection, EVENTS.c.sender != ""),
            decisions=_count(connection, DECISIONS.c.decision_id.is_not(None)),
            instructions=_count(connection, INSTRUCTIONS.c.instruction_id.is_not(None)),
            visits=_count(connection, VISITS.c.alias_of.is_(None)),
            versions=Counter(versions),
            contradictions=tuple(_contradictions(connection)),
        )


def doctor_says(url: str) -> tuple[int, str]:
    """The exit code and words of `digital-port doctor` on that database."""
    given = {name: value for name, value in environment_for(url).items() if name.startswith("DIGITAL_PORT_")}
    done = CliRunner().invoke(doctor, [], env=given)
    return done.exit_code, done.output


def _agree(kept: str, told: list[dict[str, object]]) -> bool:
    return [wire.result(result) for result in results_from_json(kept)] == told


def _contradictions(connection: Connection) -> Iterable[str]:
    yield from _positions(connection)
    yield from _messages_and_events(connection)
    yield from _versions(connection)
    yield from _orders(connection)


def _positions(connection: Connection) -> Iterable[str]:
    row = connection.execute(
        select(func.count(), func.min(EVENTS.c.position), func.max(EVENTS.c.position)).select_from(EVENTS)
    ).one()
    head = log.head(connection)[0]
    if tuple(row) != ((head, 1, head) if head else (0, None, None)):
        yield f"positions are not 1..{head}: count, least, greatest are {tuple(row)}"
    filed = connection.scalar(select(func.count(func.distinct(KEYS.c.position)))) or 0
    if filed != row[0]:
        yield f"{row[0] - filed} events are filed under no key"


def _messages_and_events(connection: Connection) -> Iterable[str]:
    accepted: Counter[str] = Counter()
    sequences: dict[str, list[int]] = {}
    for sender, answer in connection.execute(select(MESSAGES.c.sender, MESSAGES.c.answer)):
        for result in json.loads(answer):
            if result["outcome"] != "rejected":
                accepted[result["event_id"]] += 1
                sequences.setdefault(sender, []).append(result["sequence"])
    stored = Counter(connection.scalars(select(EVENTS.c.event_id).where(EVENTS.c.sender != "")))
    if stored != accepted:
        yield f"{len(stored - accepted)} events stored that no answer names, {len(accepted - stored)} named, not stored"
    kept = dict(connection.execute(select(SEQUENCES.c.sender, SEQUENCES.c.sequence)).all())
    for sender, numbers in sequences.items():
        if sorted(numbers) != list(range(1, kept.get(sender, 0) + 1)):
            yield f"{sender} was given {len(numbers)} sequence numbers, the last is {kept.get(sender)}"


def _versions(connection: Connection) -> Iterable[str]:
    gaps = connection.execute(
        select(CHANGES.c.key)
        .group_by(CHANGES.c.key)
        .having((func.count() != func.max(CHANGES.c.version)) | (func.min(CHANGES.c.version) != 1))
    ).all()
    if gaps:
        yield f"{len(gaps)} keys have a gap in their versions"
    latest = dict(
        connection.execute(
            select(CHANGES.c.key, func.max(CHANGES.c.version))
            .where(CHANGES.c.key.startswith("visit:"))
            .group_by(CHANGES.c.key)
        ).all()
    )
    rows = connection.execute(select(VISITS.c.visit_id, VISITS.c.version).where(VISITS.c.alias_of.is_(None)))
    wrong = [visit_id for visit_id, version in rows if latest.get(f"visit:{visit_id}", 0) != version]
    if wrong:
        yield f"{len(wrong)} visits are at another version than was told"


def _orders(connection: Connection) -> Iterable[str]:
    current = connection.execute(
        select(DECISIONS.c.visit_id)
        .where(DECISIONS.c.is_current.is_(True))
        .group_by(DECISIONS.c.visit_id)
        .having(func.count() > 1)
    ).all()
    if current:
        yield f"{len(current)} visits have two decisions in force"
    open_states = INSTRUCTIONS.c.state.in_(("ISSUED", "ACKNOWLEDGED"))
    doubled = connection.execute(
        select(INSTRUCTIONS.c.visit_id).where(open_states).group_by(INSTRUCTIONS.c.visit_id).having(func.count() > 1)
    ).all()
    if doubled:
        yield f"{len(doubled)} visits have two open instructions"


def _count(connection: Connection, condition) -> int:
    return int(connection.scalar(select(func.count()).where(condition)) or 0)
