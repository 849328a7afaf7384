"""Diverting: what a new fact about a visit means for its decision and instruction.  Pure; answers facts to append.

Decided in advance when the facts are there, revised while the box is on its way, frozen at the point.  After the point
only customs' order, an override, or the declaration that was missing makes a new decision.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from events.types import (
    CustomsNotice,
    EquipmentEventType,
    Event,
    InstructionChanged,
    InstructionStep,
    NoticeStatus,
    Reason,
    Route,
)
from port.deciding import AT_THE_POINT, Question, Situation, alert, alerts_of, decided, instruct, step_of
from port.diversion.decide import Outcome, decide, ordered_site
from port.orders import Decision, Instruction
from port.visit import Movement, MovementState, PointVerdict, Visit

_ORDERS = frozenset({Reason.CUSTOMS_ORDER, Reason.RELEASED, Reason.NO_INSPECTION})
_AT_A_SITE = frozenset({Route.INSPECTION, Route.SCAN})
_UNDECIDED = frozenset({Reason.NOT_DECLARED, Reason.DIRECTION_UNKNOWN})
_T = EquipmentEventType
Ask = Callable[[], Question]
"""Puts the question of a situation; asked for only where a decision may follow, for most of its cost is the case."""


def react(situation: Situation, ask: Ask) -> list[Event]:
    """Facts to append, in order: instruction steps, a decision, an instruction, alerts; [] when nothing follows."""
    facts: list[Event] = []
    open_instruction = situation.instruction
    ended = _housekeeping(situation)
    if ended is not None:
        facts.append(ended)
        if ended.step is InstructionStep.CANCELLED:
            open_instruction = None
    if _is_due(situation, open_instruction):
        facts += _decide(situation, open_instruction, ask())
    facts += _departure_alerts(situation)
    return facts


def decide_again(situation: Situation, ask: Ask) -> list[Event]:
    """For a box that waits for an inspection site: the decision and instruction once there is room; [] while there is
    none."""
    decision = situation.decision
    if decision is None or not decision.is_awaiting_site or situation.visit.ended_at is not None:
        return []
    question = ask()
    outcome = _outcome(question)
    return [] if outcome.is_awaiting_site else _new_decision(situation, outcome, situation.instruction, question)


def decide_late(situation: Situation, ask: Ask) -> list[Event]:
    """For a box past its point of which no terminal was told, its point being reported late: as at the point."""
    if situation.visit.ended_at is not None or not _is_routable(situation.visit):
        return []
    question = ask()
    outcome = _outcome(question)
    if outcome.reason in _UNDECIDED:
        return []
    return _new_decision(situation, _kept_override(situation) or outcome, situation.instruction, question)


def withdrawn(instruction: Instruction, *, now: datetime) -> InstructionChanged:
    """The instruction's point was withdrawn or corrected away."""
    return step_of(instruction, InstructionStep.CANCELLED, now, why="POINT_WITHDRAWN")


def override(
    situation: Situation, question: Question, *, route: Route, place: str | None, by: str, reason: str
) -> list[Event]:
    """An officer's own decision, with the instruction that follows when the box has passed its point."""
    reserves = place if route in _BAYS else None
    outcome = Outcome(route, Reason.OVERRIDE, route, place=place, reserves=reserves)
    decision = decided(situation, outcome, question, by=by, why=reason)
    return [decision, *instruct(situation, decision, situation.instruction)]


_BAYS = frozenset({Route.INSPECTION, Route.SCAN})


def _housekeeping(situation: Situation) -> InstructionChanged | None:
    """What the new fact does to an open instruction by itself."""
    instruction, visit = situation.instruction, situation.visit
    if instruction is None or not instruction.is_open:
        return None
    if instruction.point_event_id and instruction.point_event_id not in visit.opening_tellings:
        return withdrawn(instruction, now=situation.now)
    movement = _triggering_movement(situation)
    if movement is not None and _fulfils(instruction, movement, visit):
        return step_of(instruction, InstructionStep.EXECUTED, situation.now, by=situation.trigger.sender)
    if visit.ended_at is not None:
        return step_of(instruction, InstructionStep.CANCELLED, situation.now, why="BOX_GONE")
    is_unknown = PointVerdict.DIRECTION_UNKNOWN is situation.verdict or instruction.reason == Reason.DIRECTION_UNKNOWN
    if not _is_routable(visit) and not is_unknown:
        return step_of(instruction, InstructionStep.CANCELLED, situation.now, why="DIRECTION_CHANGED")
    return None


def _triggering_movement(situation: Situation) -> Movement | None:
    latest = situation.visit.latest_movement
    if latest is None or situation.trigger.fact.kind != "equipment":
        return None
    return latest if situation.trigger.event_id == latest.event_id else None


