"""Following live decisions for the versions in shadow: each decided again by each of them, counted, and without effect.

Runs in a process of its own, so that a version that is slow, or breaks, slows nobody else down.  How far it has read is
kept in the transaction that keeps what it found, so a restart leaves nothing out and counts nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select, update

from events import log
from events.types import DiversionDecided, Reason, Recorded, Route
from port import rulesets
from port.database import Database
from port.diversion.checks import RulesetInvalid
from port.diversion.shadow import Shadowed, decide_again, row_of
from port.diversion.table import Ruleset
from port.shadow import RUNNING, SHADOW_RESULTS, SHADOW_RUNS
from port.stretches import advance, find_between, position_of

FOLLOWER = 2
_PAGE = 1_000
# In one transaction, which live ingest may have to wait for: some milliseconds.
_MOST_RESULTS = 400
SLOW_SECONDS = 1.0
"""A version that takes longer for one case is given up for it; after `MOST_SLOW` such cases, for all that follow."""
MOST_SLOW = 3


class TooSlow(Exception):
    """Raised by a guard when its time is over."""


Guard = Callable[[float], AbstractContextManager[None]]
"""A context in which TooSlow is raised once so many seconds are over."""


@dataclass(frozen=True, slots=True)
class Run:
    """A version in shadow, from when on."""

    run_id: str
    content_hash: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """What a version in shadow made of one live decision."""

    run: Run
    decision: Recorded
    live_row: str | None
    shadowed: Shadowed


@dataclass(slots=True)
class Follower:
    """Reads on from where it stands; `guard` bounds what a version may take for a case."""

    database: Database
    guard: Guard
    stopwatch: Callable[[], float]
    _versions: dict[str, Ruleset | str] = field(default_factory=dict)
    _slow: dict[str, int] = field(default_factory=dict)

    def go_on(self) -> bool:
        """Take the next stretch of the log; whether there is more."""
        with self.database.read() as connection:
            runs = running(connection)
            before = position_of(connection, FOLLOWER)
            upto = min(before + _PAGE, log.head(connection)[0])
            if upto <= before:
                return False
            decisions = find_between(connection, before, upto, kinds=[DiversionDecided.kind]) if runs else []
            most = max(1, _MOST_RESULTS // max(1, len(runs)))
            if len(decisions) > most:
                decisions, upto = decisions[:most], decisions[most - 1].position
            self._learn_versions(connection, runs, decisions)
        results = [result for decision in decisions for result in self._results(decision, runs)]
        with self.database.write() as connection:
            if advance(connection, FOLLOWER, before=before, upto=upto):
                keep(connection, results)
        return True

    def _learn_versions(self, connection: Connection, runs: Sequence[Run], decisions: Sequence[Recorded]) -> None:
        named = {run.content_hash for run in runs}
        named |= {one.fact.ruleset_hash for one in decisions if isinstance(one.fact, DiversionDecided)}
        for content_hash in named - self._versions.keys():
            self._versions[content_hash] = _version(connection, content_hash)

    def _results(self, decision: Recorded, runs: Sequence[Run]) -> Iterator[Result]:
        fact = decision.fact
        if not isinstance(fact, DiversionDecided) or fact.reason is Reason.OVERRIDE:
            return  # An officer's own route is no word of the table's.
        live = self._versions.get(fact.ruleset_hash)
        known = live if isinstance(live, Ruleset) else None
        live_row = row_of(fact.rows, fact.route.value, known)
        for run in runs:
            if fact.decided_at >= run.started_at:
                yield Result(run, decision, live_row, self._decided(fact, run, live=known))

    def _decided(self, fact: DiversionDecided, run: Run, *, live: Ruleset | None) -> Shadowed:
        version = self._versions[run.content_hash]
        if not isinstance(version, Ruleset):
            return _broken(version)
        if self._slow.get(run.run_id, 0) >= MOST_SLOW:
            return _broken(f"it took over {SLOW_SECONDS:g} s for a case {MOST_SLOW} times and is asked no more")
        began = self.stopwatch()
        try:
            with self.guard(SLOW_SECONDS):
                shadowed = decide_again(fact, version, live=live)
        except (TooSlow, ValueError, LookupError) as error:
            shadowed = _broken(f"it could not decide ({type(error).__name__})")
        if self.stopwatch() - began < SLOW_SECONDS:
            return shadowed
        self._slow[run.run_id] = self._slow.get(run.run_id, 0) + 1
        return _broken(f"it took over {SLOW_SECONDS:g} s")


def running(connection: Connection) -> list[Run]:
    """The versions in shadow now."""
    columns = (SHADOW_RUNS.c.run_id, SHADOW_RUNS.c.content_hash, SHADOW_RUNS.c.started_at)
    return [Run(*row) for row in connection.execute(select(*columns).where(RUNNING))]


def keep(connection: Connection, results: Sequence[Result]) -> None:
    """Store results and count them in their runs; a decision that a version has seen before counts once."""
    r = SHADOW_RESULTS.c
    decided = sorted({_decided_by(result).decision_id for result in results})
    seen = {
        tuple(row)
        for row in connection.execute(select(r.content_hash, r.decision_id).where(r.decision_id.in_(decided)))
    }
    fresh = [one for one in results if (one.run.content_hash, _decided_by(one).decision_id) not in seen]
    if fresh:
        connection.execute(SHADOW_RESULTS.insert(), [_row(result) for result in fresh])
    for run in dict.fromkeys(result.run for result in fresh):
        _count(connection, run, [result for result in fresh if result.run == run])


def _count(connection: Connection, run: Run, results: Sequence[Result]) -> None:
    r = SHADOW_RUNS.c
    broken = [result for result in results if result.shadowed.fault]
    agreed = [one for one in results if not one.shadowed.fault and one.shadowed.route == _decided_by(one).route]
    counted: dict[str, object] = {
        "cases": r.cases + len(results),
        "errors": r.errors + len(broken),
        "agreed": r.agreed + len(agreed),
    }
    if broken:
        counted["last_error"] = _error(broken[-1])
    connection.execute(update(SHADOW_RUNS).where(r.run_id == run.run_id).values(counted))


def _row(result: Result) -> dict[str, object]:
    fact, shadowed = _decided_by(result), result.shadowed
    return {
        "content_hash": result.run.content_hash,
        "decision_id": fact.decision_id,
        "run_id": result.run.run_id,
        "position": result.decision.position,
        "container_number": fact.container_number,
        "at": fact.decided_at,
        "route": fact.route.value,
        "row": result.live_row,
        "shadow_route": shadowed.route,
        "shadow_reason": shadowed.reason,
        "shadow_row": shadowed.row,
        "is_error": bool(shadowed.fault),
        "error": shadowed.fault,
    }


def _error(result: Result) -> str:
    return f"{_decided_by(result).decision_id}: {result.shadowed.fault}"


def _decided_by(result: Result) -> DiversionDecided:
    assert isinstance(result.decision.fact, DiversionDecided)
    return result.decision.fact


def _version(connection: Connection, content_hash: str) -> Ruleset | str:
    """The version, or why it cannot be asked."""
    try:
        found = rulesets.find(connection, content_hash)
    except RulesetInvalid as invalid:
        return f"this program cannot read it: {invalid}"
    return "it is not kept here" if found is None else found


def _broken(fault: str) -> Shadowed:
    return Shadowed(Route.HOLD.value, Reason.RULE_FAULT.value, None, fault)
