"""Versions of the rules as officers ask for them: each with who wrote it, how far it is, and what was done with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import orjson
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, func, select

from events import log
from events.types import RulesetStepped
from port import rulesets
from port.diversion.checks import RulesetInvalid
from port.diversion.documents_tests import read_tests
from port.diversion.life import Life, RulesetState, life_of, state_of
from port.diversion.table import Ruleset
from port.diversion.testing import TestCase
from port.diversion.timeline import Timeline
from port.errors import BadRequest, Conflict, NothingThere
from port.filing import EVERY_RULESET
from port.keys import KEYS
from port.parties import PARTIES
from port.rulesets import APPROVALS, RULESETS
from port.rulesets_active import timeline
from port.shadow import SHADOW_RUNS

SHORTEST_PREFIX = 8


class RulesetUnknown(NothingThere):
    """No version has this hash."""

    reason = "RULESET_UNKNOWN"
    fix = "list them at GET /v1/rulesets"

    def __init__(self, named: str) -> None:
        super().__init__(f"there is no version {named[:64]}")


class RulesetUnreadable(Conflict):
    """A version asks for what this program does not know."""

    reason = "RULESET_UNREADABLE"
    fix = "use the program it was written with, or write it anew"


class Person(Struct, frozen=True):
    """Who acted: the first key of a line, and the party's name."""

    person: str
    name: str


class Taken(Struct, frozen=True):
    """A step, and where it stands in the log."""

    position: int
    fact: RulesetStepped


class Version(Struct, frozen=True):
    """A version as it was written."""

    content_hash: str
    name: str
    kept_at: datetime
    body: str
    author: str | None
    party: str
    based_on: str | None
    note: str
    tests: str
    position: int

    @property
    def ruleset(self) -> Ruleset:
        """The table.  Raises RulesetUnreadable."""
        try:
            return rulesets.read_version(self.content_hash, self.body)
        except RulesetInvalid as error:
            raise RulesetUnreadable(f"this version cannot be read: {error}"[:300]) from None

    @property
    def cases(self) -> tuple[TestCase, ...]:
        """Its test cases."""
        cases, _ = read_tests(orjson.loads(self.tests))
        return tuple(cases)


class Approval(Struct, frozen=True):
    """A second person's word for it."""

    content_hash: str
    author: str
    approver: str
    party: str
    at: datetime
    why: str
    waived: str


class Standing(Struct, frozen=True):
    """A version and how far it is; `since` is when it became or will become active, for the last time."""

    version: Version
    life: Life
    state: RulesetState
    approval: Approval | None
    since: datetime | None


class Overview(Struct, frozen=True):
    """Versions, newest first, and which decides when; `people` has everybody who is named."""

    standings: tuple[Standing, ...]
    timeline: Timeline
    people: dict[str, Person]


def resolve(connection: Connection, named: str) -> str:
    """The whole hash of a version named by its beginning.  Raises RulesetUnknown, BadRequest."""
    if len(named) < SHORTEST_PREFIX:
        raise BadRequest(
            f"a hash is named by {SHORTEST_PREFIX} characters or more", where="hash", fix="give more of it"
        )
    # A range instead of LIKE: any collation, and nothing to escape.
    column = RULESETS.c.content_hash
    found = connection.scalars(
        select(column).where(column >= named, column < named + "g").order_by(column).limit(2)
    ).all()
    found = [one for one in found if one.startswith(named)]
    if not found:
        raise RulesetUnknown(named)
    if len(found) > 1:
        raise BadRequest("several versions begin so", where="hash", fix="give more of it")
    return str(found[0])


def find_version(connection: Connection, content_hash: str) -> Version | None:
    """One version by its whole hash."""
    row = connection.execute(select(RULESETS).where(RULESETS.c.content_hash == content_hash)).mappings().one_or_none()
    return None if row is None else Version(**row)


def get_version(connection: Connection, named: str) -> Version:
    """One version by its hash or the beginning of it.  Raises RulesetUnknown, BadRequest."""
    found = find_version(connection, resolve(connection, named))
    assert found is not None
    return found


