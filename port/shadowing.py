"""Versions in shadow: put there and taken out by an officer, and what became of the live cases they saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from events.types import RulesetStep
from port import life
from port.actor import Actor
from port.batch import Work
from port.draft import derived_id
from port.errors import BadRequest, Conflict, NothingThere
from port.kept import Page
from port.rulesets import RULESETS
from port.shadow import RUNNING, SHADOW_RESULTS, SHADOW_RUNS
from port.shadow_following import FOLLOWER
from port.stretches import advance, position_of

MOST_AT_ONCE = 8


class TooManyShadows(Conflict):
    """As many versions are in shadow as may be."""

    fix = "take one out of shadow first"


@dataclass(frozen=True, slots=True)
class Cell:
    """How many cases went down `was` live and would have gone down `now`."""

    was: str
    now: str
    count: int


@dataclass(frozen=True, slots=True)
class Flip:
    """One case as it was decided live, and as it would have been; `row` decided then, `error` what went wrong."""

    position: int
    decision_id: str
    container_number: str
    at: datetime
    was: str
    was_row: str | None
    now: str
    reason: str
    row: str | None
    error: str


@dataclass(frozen=True, slots=True)
class Shadow:
    """A version's time in shadow, all its runs together; `since` when it is there now."""

    content_hash: str
    since: datetime | None
    cases: int
    errors: int
    agreed: int
    last_error: str
    cells: tuple[Cell, ...]


def start(work: Work, actor: Actor, content_hash: str, *, why: str) -> None:
    """From now on the version sees live cases, without effect.  Where it does already nothing changes.

    Raises NothingThere, BadRequest without a reason, TooManyShadows.
    """
    name = _name(work.connection, content_hash, why)
    shadows = {str(one) for one in work.connection.scalars(select(SHADOW_RUNS.c.content_hash).where(RUNNING))}
    if content_hash in shadows:
        return
    if len(shadows) >= MOST_AT_ONCE:
        raise TooManyShadows(f"{MOST_AT_ONCE} versions are in shadow already")
    position = work.batch.next_position
    if not shadows:
        # Nobody has followed since the last one ended, and what was decided meanwhile is no case of this one's.
        before = position_of(work.connection, FOLLOWER)
        advance(work.connection, FOLLOWER, before=before, upto=position - 1)
    work.connection.execute(
        SHADOW_RUNS.insert().values(
            run_id=derived_id("shadow", content_hash, str(position)),
            content_hash=content_hash,
            started_at=work.now,
            person=actor.person,
            party=actor.party,
            why=why,
            cases=0,
            errors=0,
            agreed=0,
            last_error="",
        )
    )
    _note(work, actor, name, content_hash, step=RulesetStep.SHADOW_STARTED, why=why)


def stop(work: Work, actor: Actor, content_hash: str, *, why: str) -> None:
    """From now on it sees none; what it has seen is kept.  Raises NothingThere, BadRequest without a reason."""
    name = _name(work.connection, content_hash, why)
    is_it = (RUNNING, SHADOW_RUNS.c.content_hash == content_hash)
    if work.connection.execute(update(SHADOW_RUNS).where(*is_it).values(stopped_at=work.now)).rowcount:
        _note(work, actor, name, content_hash, step=RulesetStep.SHADOW_STOPPED, why=why)


def is_any_running(connection: Connection) -> bool:
    """Whether any version is in shadow."""
    return connection.scalar(select(SHADOW_RUNS.c.run_id).where(RUNNING).limit(1)) is not None


def get(connection: Connection, content_hash: str) -> Shadow:
    """What the version saw in shadow.  Raises NothingThere where it never was."""
    runs = list(
        connection.execute(
            select(SHADOW_RUNS).where(SHADOW_RUNS.c.content_hash == content_hash).order_by(SHADOW_RUNS.c.started_at)
        ).mappings()
    )
    if not runs:
        raise NothingThere("this version was never in shadow", fix="POST /v1/rulesets/{hash}/shadow puts it there")
    return Shadow(
        content_hash,
        next((run["started_at"] for run in runs if run["stopped_at"] is None), None),
        cases=sum(run["cases"] for run in runs),
        errors=sum(run["errors"] for run in runs),
        agreed=sum(run["agreed"] for run in runs),
        last_error=next((run["last_error"] for run in reversed(runs) if run["last_error"]), ""),
        cells=cells(connection, content_hash),
    )


def cells(connection: Connection, content_hash: str) -> tuple[Cell, ...]:
    """How many cases went which way, and would have gone which."""
    r = SHADOW_RESULTS.c
    query = (
        select(r.route, r.shadow_route, func.count())
        .where(r.content_hash == content_hash)
        .group_by(r.route, r.shadow_route)
        .order_by(r.route, r.shadow_route)
    )
    return tuple(Cell(*row) for row in connection.execute(query))


def list_flips(
    connection: Connection, content_hash: str, *, was: str | None, now: str | None, before: int | None, limit: int
) -> Page[Flip]:
    """Cases, newest first: of one cell, or where nothing is said all that would have gone elsewhere, or broke."""
    r = SHADOW_RESULTS.c
    columns = (
        r.position, r.decision_id, r.container_number, r.at, r.route, r.row, r.shadow_route, r.shadow_reason,
        r.shadow_row, r.error,
    )  # fmt: skip
    query = select(*columns).where(r.content_hash == content_hash).order_by(r.position.desc()).limit(limit + 1)
    if was is None and now is None:
        query = query.where((r.route != r.shadow_route) | r.is_error.is_(True))
    if was is not None:
        query = query.where(r.route == was)
    if now is not None:
        query = query.where(r.shadow_route == now)
    if before is not None:
        query = query.where(r.position < before)
    rows = [_flip(row) for row in connection.execute(query)]
    return Page(tuple(rows[:limit]), str(rows[limit - 1].position) if len(rows) > limit else None)


def _flip(row: Sequence[Any]) -> Flip:  # the columns asked for, each of its own type
    return Flip(*row)


def name_of(connection: Connection, content_hash: str) -> str:
    """The family a version belongs to.  Raises NothingThere."""
    name = connection.scalar(select(RULESETS.c.name).where(RULESETS.c.content_hash == content_hash))
    if name is None:
        raise NothingThere("there is no such version", fix="list them at GET /v1/rulesets")
    return str(name)


def _name(connection: Connection, content_hash: str, why: str) -> str:
    if not why.strip():
        raise BadRequest("say why, for the audit", where="why")
    return name_of(connection, content_hash)


def _note(work: Work, actor: Actor, name: str, content_hash: str, *, step: RulesetStep, why: str) -> None:
    life.step(work, name=name, content_hash=content_hash, step=step, by=actor.person, party=actor.party, why=why)
