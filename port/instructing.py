"""Commands on instructions and decisions: acknowledge, execute, override, expire, decide again."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from events.types import InstructionChanged, InstructionStep, Route
from port import access, diverting, orders
from port.actor import Actor
from port.batch import Work
from port.errors import BadRequest, Conflict, NotAllowed, NothingThere
from port.orders import DECISIONS, INSTRUCTIONS, Decision, Instruction
from port.visit import PointVerdict

_SHORTEST_REASON = 5


class NotOpen(Conflict):
    """The instruction was cancelled or expired; the current one is told."""

    reason = "INSTRUCTION_NOT_OPEN"
    fix = "carry out the current instruction, if there is one; else leave the box where it is"

    def __init__(self, message: str, current: Instruction | None) -> None:
        super().__init__(message)
        self.current: Instruction | None = current


class BoxGone(Conflict):
    """The box has left the port: nothing can be ordered of it."""

    reason = "BOX_GONE"
    fix = "raise it with the party that holds the box now"


def acknowledge(work: Work, actor: Actor, instruction_id: str) -> Instruction:
    """The terminal has read it; again it changes nothing.  Raises NothingThere, NotOpen."""
    return _step(work, actor, instruction_id, InstructionStep.ACKNOWLEDGED, already=("ACKNOWLEDGED", "EXECUTED"))


def execute(work: Work, actor: Actor, instruction_id: str) -> Instruction:
    """The box is where it was told to go; again it changes nothing.  Raises NothingThere, NotOpen."""
    return _step(work, actor, instruction_id, InstructionStep.EXECUTED, already=("EXECUTED",))


def override(work: Work, actor: Actor, decision_id: str, *, route: str, place: str | None, reason: str) -> Decision:
    """An officer's own route with a written reason.  Raises NothingThere, NotAllowed, BadRequest, BoxGone, Conflict."""
    if not access.may_see_officers(actor):
        raise NotAllowed("only customs officers override a decision")
    if route not in Route.__members__:
        raise BadRequest(f"{route[:40]} is not a route", where="route", fix=f"one of {', '.join(Route)}")
    if len(reason.strip()) < _SHORTEST_REASON:
        raise BadRequest("an override needs a written reason", where="reason", fix="say why, in a sentence")
    found = orders.find_decision(work.connection, decision_id)
    if found is None:
        raise NothingThere("there is no such decision", fix="list them at GET /v1/decisions")
    return _override(work, actor, found, route=Route(route), place=place, reason=reason.strip())


def expire(work: Work, *, after: timedelta, limit: int = 500) -> int:
    """Expire instructions left open for longer than `after`; how many."""
    old = select(INSTRUCTIONS).where(orders.OPEN, INSTRUCTIONS.c.issued_at < work.now - after).limit(limit)
    rows = [Instruction(**row) for row in work.connection.execute(old).mappings()]
    for row in rows:
        work.state.visits.preload([row.container_number])
        changed = _changed(row, InstructionStep.EXPIRED, work, by=None, why="NOT_DONE_IN_TIME")
        work.append(changed, sender="", role="", identity=f"expire|{row.instruction_id}")
    return len(rows)


def decide_waiting(work: Work, *, limit: int = 100) -> int:
    """Decide again for boxes that wait for an inspection site; how many got one."""
    waiting = (
        select(DECISIONS)
        .where(orders.WAITING, DECISIONS.c.is_awaiting_site.is_(True))
        .order_by(DECISIONS.c.position)
        .limit(limit)
    )
    rows = [Decision(**row) for row in work.connection.execute(waiting).mappings()]
    return sum(work.state.decide_again(row, work.next_trigger(row.container_number)) for row in rows)


def _step(
    work: Work, actor: Actor, instruction_id: str, step: InstructionStep, *, already: tuple[str, ...]
) -> Instruction:
    found = orders.find_instruction(work.connection, instruction_id)
    if found is None or not access.may_see_instructions(actor, found.facility_code):
        raise NothingThere("there is no such instruction for you", fix="list yours at GET /v1/instructions")
    work.state.visits.preload([found.container_number])
    row = work.state.book.instructions.get(instruction_id) or found
    if row.state in already:
        return row
    if not row.is_open:
        current = work.state.book.instruction_of(row.visit_id)
        is_theirs = current is not None and access.may_see_instructions(actor, current.facility_code)
        raise NotOpen(f"this instruction is {row.state.lower()}", current if is_theirs else None)
    changed = _changed(row, step, work, by=actor.party, why=None)
    work.append(changed, sender=actor.party, role=actor.role, identity=f"{step}|{instruction_id}")
    return work.state.book.instructions.get(instruction_id) or row


def _override(work: Work, actor: Actor, found: Decision, *, route: Route, place: str | None, reason: str) -> Decision:
    trigger = work.next_trigger(found.container_number)
    story = work.state.visits.retell(found.container_number, trigger)
    named = next((one for one in story.naming.named if one.row.visit_id == found.visit_id), None)
    if named is None or named.visit.ended_at is not None or named.visit.is_exit_missing:
        raise BoxGone("the box has left the port")
    current = work.state.book.decision_of(found.visit_id)
    if current is not None and current.decision_id != found.decision_id:
        raise Conflict("a later decision stands", fix="override the current decision", current=current)
    situation = work.state.situation(named, story, PointVerdict.NONE)
    question = work.state.question(situation, story)
    facts = diverting.override(situation, question, route=route, place=place, by=actor.party, reason=reason)
    work.state.carry_out(facts)
    made = work.state.book.decision_of(found.visit_id)
    assert made is not None
    return made


def _changed(
    row: Instruction, step: InstructionStep, work: Work, *, by: str | None, why: str | None
) -> InstructionChanged:
    return InstructionChanged(
        instruction_id=row.instruction_id,
        visit_id=row.visit_id,
        container_number=row.container_number,
        facility_code=row.facility_code,
        step=step,
        at=work.now,
        why=why,
        by=by,
    )
