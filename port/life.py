"""The life of a version of the rules: each step of it is a fact that says who took it and why; and the approval.

Who wrote and who approved lie in tables that hold four eyes by themselves (`rulesets`); what is refused here is refused
there too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import orjson
from sqlalchemy import insert

from events.types import Recorded, RulesetStep, RulesetStepped
from port import access
from port.actor import Actor
from port.batch import Work
from port.checking import Checked
from port.diversion.life import Life
from port.errors import BadRequest, Conflict, NotAllowed
from port.rulesets import APPROVALS
from port.rulesets_read import Version, find_approval, get_version, live, runs_seen, steps_of

SHORTEST_WHY = 4
WAIVABLE = ("BACKTEST", "SHADOW")
_OFFICERS = "rules are for customs officers"


class SecondOfficerNeeded(NotAllowed):
    """Whoever wrote a version cannot approve it, nor with another key of hers."""

    reason = "SECOND_OFFICER_NEEDED"
    fix = "ask another officer to approve it"


class RulesetNotReady(Conflict):
    """Something must come before an approval; `missing` says what."""

    reason = "RULESET_NOT_READY"
    fix = "see to what is missing; a back-test or a shadow run may be done without, with a written reason"

    def __init__(self, missing: Collection[str]) -> None:
        super().__init__(f"before an approval is missing: {', '.join(missing)}")
        self.missing = tuple(missing)
        self.where = ", ".join(missing)


class RulesetApproved(Conflict):
    """It has its approval."""

    reason = "RULESET_APPROVED"
    fix = "activate it"


class RulesetRetired(Conflict):
    """It was taken out of use."""

    reason = "RULESET_RETIRED"
    fix = "propose it anew under another name"


def step(
    work: Work,
    *,
    name: str,
    content_hash: str,
    step: RulesetStep,
    by: str,
    party: str,
    why: str,
    detail: Mapping[str, object] | None = None,
    effective_at: datetime | None = None,
) -> Recorded:
    """Append what happened to a version.  `by` is the person (`Actor.person`), "" for the port itself."""
    fact = RulesetStepped(
        name=name,
        ruleset_hash=content_hash,
        step=step,
        by=by,
        party=party,
        why=why,
        at=work.now,
        effective_at=effective_at,
        detail=orjson.dumps(detail or {}).decode(),
    )
    # Of one version the same step may come again, and in one batch: the position tells them apart.
    identity = f"ruleset|{content_hash}|{step}|{work.batch.next_position}"
    return work.append(fact, sender=party, role="customs" if party else "", identity=identity)


def take(
    work: Work,
    actor: Actor,
    version: Version,
    taken: RulesetStep,
    *,
    why: str = "",
    detail: Mapping[str, object] | None = None,
    effective_at: datetime | None = None,
) -> Recorded:
    """A step of an officer's."""
    return step(
        work,
        name=version.name,
        content_hash=version.content_hash,
        step=taken,
        by=actor.person,
        party=actor.party,
        why=why.strip(),
        detail=detail,
        effective_at=effective_at,
    )


def note_checked(work: Work, actor: Actor, content_hash: str, checked: Checked, *taken: RulesetStep) -> None:
    """LINTED or TESTED, with what was found.  Raises NotAllowed, RulesetUnknown."""
    check_officer(actor)
    version = get_version(work.connection, content_hash)
    for one in taken:
        take(work, actor, version, one, detail=checked.lint if one is RulesetStep.LINTED else checked.tests)


def approve(
    work: Work, actor: Actor, seen: Version, *, why: str, without: Collection[str] = (), checked: Checked
) -> Version:
    """A second officer's word for the version as it was `seen`.  `checked` is what lint and tests say of it now.

    Raises NotAllowed, BadRequest, SecondOfficerNeeded, RulesetNotReady, RulesetApproved, RulesetRetired, Conflict when
    its test cases have changed meanwhile.
    """
    version = asked(work, actor, seen.content_hash, why)
    if version != seen:
        raise Conflict("its test cases have changed meanwhile", fix="look at it again")
    unknown = sorted(set(without) - set(WAIVABLE))
    if unknown:
        raise BadRequest(f"{unknown[0][:40]} is not to be done without", where="without", fix="BACKTEST or SHADOW")
    if version.author is None:
        raise RulesetApproved("the port began with this version, and needs no approval to go back to it")
    if version.author == actor.person:
        raise SecondOfficerNeeded("whoever wrote a version cannot approve it")
    life = life_in(work, version)
    if life.is_retired:
        raise RulesetRetired("this version was retired")
    if find_approval(work.connection, version.content_hash) is not None:
        raise RulesetApproved("this version is approved already")
    lacking = [name for name, count in zip(WAIVABLE, (life.backtests, life.shadow_runs), strict=True) if not count]
    missing = [*checked.missing, *(name for name in lacking if name not in without)]
    if missing:
        raise RulesetNotReady(missing)
    waived = [name for name in lacking if name in without]
    values = {"content_hash": version.content_hash, "author": version.author, "approver": actor.person}
    more = {"party": actor.party, "at": work.now, "why": why.strip(), "waived": orjson.dumps(waived).decode()}
    work.connection.execute(insert(APPROVALS).values(values | more))
    detail = {"waived": waived, "lint": checked.lint, "tests": checked.tests}
    take(work, actor, version, RulesetStep.APPROVED, why=why, detail=detail)
    return version


def check_officer(actor: Actor) -> None:
    """Raises NotAllowed for anybody but customs."""
    if not access.may_see_officers(actor):
        raise NotAllowed(_OFFICERS)


def asked(work: Work, actor: Actor, content_hash: str, why: str) -> Version:
    """The version an officer asks something of, with why.  Raises NotAllowed, BadRequest, RulesetUnknown."""
    check_officer(actor)
    if len(why.strip()) < SHORTEST_WHY:
        raise BadRequest("each step needs a written reason", where="why", fix="say why, in a sentence")
    return get_version(work.connection, content_hash)


def life_in(work: Work, version: Version) -> Life:
    """How far a version is in this batch's sight."""
    steps = (one.fact for one in steps_of(work.connection, version.content_hash))
    return live(steps, runs_seen(work.connection)[version.content_hash])
