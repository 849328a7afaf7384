"""Diverting: what a new fact about a visit means for its decision and instruction.  Pure; answers facts to append.

Decided in advance when the facts are there, revised while the box is on its way, frozen at the point.  After the point
only customs' order, an override, or the declaration that was missing makes a new decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from events.types import (
    AlertRaised,
    CustomsNotice,
    DiversionDecided,
    EquipmentEvent,
    EquipmentEventType,
    Event,
    InstructionChanged,
    InstructionIssued,
    InstructionStep,
    NoticeStatus,
    Point,
    Reason,
    Recorded,
    Route,
)
from port.diversion.capacity import SiteState, seen
from port.diversion.case import Case
from port.diversion.compiler import COMPILER_VERSION
from port.diversion.decide import Outcome, decide
from port.diversion.facts import CustomsStatus
from port.diversion.table import Ruleset
from port.draft import derived_id
from port.orders import Decision, Instruction
from port.visit import Movement, MovementState, PointVerdict, Visit

_ORDERS = frozenset({Reason.CUSTOMS_ORDER, Reason.RELEASED, Reason.NO_INSPECTION})
_UNDECIDED = frozenset({Reason.NOT_DECLARED, Reason.DIRECTION_UNKNOWN})
_RESTRICTING = frozenset({Route.HOLD, Route.INSPECTION, Route.SCAN})
_T = EquipmentEventType


@dataclass(frozen=True, slots=True)
class Situation:
    """A visit as a new fact found it.

    `decision` and `instruction` are those in force (an EXECUTED instruction stays in force until superseded).
    `verdict` says whether the new fact is the visit's diversion point.  `salted` makes opaque ids, `draws` the random
    draws.
    """

    visit_id: str
    visit: Visit
    case: Case
    decision: Decision | None
    instruction: Instruction | None
    trigger: Recorded
    verdict: PointVerdict
    draws: Mapping[str, float]
    now: datetime
    position: int


def react(situation: Situation, ruleset: Ruleset, sites: SiteState) -> list[Event]:
    """Facts to append, in order: instruction steps, a decision, an instruction, alerts; [] when nothing follows."""
    facts: list[Event] = []
    open_instruction = situation.instruction
    ended = _housekeeping(situation)
    if ended is not None:
        facts.append(ended)
        if ended.step is InstructionStep.CANCELLED:
            open_instruction = None
    facts += _decide_if_due(situation, open_instruction, ruleset, sites)
    facts += _departure_alerts(situation)
    return facts


def decide_again(situation: Situation, ruleset: Ruleset, sites: SiteState) -> list[Event]:
    """For a box that waits for an inspection site: the decision and instruction once there is room; [] while there is
    none."""
    decision = situation.decision
    if decision is None or not decision.is_awaiting_site or situation.visit.ended_at is not None:
        return []
    outcome = decide(situation.case, ruleset, draws=situation.draws, sites=sites)
    if outcome.is_awaiting_site:
        return []
    return _new_decision(situation, outcome, situation.instruction, ruleset=ruleset, sites=sites)


def withdrawn(instruction: Instruction, *, now: datetime) -> InstructionChanged:
    """The instruction's point was withdrawn or corrected away."""
    return _step(instruction, InstructionStep.CANCELLED, now, why="POINT_WITHDRAWN")


def override(
    situation: Situation, *, route: Route, place: str | None, by: str, reason: str, ruleset: Ruleset, sites: SiteState
) -> list[Event]:
    """An officer's own decision, with the instruction that follows when the box has passed its point."""
    reserves = place if route in _BAYS else None
    outcome = Outcome(route, Reason.OVERRIDE, route, place=place, reserves=reserves)
    decision = _decided(situation, outcome, ruleset, sites=sites, by=by, why=reason)
    return [decision, *_instruct(situation, decision, situation.instruction)]


_BAYS = frozenset({Route.INSPECTION, Route.SCAN})


def is_in_port(visit: Visit) -> bool:
    """Between entering and leaving, and not lost sight of."""
    return visit.is_in_port


def _housekeeping(situation: Situation) -> InstructionChanged | None:
    """What the new fact does to an open instruction by itself."""
    instruction, visit = situation.instruction, situation.visit
    if instruction is None or not instruction.is_open:
        return None
    if instruction.point_event_id and instruction.point_event_id not in visit.opening_tellings:
        return withdrawn(instruction, now=situation.now)
    movement = _triggering_movement(situation)
    if movement is not None and _fulfils(instruction, movement, visit):
        return _step(instruction, InstructionStep.EXECUTED, situation.now, by=situation.trigger.sender)
    if visit.ended_at is not None:
        return _step(instruction, InstructionStep.CANCELLED, situation.now, why="BOX_GONE")
    is_unknown = PointVerdict.DIRECTION_UNKNOWN is situation.verdict or instruction.reason == Reason.DIRECTION_UNKNOWN
    if not _is_routable(visit) and not is_unknown:
        return _step(instruction, InstructionStep.CANCELLED, situation.now, why="DIRECTION_CHANGED")
    return None


