"""What was done with the rules and by them: the steps of all versions, and the decisions one of them made."""

from __future__ import annotations

from datetime import datetime

import orjson
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, or_, select

from events.types import RulesetStep, RulesetStepped
from port import orders
from port.kept import Page
from port.orders import DECISIONS, Decided, Decision
from port.rulesets import ACTIVATIONS
from port.rulesets_read import Person, find_version, people, steps_of

FOUNDED = "FOUNDED"
"""How the first activation is told: the version a port begins with.  No fact says it, since nobody took the step."""

_CHUNK = 500
_MOST_CHUNKS = 20


class Step(Struct, frozen=True):
    """One step as the audit tells it; `by` is None for the port itself, `position` 0 for the founding."""

    position: int
    content_hash: str
    name: str
    step: str
    by: Person | None
    party: str
    why: str
    at: datetime
    effective_at: datetime | None
    detail: dict[str, object]


def audit(connection: Connection, content_hash: str | None = None) -> list[Step]:
    """The steps of one version, or of all, oldest first."""
    told = steps_of(connection, content_hash)
    known = people(connection, {one.fact.by for one in told if one.fact.by})
    founding = _founding(connection)
    first = [founding] if founding is not None and content_hash in (None, founding.content_hash) else []
    return [*first, *(_step(one.position, one.fact, known) for one in told)]


def decisions_of(connection: Connection, content_hash: str, *, before: int | None, limit: int) -> Page[Decided]:
    """What was decided by a version while it was active, newest first."""
    within = _while_active(connection, content_hash)
    found: list[Decided] = []
    for _ in range(_MOST_CHUNKS if within else 0):
        query = select(DECISIONS).where(or_(*within)).order_by(DECISIONS.c.position.desc()).limit(_CHUNK)
        query = query if before is None else query.where(DECISIONS.c.position < before)
        rows = [Decision(**row) for row in connection.execute(query).mappings()]
        found += [one for one in orders.with_facts(connection, rows) if one.fact.ruleset_hash == content_hash]
        if len(found) > limit:
            return Page(tuple(found[:limit]), str(found[limit - 1].row.position))
        if len(rows) < _CHUNK:
            return Page(tuple(found), None)
        before = rows[-1].position
    return Page(tuple(found), None if before is None else str(before))


def _while_active(connection: Connection, content_hash: str) -> list[ColumnElement[bool]]:
    """Conditions on a decision's position: after each activation of the version, and before the next of another."""
    rows = connection.execute(select(ACTIVATIONS.c.number, ACTIVATIONS.c.content_hash, ACTIVATIONS.c.position)).all()
    begun = {
        orjson.loads(one.fact.detail).get("activation"): one.position
        for one in steps_of(connection)
        if one.fact.step is RulesetStep.ACTIVATED
    }
    others = sorted(begun[row.number] for row in rows if row.content_hash != content_hash and row.number in begun)
    within: list[ColumnElement[bool]] = []
    for row in rows:
        if row.content_hash == content_hash:
            ends = next((position for position in others if position > row.position), None)
            after = DECISIONS.c.position > row.position
            within.append(after if ends is None else after & (DECISIONS.c.position < ends))
    return within


def _founding(connection: Connection) -> Step | None:
    row = connection.execute(select(ACTIVATIONS).where(ACTIVATIONS.c.number == 1)).one_or_none()
    version = None if row is None else find_version(connection, row.content_hash)
    if row is None or version is None:
        return None
    return Step(0, row.content_hash, version.name, FOUNDED, None, "", "", row.at, None, {"activation": 1})


def _step(position: int, fact: RulesetStepped, known: dict[str, Person]) -> Step:
    by = known.get(fact.by, Person(fact.by, fact.party)) if fact.by else None
    detail = orjson.loads(fact.detail)
    return Step(
        position, fact.ruleset_hash, fact.name, fact.step, by, fact.party, fact.why, fact.at, fact.effective_at, detail
    )