def list_versions(connection: Connection, *, family: str | None = None) -> list[Version]:
    """All versions, or those of a family, newest first."""
    query = select(RULESETS).order_by(RULESETS.c.position.desc(), RULESETS.c.kept_at.desc(), RULESETS.c.content_hash)
    if family is not None:
        query = query.where(RULESETS.c.name == family)
    return [Version(**row) for row in connection.execute(query).mappings()]


def newest_of(connection: Connection, family: str) -> Version | None:
    """The newest version of a family; None for one that does not exist."""
    return next(iter(list_versions(connection, family=family)), None)


def find_approval(connection: Connection, content_hash: str) -> Approval | None:
    """The version's approval."""
    row = connection.execute(select(APPROVALS).where(APPROVALS.c.content_hash == content_hash)).mappings().one_or_none()
    return None if row is None else Approval(**row)


def steps_of(connection: Connection, content_hash: str | None = None) -> list[Taken]:
    """The steps of a version, or of all, oldest first."""
    key = EVERY_RULESET if content_hash is None else f"l:{content_hash}"
    told = [found.recorded for found in log.find_by_keys(connection, [key])]
    return [Taken(one.position, one.fact) for one in told if isinstance(one.fact, RulesetStepped)]


def overview(connection: Connection, versions: Iterable[Version] | None = None, *, now: datetime) -> Overview:
    """These versions, or all, with how far each is."""
    wanted = list_versions(connection) if versions is None else list(versions)
    steps: dict[str, list[RulesetStepped]] = {one.content_hash: [] for one in wanted}
    for found in log.find_by_keys(connection, [f"l:{content_hash}" for content_hash in steps]):
        if isinstance(found.recorded.fact, RulesetStepped):
            steps[found.key[2:]].append(found.recorded.fact)
    times = timeline(connection)
    approvals = [Approval(**row) for row in connection.execute(select(APPROVALS)).mappings()]
    given = {one.content_hash: one for one in approvals}
    runs = runs_seen(connection)
    lives = {one.content_hash: live(steps[one.content_hash], runs[one.content_hash]) for one in wanted}
    standings = tuple(
        _standing(one, lives[one.content_hash], given.get(one.content_hash), times, now=now) for one in wanted
    )
    named = {one.author for one in wanted if one.author} | {one.approver for one in approvals}
    return Overview(standings, times, people(connection, named))


def runs_seen(connection: Connection) -> Counter[str]:
    """Shadow runs by version, as far as they show anything: of those in which a case was judged without a fault."""
    query = select(SHADOW_RUNS.c.content_hash, func.count()).where(SHADOW_RUNS.c.cases > SHADOW_RUNS.c.errors)
    found = connection.execute(query.group_by(SHADOW_RUNS.c.content_hash))
    return Counter({str(content_hash): int(count) for content_hash, count in found})


def live(steps: Iterable[RulesetStepped], runs: int) -> Life:
    """How far a version is by its steps, with the shadow runs that show anything of it."""
    return replace(life_of(steps), shadow_runs=runs)


def people(connection: Connection, persons: Iterable[str]) -> dict[str, Person]:
    """Who these are."""
    wanted = sorted(set(persons))
    query = select(KEYS.c.key_id, PARTIES.c.name).join(PARTIES, PARTIES.c.code == KEYS.c.party)
    rows = connection.execute(query.where(KEYS.c.key_id.in_(wanted))) if wanted else ()
    return {row.key_id: Person(row.key_id, row.name) for row in rows}


def _standing(version: Version, life: Life, approval: Approval | None, times: Timeline, *, now: datetime) -> Standing:
    state = state_of(life, version.content_hash, times, now=now)
    own = [
        one.effective_at
        for one in (*times.begun(now), *times.scheduled(now))
        if one.content_hash == version.content_hash
    ]
    return Standing(version, life, state, approval, own[-1] if own else None)