def _triggering_movement(situation: Situation) -> Movement | None:
    latest = situation.visit.latest_movement
    if latest is None or not isinstance(situation.trigger.fact, EquipmentEvent):
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
            return arrived and visit.movement is MovementState.AT_INSPECTION
        case _:
            return False


def _decide_if_due(
    situation: Situation, instruction: Instruction | None, ruleset: Ruleset, sites: SiteState
) -> list[Event]:
    visit, verdict = situation.visit, situation.verdict
    if verdict is PointVerdict.LATE_REPORT or visit.ended_at is not None:
        return []
    is_point = verdict in (PointVerdict.DISCHARGE, PointVerdict.GATE_IN, PointVerdict.DIRECTION_UNKNOWN)
    if is_point and instruction is not None:
        return []  # The same fact told twice: the first instruction stands.
    if not is_point and not _is_routable(visit):
        return []
    outcome = decide(situation.case, ruleset, draws=situation.draws, sites=sites)
    if is_point:
        kept = _kept_override(situation, outcome)
        return _new_decision(situation, kept or outcome, instruction, ruleset=ruleset, sites=sites)
    if visit.movements:
        return _after_the_point(situation, outcome, instruction, ruleset=ruleset, sites=sites)
    return _in_advance(situation, outcome, ruleset=ruleset, sites=sites)


def _kept_override(situation: Situation, outcome: Outcome) -> Outcome | None:
    """An officer's advance override holds at the point."""
    decision = situation.decision
    if decision is None or decision.reason != Reason.OVERRIDE:
        return None
    route = Route(decision.route)
    return Outcome(route, Reason.OVERRIDE, route, place=decision.place, reserves=decision.reserves)


def _in_advance(situation: Situation, outcome: Outcome, *, ruleset: Ruleset, sites: SiteState) -> list[Event]:
    decision = situation.decision
    if decision is None:
        return [] if outcome.reason in _UNDECIDED else [_decided(situation, outcome, ruleset, sites=sites)]
    if decision.reason == Reason.OVERRIDE and not (_is_notice(situation) and outcome.reason in _ORDERS):
        return []
    same = (decision.route, decision.reason, decision.place) == (outcome.route, outcome.reason, outcome.place)
    return [] if same else [_decided(situation, outcome, ruleset, sites=sites)]


def _after_the_point(
    situation: Situation, outcome: Outcome, instruction: Instruction | None, *, ruleset: Ruleset, sites: SiteState
) -> list[Event]:
    decision = situation.decision
    if isinstance(situation.trigger.fact, EquipmentEvent):
        return []
    if decision is None or decision.reason in _UNDECIDED:
        if outcome.reason in _UNDECIDED:
            return []
    elif not _is_new_order(situation, decision, outcome):
        return []
    return _new_decision(situation, outcome, instruction, ruleset=ruleset, sites=sites)


def _is_new_order(situation: Situation, decision: Decision, outcome: Outcome) -> bool:
    """Whether customs now says otherwise than the decision in force; rules alone never do after the point."""
    if not _is_notice(situation):
        return False
    if outcome.reason not in _ORDERS | {Reason.NOT_DECLARED, Reason.NO_CAPACITY}:
        return False
    if outcome.reason is Reason.NO_CAPACITY and outcome.rows:
        return False  # The table was asked, so no order stands behind it.
    return (decision.route, decision.reason) != (outcome.route, outcome.reason)


def _new_decision(
    situation: Situation, outcome: Outcome, instruction: Instruction | None, *, ruleset: Ruleset, sites: SiteState
) -> list[Event]:
    decision = _decided(situation, outcome, ruleset, sites=sites)
    return [decision, *_instruct(situation, decision, instruction), *_alerts(situation, outcome)]


def _decided(
    situation: Situation,
    outcome: Outcome,
    ruleset: Ruleset,
    *,
    sites: SiteState,
    by: str | None = None,
    why: str | None = None,
) -> DiversionDecided:
    is_point = situation.verdict in (PointVerdict.DISCHARGE, PointVerdict.GATE_IN, PointVerdict.DIRECTION_UNKNOWN)
    return DiversionDecided(
        decision_id=derived_id("decision", situation.visit_id, str(situation.position)),
        visit_id=situation.visit_id,
        container_number=situation.visit.container_number,
        decided_at=situation.now,
        point=_point(situation.visit) if situation.visit.movements else None,
        point_event_id=situation.trigger.event_id if is_point else None,
        route=outcome.route,
        reason=outcome.reason,
        place=outcome.place,
        is_awaiting_site=outcome.is_awaiting_site,
        is_precautionary=outcome.is_precautionary,
        reserves=outcome.reserves,
        has_plug=situation.case.needs.has_plug,
        because_of=_because_of(situation.case, outcome, ruleset),
        ruleset_hash=ruleset.content_hash,
        compiler_version=COMPILER_VERSION,
        case=situation.case.to_json(),
        rows=outcome.rows,
        draws=tuple(sorted(situation.draws.items())),
        sites_seen=seen(sites, ruleset.sites),
        alerts=tuple(alert.value for alert in outcome.alerts),
        override_by=by,
        override_reason=why,
    )


