"""Reading: the headline one viewer gets, from the facets it may see, with another's cargo told only as waiting."""

from __future__ import annotations

from dataclasses import dataclass, replace

from events.types import InstructionStep, MovementType, Route
from port import headline
from port.access import CallFacts, View
from port.dossier import Dossier
from port.headline import InstructionState, Status
from port.vessel import CallTimes
from port.visit import SEVERITY, Carrier, Charges, Customs, CustomsArrival, FacetFact, FacetFacts, MovementState
from port.words import WAIT_FOR_CUSTOMS, WITH_CUSTOMS

CARGO_READERS = frozenset({"customs", "terminal", "trade"})


@dataclass(frozen=True, slots=True)
class Reading:
    """The facets as one viewer reads them: what `headline` speaks from."""

    direction: MovementType | None
    is_laden: bool | None
    movement: MovementState
    customs: Customs
    customs_arrival: CustomsArrival
    carrier: Carrier
    charges: Charges
    facet_facts: FacetFacts
    last_fact: FacetFact | None


def status_for(dossier: Dossier, view: View, call: CallFacts, *, shows_route: bool) -> Status:
    if dossier.is_withdrawn:
        return headline.withdrawn()
    times = CallTimes(ata=call.ata, atb=call.atb, atd=call.atd)
    is_whole = view.capacity in CARGO_READERS or view.capacity == "haulier"
    reading = _reading(dossier, is_whole=is_whole)
    instruction = _instruction_state(dossier, is_shown=shows_route and view.capacity != "haulier") if is_whole else None
    whole = headline.status(reading, times, instruction=instruction)
    if view.capacity != "trade" or not other_bills(dossier, view):
        return whole
    # When the others' papers moved is theirs to know.
    facts = FacetFacts(movement=reading.facet_facts.movement)
    mine = replace(reading, customs=own_customs(dossier, view), facet_facts=facts)
    own = headline.status(mine, times, instruction=instruction)
    return _waiting_for_others(own) if _others_hold(dossier, view) else own


def _waiting_for_others(own: Status) -> Status:
    """Another's cargo in the same box is not free: of it only this much is told."""
    blockers = (*(b for b in own.blockers if b != "NOT_APPLICABLE"), "OTHER_CARGO")
    would_go = own.is_ready_for_pickup or own.may_load
    return replace(
        own,
        headline=WITH_CUSTOMS if would_go else own.headline,
        next_step=WAIT_FOR_CUSTOMS if would_go else own.next_step,
        is_ready_for_pickup=False,
        may_load=False,
        blockers=blockers,
    )


def _others_hold(dossier: Dossier, view: View) -> bool:
    counted = [d for d in dossier.documents if d.is_counted and d.reference not in view.own]
    return dossier.direction in ("IMPORT", "EXPORT") and any(d.customs != "RELEASED" for d in counted)


def _reading(dossier: Dossier, *, is_whole: bool) -> Reading:
    return Reading(
        # Without the cargo's status the word is the movement's alone.
        direction=MovementType(dossier.direction) if dossier.direction and is_whole else None,
        is_laden=dossier.is_laden,
        movement=MovementState(dossier.movement),
        customs=Customs(dossier.customs) if is_whole else Customs.NOT_DECLARED,
        customs_arrival=CustomsArrival(dossier.customs_arrival),
        carrier=Carrier(dossier.carrier),
        charges=Charges(dossier.charges),
        facet_facts=FacetFacts(**{name: FacetFact(s.at, s.source, "") for name, s in dossier.facet_facts.items()}),
        last_fact=None,
    )


def _instruction_state(dossier: Dossier, *, is_shown: bool) -> InstructionState | None:
    given = dossier.instruction
    if given is None:
        return None
    step = None if given.state == "ISSUED" else InstructionStep(given.state)
    return InstructionState(Route(given.route), step, given.place, is_shown=is_shown)


def own_customs(dossier: Dossier, view: View) -> Customs:
    own = [Customs(d.customs) for d in dossier.documents if d.is_counted and view.owns(d)]
    return max(own, key=SEVERITY.__getitem__) if own else Customs(dossier.customs)


def other_bills(dossier: Dossier, view: View) -> int:
    """How many bills in the box are another's; only the trade shares a box with strangers."""
    if view.capacity != "trade":
        return 0
    return sum(d.is_counted and not view.owns(d) for d in dossier.documents)