def _fulfils(instruction: Instruction, movement: Movement, visit: Visit) -> bool:
    leaves = visit.ended_at is not None and movement.type_code in (_T.GTOT, _T.LOAD)
    match instruction.route:
        case Route.DIRECT_RELEASE:
            return leaves
        case Route.YARD:
            return movement.type_code is _T.DROP
        case Route.INSPECTION | Route.SCAN:
            arrived = movement.type_code in (_T.GTIN, _T.INSP, _T.DROP)
            is_there = instruction.place in (None, movement.facility_code)
            return arrived and is_there and visit.movement is MovementState.AT_INSPECTION
        case _:
            return False


def _is_due(situation: Situation, instruction: Instruction | None) -> bool:
    """Whether the new fact may bring a decision; which, and whether it does, the case tells."""
    visit, verdict, decision = situation.visit, situation.verdict, situation.decision
    if verdict is PointVerdict.LATE_REPORT or visit.ended_at is not None:
        return False
    if verdict in AT_THE_POINT:
        return instruction is None  # The same fact told twice: the first instruction stands.
    if not _is_routable(visit):
        return False
    if not visit.movements:
        return decision is None or decision.reason != Reason.OVERRIDE or _is_notice(situation)
    if situation.trigger.fact.kind == "equipment":
        return False
    return decision is None or decision.reason in _UNDECIDED or _may_be_new_order(situation, decision)


def _decide(situation: Situation, instruction: Instruction | None, question: Question) -> list[Event]:
    outcome = _outcome(question)
    if situation.verdict in AT_THE_POINT:
        return _new_decision(situation, _kept_override(situation) or outcome, instruction, question)
    if situation.visit.movements:
        return _after_the_point(situation, outcome, instruction, question)
    return _in_advance(situation, outcome, question)


def _outcome(question: Question) -> Outcome:
    return decide(question.case, question.ruleset, draws=question.draws, sites=question.sites)


def _kept_override(situation: Situation) -> Outcome | None:
    """An officer's advance override holds at the point."""
    decision = situation.decision
    if decision is None or decision.reason != Reason.OVERRIDE:
        return None
    route = Route(decision.route)
    return Outcome(route, Reason.OVERRIDE, route, place=decision.place, reserves=decision.reserves)


def _in_advance(situation: Situation, outcome: Outcome, question: Question) -> list[Event]:
    decision = situation.decision
    if decision is None:
        return [] if outcome.reason in _UNDECIDED else [decided(situation, outcome, question)]
    if decision.reason == Reason.OVERRIDE and outcome.reason not in _ORDERS:
        return []
    same = (decision.route, decision.reason, decision.place) == (outcome.route, outcome.reason, outcome.place)
    return [] if same else [decided(situation, outcome, question)]


def _after_the_point(
    situation: Situation, outcome: Outcome, instruction: Instruction | None, question: Question
) -> list[Event]:
    decision = situation.decision
    if decision is None or decision.reason in _UNDECIDED:
        if outcome.reason in _UNDECIDED:
            return []
    elif not _is_new_order(decision, outcome, question):
        return []
    return _new_decision(situation, outcome, instruction, question)


def _may_be_new_order(situation: Situation, decision: Decision) -> bool:
    """Whether the fact may be customs saying otherwise than the decision in force; rules alone never do after the
    point."""
    fact = situation.trigger.fact
    if fact.kind != "notice":
        return False
    # It begins where the box was sent: a scan that starts is no order to open it.
    return fact.status is not NoticeStatus.INSPECTION_STARTED or decision.route not in _AT_A_SITE


def _is_new_order(decision: Decision, outcome: Outcome, question: Question) -> bool:
    if outcome.reason not in _ORDERS | {Reason.NOT_DECLARED, Reason.NO_CAPACITY}:
        return False
    if outcome.reason is Reason.NO_CAPACITY and outcome.rows:
        return False  # The table was asked, so no order stands behind it.
    is_elsewhere = outcome.place is not None and outcome.place == ordered_site(question.case) != decision.place
    return is_elsewhere or (decision.route, decision.reason) != (outcome.route, outcome.reason)


def _new_decision(
    situation: Situation, outcome: Outcome, instruction: Instruction | None, question: Question
) -> list[Event]:
    decision = decided(situation, outcome, question)
    return [decision, *instruct(situation, decision, instruction), *alerts_of(situation, outcome)]


def _departure_alerts(situation: Situation) -> list[Event]:
    visit, fact = situation.visit, situation.trigger.fact
    if visit.left_without_release and _triggering_movement(situation) is not None:
        return [alert(situation, "LEFT_WITHOUT_RELEASE")]
    if visit.ended_at is None or not isinstance(fact, CustomsNotice):
        return []
    is_order = fact.status in (NoticeStatus.HELD, NoticeStatus.INSPECTION_ORDERED, NoticeStatus.SCAN_ORDERED)
    return [alert(situation, "ORDER_AFTER_DEPARTURE", fact.status.value)] if is_order else []


def _is_routable(visit: Visit) -> bool:
    return visit.direction in ("IMPORT", "EXPORT") and visit.is_laden is not False


def _is_notice(situation: Situation) -> bool:
    return isinstance(situation.trigger.fact, CustomsNotice)
