"""What our own facts make of decisions, instructions and alerts: the tables' rows, as a pure fold.

The Recorder uses it as it appends and `rebuild` as it reads back, so the two cannot differ.
"""

from __future__ import annotations

import orjson
from msgspec.structs import replace

from events.types import AlertRaised, DiversionDecided, InstructionChanged, InstructionIssued, InstructionStep
from port.orders import Alert, Decision, Instruction

_ENDED = {InstructionStep.CANCELLED, InstructionStep.EXPIRED}


def decision(fact: DiversionDecided, position: int) -> Decision:
    """The row of a decision just made: current, and holding its slot."""
    return Decision(
        decision_id=fact.decision_id,
        position=position,
        visit_id=fact.visit_id,
        container_number=fact.container_number,
        decided_at=fact.decided_at,
        point=fact.point,
        route=fact.route,
        reason=fact.reason,
        place=fact.place,
        is_current=True,
        is_awaiting_site=fact.is_awaiting_site,
        reserves=fact.reserves,
        holds_slot=fact.reserves is not None,
        has_plug=fact.has_plug,
        because_of=orjson.dumps(fact.because_of).decode(),
    )


def instruction(fact: InstructionIssued, position: int) -> Instruction:
    """The row of an instruction just issued."""
    return Instruction(
        instruction_id=fact.instruction_id,
        position=position,
        decision_id=fact.decision_id,
        visit_id=fact.visit_id,
        container_number=fact.container_number,
        facility_code=fact.facility_code,
        point=fact.point,
        point_event_id=fact.point_event_id,
        route=fact.route,
        place=fact.place,
        reason=fact.reason,
        state="ISSUED",
        issued_at=fact.issued_at,
        supersedes=fact.supersedes,
    )


def stepped(row: Instruction, fact: InstructionChanged) -> Instruction:
    """The row after a step; a later instruction may stand beside an EXECUTED one through `superseded_by`."""
    row = replace(row, superseded_by=fact.superseded_by or row.superseded_by)
    if fact.step is InstructionStep.SUPERSEDED:
        return row
    if fact.step is InstructionStep.CONFIRMED:
        return replace(row, reason=fact.why or row.reason, decision_id=fact.decision_id or row.decision_id)
    if fact.step is InstructionStep.ACKNOWLEDGED:
        return replace(row, state="ACKNOWLEDGED", acknowledged_at=fact.at)
    if fact.step is InstructionStep.EXECUTED:
        return replace(row, state="EXECUTED", executed_at=row.executed_at or fact.at)
    assert fact.step in _ENDED
    return replace(row, state=fact.step.value, ended_at=fact.at, why=fact.why)


def alert(fact: AlertRaised, position: int) -> Alert:
    """The row of an alert."""
    return Alert(
        alert_id=fact.alert_id,
        position=position,
        code=fact.code,
        visit_id=fact.visit_id,
        container_number=fact.container_number,
        at=fact.at,
        detail=fact.detail,
    )