_STATUS_OF = {
    Route.HOLD: {CustomsStatus.HELD},
    Route.INSPECTION: {CustomsStatus.INSPECTING, CustomsStatus.INSPECTION_ORDERED},
    Route.SCAN: {CustomsStatus.SCAN_ORDERED},
}


def _because_of(case: Case, outcome: Outcome, ruleset: Ruleset) -> tuple[str, ...]:
    """The bills whose order, missing declaration or matched row made the route; all of them when none stands out."""
    statuses = _STATUS_OF.get(outcome.intended_route, set())
    routes = {row.id: row.route for row in ruleset.rows}
    matched = {key for key, row in outcome.rows if row is None or routes.get(row) == outcome.intended_route}
    chosen = {
        standing.document
        for standing in case.standings
        if (standing.declaration is None) == (outcome.reason is Reason.NOT_DECLARED)
        and (outcome.reason is Reason.NOT_DECLARED or standing.status in statuses or standing.declaration in matched)
    }
    return tuple(sorted(chosen or {standing.document for standing in case.standings}))


def _instruct(situation: Situation, decision: DiversionDecided, current: Instruction | None) -> list[Event]:
    """The instruction that follows a decision at or after the point; the one in force is cancelled or superseded."""
    if not situation.visit.movements:
        return []
    now = situation.now
    if current is not None and (current.route, current.place) == (decision.route, decision.place):
        confirmed = _step(current, InstructionStep.CONFIRMED, now, why=decision.reason)
        return [confirmed.model_copy(update={"decision_id": decision.decision_id})]
    issued = InstructionIssued(
        instruction_id=derived_id("instruction", decision.decision_id),
        decision_id=decision.decision_id,
        visit_id=situation.visit_id,
        container_number=decision.container_number,
        facility_code=situation.visit.facility_code,
        point=_point(situation.visit),
        point_event_id=decision.point_event_id,
        route=decision.route,
        place=decision.place,
        reason=decision.reason,
        issued_at=now,
        supersedes=current.instruction_id if current else None,
    )
    if current is None:
        return [issued]
    step = InstructionStep.CANCELLED if current.is_open else InstructionStep.EXECUTED
    gone = _step(current, step, current.executed_at or now, why="SUPERSEDED")
    return [gone.model_copy(update={"superseded_by": issued.instruction_id}), issued]


def _point(visit: Visit) -> Point:
    return Point.GATE_IN if visit.direction == "EXPORT" else Point.DISCHARGE


def _alerts(situation: Situation, outcome: Outcome) -> list[Event]:
    return [_alert(situation, code.value) for code in outcome.alerts]


def _departure_alerts(situation: Situation) -> list[Event]:
    visit, fact = situation.visit, situation.trigger.fact
    if visit.left_without_release and _triggering_movement(situation) is not None:
        return [_alert(situation, "LEFT_WITHOUT_RELEASE")]
    if visit.ended_at is None or not isinstance(fact, CustomsNotice):
        return []
    is_order = fact.status in (NoticeStatus.HELD, NoticeStatus.INSPECTION_ORDERED, NoticeStatus.SCAN_ORDERED)
    return [_alert(situation, "ORDER_AFTER_DEPARTURE", fact.status.value)] if is_order else []


def _alert(situation: Situation, code: str, detail: str = "") -> AlertRaised:
    return AlertRaised(
        alert_id=derived_id("alert", code, situation.visit_id, situation.trigger.event_id),
        code=code,
        visit_id=situation.visit_id,
        container_number=situation.visit.container_number,
        at=situation.now,
        detail=detail,
    )


def _step(
    instruction: Instruction, step: InstructionStep, at: datetime, *, why: str | None = None, by: str | None = None
) -> InstructionChanged:
    return InstructionChanged(
        instruction_id=instruction.instruction_id,
        visit_id=instruction.visit_id,
        container_number=instruction.container_number,
        facility_code=instruction.facility_code,
        step=step,
        at=at,
        why=why,
        by=by,
    )


def _is_routable(visit: Visit) -> bool:
    return visit.direction in ("IMPORT", "EXPORT") and visit.is_laden is not False


def _is_notice(situation: Situation) -> bool:
    return isinstance(situation.trigger.fact, CustomsNotice)
