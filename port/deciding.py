"""Deciding, put into facts: a decision, the instruction that follows, its later steps, and alerts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from events.types import (
    AlertRaised,
    DiversionDecided,
    Event,
    InstructionChanged,
    InstructionIssued,
    InstructionStep,
    Point,
    Reason,
    Recorded,
    Route,
)
from port.diversion.capacity import SiteState, seen
from port.diversion.case import Case
from port.diversion.compiler import COMPILER_VERSION
from port.diversion.decide import Outcome
from port.diversion.facts import CustomsStatus
from port.diversion.table import TOP_UP_ROW, Ruleset
from port.draft import dated_id
from port.orders import Decision, Instruction
from port.visit import PointVerdict, Visit

AT_THE_POINT = (PointVerdict.DISCHARGE, PointVerdict.GATE_IN, PointVerdict.DIRECTION_UNKNOWN)
"""The new fact is where the box is routed, and rules are frozen."""


class Situation(Struct, frozen=True):
    """A visit as a new fact found it.

    `decision` and `instruction` are those in force (an EXECUTED instruction stays in force until superseded).
    `verdict` says whether the new fact is the visit's diversion point.
    """

    visit_id: str
    visit: Visit
    decision: Decision | None
    instruction: Instruction | None
    trigger: Recorded
    verdict: PointVerdict
    now: datetime
    position: int


class Question(Struct, frozen=True):
    """What a decision is made on: the case with its random draws, the version that decides, and what the sites hold
    without this box.  Put only where a decision may follow: most facts change none."""

    case: Case
    draws: Mapping[str, float]
    ruleset: Ruleset
    sites: SiteState


def decided(
    situation: Situation, outcome: Outcome, question: Question, *, by: str | None = None, why: str | None = None
) -> DiversionDecided:
    is_point, case, ruleset = situation.verdict in AT_THE_POINT, question.case, question.ruleset
    return DiversionDecided(
        decision_id=dated_id(situation.now, "decision", situation.visit_id, str(situation.position)),
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
        has_plug=case.needs.has_plug,
        because_of=_because_of(case, outcome, ruleset),
        ruleset_hash=ruleset.content_hash,
        compiler_version=COMPILER_VERSION,
        case=case.to_json(),
        rows=outcome.rows,
        draws=tuple(sorted(question.draws.items())),
        sites_seen=seen(question.sites, ruleset.sites),
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
    documents = {standing.document for standing in case.standings}
    if len(documents) <= 1:
        return tuple(documents)
    statuses = _STATUS_OF.get(outcome.intended_route, set())
    routes = {row.id: row.route for row in ruleset.rows} | {TOP_UP_ROW: Route.INSPECTION}
    matched = {key for key, row in outcome.rows if row is None or routes.get(row) == outcome.intended_route}
    chosen = {
        standing.document
        for standing in case.standings
        if (standing.declaration is None) == (outcome.reason is Reason.NOT_DECLARED)
        and (outcome.reason is Reason.NOT_DECLARED or standing.status in statuses or standing.declaration in matched)
    }
    return tuple(sorted(chosen or documents))


def instruct(situation: Situation, decision: DiversionDecided, current: Instruction | None) -> list[Event]:
    """The instruction that follows a decision at or after the point; the one in force is cancelled or superseded."""
    if not situation.visit.movements:
        return []
    now = situation.now
    if current is not None and (current.route, current.place) == (decision.route, decision.place):
        confirmed = step_of(current, InstructionStep.CONFIRMED, now, why=decision.reason)
        return [replace(confirmed, decision_id=decision.decision_id)]
    issued = InstructionIssued(
        instruction_id=dated_id(now, "instruction", decision.decision_id),
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
    # What was carried out stays so; what was not is cancelled.
    step = InstructionStep.CANCELLED if current.is_open else InstructionStep.SUPERSEDED
    gone = step_of(current, step, now, why="SUPERSEDED")
    return [replace(gone, superseded_by=issued.instruction_id), issued]


def _point(visit: Visit) -> Point:
    """What it came in by; where nobody reported that, the way it goes tells."""
    came_by_gate = visit.direction == "EXPORT" if visit.opening is None else visit.opening.type_code == "GTIN"
    return Point.GATE_IN if came_by_gate else Point.DISCHARGE


def alerts_of(situation: Situation, outcome: Outcome) -> list[Event]:
    return [alert(situation, code.value) for code in outcome.alerts]


def alert(situation: Situation, code: str, detail: str = "") -> AlertRaised:
    return AlertRaised(
        alert_id=dated_id(
            situation.now, "alert", code, situation.visit_id, situation.trigger.event_id or str(situation.position)
        ),
        code=code,
        visit_id=situation.visit_id,
        container_number=situation.visit.container_number,
        at=situation.now,
        detail=detail,
    )


def step_of(
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
