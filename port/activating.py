"""Which version of the rules decides: activation at once or from a time, the way back in one step, the end of use.

A batch reads it from the database (`rulesets_active`), so all nodes switch together and a time that comes needs no job.
"""

from __future__ import annotations

from datetime import datetime

import orjson
from sqlalchemy import insert

from events.types import RulesetStep
from port.actor import Actor
from port.batch import Work
from port.diversion.timeline import Activation
from port.errors import BadRequest, Conflict
from port.life import RulesetRetired, asked, life_in, step, take
from port.rulesets import ACTIVATIONS, sites_json
from port.rulesets_active import timeline
from port.rulesets_read import Version, find_approval, get_version, steps_of


class RulesetNotApproved(Conflict):
    """Nobody but its author has said yes to it."""

    reason = "RULESET_NOT_APPROVED"
    fix = "let a second officer approve it first"


class RulesetActive(Conflict):
    """It decides, or will from a set time."""

    reason = "RULESET_ACTIVE"
    fix = "look at GET /v1/rulesets for what is active and scheduled"


class RulesetNotActive(Conflict):
    """Another version decides."""

    reason = "RULESET_NOT_ACTIVE"
    fix = "look at GET /v1/rulesets for what is active"


class NothingBefore(Conflict):
    """No version was active before."""

    reason = "NOTHING_BEFORE"
    fix = "activate another version"


def activate(work: Work, actor: Actor, content_hash: str, *, why: str, effective_at: datetime | None = None) -> Version:
    """Let an approved version decide, at once or from a time.

    What was decided stands: a box on its way is decided by it when next a fact changes, one past its point never is.
    Raises NotAllowed, BadRequest, RulesetUnknown, RulesetNotApproved, RulesetActive, RulesetRetired.
    """
    version = asked(work, actor, content_hash, why)
    if effective_at is not None and effective_at <= work.now:
        raise BadRequest("that time has passed", where="from", fix="leave it out to activate at once")
    if life_in(work, version).is_retired:
        raise RulesetRetired("this version was retired")
    if find_approval(work.connection, version.content_hash) is None:
        raise RulesetNotApproved("a version needs a second officer's approval before it decides")
    times = timeline(work.connection)
    active, coming = times.active(work.now), times.scheduled(work.now)
    if active is not None and active.content_hash == version.content_hash and not coming:
        raise RulesetActive("this version decides already")
    if any(one.content_hash == version.content_hash for one in coming):
        raise RulesetActive("this version is scheduled already")
    written = _activation(work, actor, version, why=why, effective_at=effective_at, approval=version.content_hash)
    detail = {"activation": written.number, "replaces": None if active is None else active.content_hash}
    taken = RulesetStep.ACTIVATED if effective_at is None else RulesetStep.SCHEDULED
    take(work, actor, version, taken, why=why, detail=detail, effective_at=effective_at)
    return version


def roll_back(work: Work, actor: Actor, content_hash: str, *, why: str) -> Version:
    """From the active version in one step to the one before it; answers that one.  Retired ones are passed over.

    Raises NotAllowed, BadRequest, RulesetUnknown, RulesetNotActive, NothingBefore.
    """
    version = asked(work, actor, content_hash, why)
    times = timeline(work.connection)
    active = times.active(work.now)
    if active is None or active.content_hash != version.content_hash:
        raise RulesetNotActive("another version decides: nothing was rolled back")
    earlier = times.before(active)
    while earlier is not None and not _may_return(work, earlier, active):
        earlier = times.before(earlier)
    if earlier is None:
        raise NothingBefore("no other version that may still be used was active before this one")
    former = get_version(work.connection, earlier.content_hash)
    approval = find_approval(work.connection, former.content_hash)
    written = _activation(
        work,
        actor,
        former,
        why=why,
        restores=earlier.number,
        approval=None if approval is None else approval.content_hash,
    )
    take(work, actor, version, RulesetStep.ROLLED_BACK, why=why, detail={"to": former.content_hash})
    detail = {"activation": written.number, "replaces": version.content_hash}
    take(work, actor, former, RulesetStep.ACTIVATED, why=why, detail=detail)
    return former


def retire(work: Work, actor: Actor, content_hash: str, *, why: str) -> Version:
    """Take a version out of use; one that is scheduled is only called off, and stays approved.

    Raises NotAllowed, BadRequest, RulesetUnknown, RulesetActive, RulesetRetired.
    """
    version = asked(work, actor, content_hash, why)
    times = timeline(work.connection)
    active = times.active(work.now)
    coming = next((one for one in times.scheduled(work.now) if one.content_hash == version.content_hash), None)
    if coming is not None:
        _activation(work, actor, version, why=why, withdraws=coming.number)
        take(work, actor, version, RulesetStep.UNSCHEDULED, why=why, detail={"activation": coming.number})
    elif active is not None and active.content_hash == version.content_hash:
        raise RulesetActive("a version that decides is not retired: activate another, or roll back")
    elif life_in(work, version).is_retired:
        raise RulesetRetired("this version was retired already")
    else:
        take(work, actor, version, RulesetStep.RETIRED, why=why)
    return version


def record_begun(work: Work) -> int:
    """Record ACTIVATED for scheduled versions whose time has come; how many.  They decide without it."""
    times = timeline(work.connection)
    due = [one for one in times.begun(work.now) if one.effective_at > one.at]
    if not due:
        return 0
    told = {
        orjson.loads(one.fact.detail).get("activation")
        for one in steps_of(work.connection)
        if one.fact.step is RulesetStep.ACTIVATED
    }
    fresh = [one for one in due if one.number not in told]
    for one in fresh:
        version = get_version(work.connection, one.content_hash)
        step(
            work, name=version.name, content_hash=one.content_hash, step=RulesetStep.ACTIVATED, by="", party="",
            why="SCHEDULED", detail={"activation": one.number}, effective_at=one.effective_at,
        )  # fmt: skip
    return len(fresh)


def _may_return(work: Work, earlier: Activation, active: Activation) -> bool:
    is_another = earlier.content_hash != active.content_hash
    return is_another and not life_in(work, get_version(work.connection, earlier.content_hash)).is_retired


def _activation(
    work: Work,
    actor: Actor,
    version: Version,
    *,
    why: str,
    effective_at: datetime | None = None,
    approval: str | None = None,
    restores: int | None = None,
    withdraws: int | None = None,
) -> Activation:
    times = timeline(work.connection)
    latest = times.active(work.now)
    # Another node's clock may be ahead of ours: what takes effect now must not come before what did.
    moment = max(work.now, latest.effective_at) if latest is not None else work.now
    number = 1 + max((one.number for one in times.written), default=0)
    at = work.now if withdraws is not None or effective_at is not None else moment
    written = Activation(number, version.content_hash, effective_at or at, at, restores, withdraws)
    values = {name: getattr(written, name) for name in Activation.__struct_fields__}
    values |= {"approval": approval, "person": actor.person, "party": actor.party, "why": why.strip()}
    values |= {"position": work.batch.next_position - 1, "sites": sites_json(version.ruleset)}
    work.connection.execute(insert(ACTIVATIONS).values(values))
    return written
