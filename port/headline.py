"""One headline out of a visit's facets: the word, the next step, who holds the box, and what stands in its way.

Computed when read, with the call's times and the instruction joined.  It says nothing a facet denies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from events.types import InstructionStep, MovementType, Route
from port.vessel import CallTimes
from port.visit.model import FacetFact, FacetFacts
from port.visit.status import IN_PORT, Carrier, Charges, Customs, CustomsArrival, MovementState
from port.words import (
    AWAITING_ARRIVAL,
    AWAITING_CARRIER,
    CHARGES_DUE,
    CUSTOMS,
    EXPECTED,
    GET_CARRIER_RELEASE,
    GONE,
    LEAVE_SITE,
    MAY_LOAD,
    MOVED,
    NOTHING,
    ORDERED,
    PAY_CHARGES,
    PICK_UP,
    READY,
    RELEASED,
    REPORT_AGAIN,
    REPORT_ARRIVAL,
    REPORT_WITHDRAWN,
    TO_BE_CONFIRMED,
    WAIT_FOR_ARRIVAL,
    WAIT_FOR_CUSTOMS,
    WAIT_FOR_GATE_IN,
    WAIT_FOR_INSPECTION,
    WAIT_FOR_LOADING,
    WITH_CUSTOMS,
    Said,
    Words,
)


class Facets(Protocol):
    """What a headline is made of: a folded Visit has it, and so has a viewer's share of a kept record."""

    @property
    def direction(self) -> MovementType | None: ...
    @property
    def is_laden(self) -> bool | None: ...
    @property
    def movement(self) -> MovementState: ...
    @property
    def customs(self) -> Customs: ...
    @property
    def customs_arrival(self) -> CustomsArrival: ...
    @property
    def carrier(self) -> Carrier: ...
    @property
    def charges(self) -> Charges: ...
    @property
    def facet_facts(self) -> FacetFacts: ...
    @property
    def last_fact(self) -> FacetFact | None: ...


@dataclass(frozen=True, slots=True)
class InstructionState:
    """The visit's current instruction; `step` is None while it is only issued.

    With `is_shown` false the viewer may not know of it: it still blocks, but nothing names it.  `is_ordered`: customs
    or an officer wanted it, not a rule by itself.
    """

    route: Route
    step: InstructionStep | None = None
    place: str | None = None
    is_shown: bool = True
    is_ordered: bool = False

    @property
    def is_alive(self) -> bool:
        return self.step not in (InstructionStep.CANCELLED, InstructionStep.EXPIRED)

    @property
    def facet(self) -> str | None:
        """As the facet says it, "INSPECTION:ISSUED"; None for who may not see it."""
        return f"{self.route}:{self.step or 'ISSUED'}" if self.is_shown else None


@dataclass(frozen=True, slots=True)
class HeldBy:
    """Whose turn it is, by role, and since when; None where nobody reported a time."""

    role: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Status:
    """What a reader is told first.  `movement` has the call joined; `blockers` are codes, empty when nothing blocks."""

    movement: MovementState | None
    headline: Words
    next_step: Words
    held_by: HeldBy | None
    is_ready_for_pickup: bool
    may_load: bool
    blockers: tuple[str, ...]
    instruction: str | None
    last_fact: FacetFact | None


NOT_APPLICABLE = ("NOT_APPLICABLE",)
INBOUND, OUTBOUND = MovementType.IMPORT, MovementType.EXPORT


def movement(visit: Facets, times: CallTimes | None) -> MovementState:
    """The movement facet with the times of `visit.joined_stay` joined."""
    if times is None:
        return visit.movement
    if visit.movement is MovementState.EXPECTED and visit.direction is INBOUND and (times.ata or times.atb):
        return MovementState.ON_VESSEL
    loaded = visit.facet_facts.movement
    is_loaded = visit.movement is MovementState.LOADED and loaded is not None and loaded.at is not None
    if is_loaded and loaded and loaded.at and times.atd and times.atd >= loaded.at:
        return MovementState.DEPARTED
    return visit.movement


def status(visit: Facets, times: CallTimes | None = None, *, instruction: InstructionState | None = None) -> Status:
    """Headline, next step, holder, readiness and blockers, none of them beyond what the facets say.

    `instruction` is the current one, None when there is none; what its viewer may not see is passed with `is_shown`
    false, so that the box is never called ready to him while an officer holds it.
    """
    where = movement(visit, times)
    blockers = tuple(_blockers(visit, where, instruction))
    is_ready = visit.direction is INBOUND and not blockers
    may_load = visit.direction is OUTBOUND and not blockers
    headline, next_step, role = _say(visit, where, instruction, is_ready=is_ready, may_load=may_load)
    return Status(
        movement=where,
        headline=headline,
        next_step=next_step,
        held_by=HeldBy(role, _since(visit, where, times, role)) if role else None,
        is_ready_for_pickup=is_ready,
        may_load=may_load,
        blockers=blockers,
        instruction=instruction.facet if instruction else None,
        last_fact=visit.last_fact,
    )


def withdrawn() -> Status:
    """What an id shows whose every report was taken back."""
    return Status(None, REPORT_WITHDRAWN, REPORT_AGAIN, None, False, False, NOT_APPLICABLE, None, None)


def _blockers(visit: Facets, where: MovementState, instruction: InstructionState | None) -> Iterator[str]:
    if visit.direction is INBOUND:
        yield from _pick_up_blockers(visit, where)
    elif visit.direction is OUTBOUND:
        yield from _loading_blockers(visit, where)
    else:
        yield from NOT_APPLICABLE
        return
    if _is_officers_hold(instruction) and where in IN_PORT:
        yield "HOLD" if instruction and instruction.is_shown else "WITH_CUSTOMS"


def _pick_up_blockers(visit: Facets, where: MovementState) -> Iterator[str]:
    if where not in IN_PORT:
        yield "NOT_IN_PORT"
    if where in (MovementState.IN_TRANSFER, MovementState.AT_INSPECTION):
        yield where.value
    if visit.customs is not Customs.RELEASED:
        yield f"CUSTOMS_{visit.customs}"
    if visit.carrier is not Carrier.RELEASED:
        yield f"CARRIER_{visit.carrier}"
    if visit.charges is Charges.DUE:
        yield "CHARGES_DUE"


def _loading_blockers(visit: Facets, where: MovementState) -> Iterator[str]:
    if where not in IN_PORT:
        yield "NOT_IN_PORT"
    if where is MovementState.AT_INSPECTION:
        yield where.value
    if visit.customs is not Customs.RELEASED:
        yield f"CUSTOMS_{visit.customs}"
    if visit.customs_arrival is not CustomsArrival.REPORTED:
        yield "ARRIVAL_NOT_REPORTED"


def _is_officers_hold(instruction: InstructionState | None) -> bool:
    return instruction is not None and instruction.is_alive and instruction.route is Route.HOLD


def _say(
    visit: Facets, where: MovementState, instruction: InstructionState | None, *, is_ready: bool, may_load: bool
) -> Said:
    if where not in IN_PORT:
        return _outside(visit, where)
    if is_ready:
        return READY, PICK_UP, "consignee"
    if may_load:
        return MAY_LOAD, WAIT_FOR_LOADING, "terminal"
    if visit.customs in ORDERED:
        return _ordered(visit.customs, where)
    if _is_officers_hold(instruction):
        return WITH_CUSTOMS, WAIT_FOR_CUSTOMS, "customs"
    if visit.direction not in (INBOUND, OUTBOUND) or visit.is_laden is False:
        return MOVED[where]
    if visit.customs is Customs.RELEASED:
        return _released(visit, where)
    return _undecided(visit, instruction)


def _outside(visit: Facets, where: MovementState) -> Said:
    if where is MovementState.EXPECTED and visit.direction is OUTBOUND:
        return EXPECTED, WAIT_FOR_GATE_IN, "haulier"
    if where is MovementState.GATED_OUT and visit.direction is INBOUND:
        return GONE, NOTHING, None
    return MOVED[where]


def _ordered(customs: Customs, where: MovementState) -> Said:
    """Once the box is at the site nobody has to bring it there."""
    word, step, role = CUSTOMS[customs]
    is_to_be_brought = customs in (Customs.INSPECTION_ORDERED, Customs.SCAN_ORDERED)
    return word, WAIT_FOR_INSPECTION if is_to_be_brought and where is MovementState.AT_INSPECTION else step, role


def _released(visit: Facets, where: MovementState) -> Said:
    if where is MovementState.AT_INSPECTION:
        return RELEASED, LEAVE_SITE, "terminal"
    if where is MovementState.IN_TRANSFER:
        return RELEASED, WAIT_FOR_ARRIVAL, "haulier"
    if visit.direction is OUTBOUND:
        return AWAITING_ARRIVAL, REPORT_ARRIVAL, "terminal"
    if visit.carrier is not Carrier.RELEASED:
        is_told = visit.carrier is Carrier.NOT_RELEASED
        return AWAITING_CARRIER if is_told else RELEASED, GET_CARRIER_RELEASE, "carrier"
    return CHARGES_DUE, PAY_CHARGES, "consignee"


def _undecided(visit: Facets, instruction: InstructionState | None) -> Said:
    """Where customs has not ordered, a precautionary placement is shown as one."""
    placed = instruction is not None and instruction.is_shown and instruction.is_alive and not instruction.is_ordered
    declared = visit.customs in (Customs.DECLARED, Customs.UNDER_REVIEW)
    if placed and declared and instruction and instruction.route in (Route.INSPECTION, Route.SCAN):
        return TO_BE_CONFIRMED, WAIT_FOR_CUSTOMS, "customs"
    return CUSTOMS[visit.customs]


def _since(visit: Facets, where: MovementState, times: CallTimes | None, role: str) -> datetime | None:
    """Since the fact that made it that role's turn."""
    facts = visit.facet_facts
    if where is MovementState.ON_VESSEL and times is not None:
        return times.atb or times.ata
    resting = facts.movement
    if where in IN_PORT and role in ("customs", "broker", "consignee") and facts.customs is not None:
        resting = facts.customs
    if where in IN_PORT and role == "consignee":
        latest = [fact.at for fact in (facts.movement, facts.customs, facts.carrier) if fact and fact.at]
        return max(latest, default=None)
    return resting.at if resting else None
