"""Reading: the headline one viewer gets, from the facets it may see, with another's cargo told only as waiting."""

from __future__ import annotations

from dataclasses import dataclass, replace

from events.types import InstructionStep, MovementType, Route
from port import headline
from port.access import CallFacts, View
from port.dossier import Dossier, DossierDocument
from port.headline import InstructionState, Status
from port.vessel import CallTimes
from port.visit import SEVERITY, Carrier, Charges, Customs, CustomsArrival, FacetFact, FacetFacts, MovementState
from port.words import OTHER_CARGO, WAIT_FOR_OTHERS

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
    if not is_shared(dossier, view):
        return whole
    # When the others' papers moved is theirs to know.
    facts = FacetFacts(movement=reading.facet_facts.movement)
    mine = replace(
        reading,
        customs=own_customs(dossier, view),
        customs_arrival=own_arrival(dossier, view),
        carrier=own_carrier(dossier, view),
        facet_facts=facts,
    )
    own = headline.status(mine, times, instruction=instruction)
    return _waiting_for_others(own) if _others_hold(dossier, view) else own


def _waiting_for_others(own: Status) -> Status:
    """Another's cargo in the same box is not free: of it only this much is told."""
    blockers = (*(b for b in own.blockers if b != "NOT_APPLICABLE"), "OTHER_CARGO")
    would_go = own.is_ready_for_pickup or own.may_load
    return replace(
        own,
        headline=OTHER_CARGO if would_go else own.headline,
        next_step=WAIT_FOR_OTHERS if would_go else own.next_step,
        held_by=None if would_go else own.held_by,
        is_ready_for_pickup=False,
        may_load=False,
        blockers=blockers,
    )


def _others_hold(dossier: Dossier, view: View) -> bool:
    others = [d for d in dossier.documents if d.is_counted and not view.owns(d)]
    if dossier.direction == "IMPORT":
        return any((d.customs, d.carrier) != ("RELEASED", "RELEASED") for d in others)
    return dossier.direction == "EXPORT" and any(d.customs != "RELEASED" or not d.has_arrival for d in others)


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
    is_ordered = given.reason not in ("RULE", "RANDOM")
    return InstructionState(Route(given.route), step, given.place, is_shown=is_shown, is_ordered=is_ordered)


def own_customs(dossier: Dossier, view: View) -> Customs:
    """What customs says of the viewer's own bills, the worst of them."""
    return max(
        (Customs(d.customs) for d in _own(dossier, view)), key=SEVERITY.__getitem__, default=Customs.NOT_DECLARED
    )


def own_carrier(dossier: Dossier, view: View) -> Carrier:
    """What the carriers of the viewer's own bills say."""
    own = {document.carrier for document in _own(dossier, view)}
    if "REVOKED" in own:
        return Carrier.NOT_RELEASED
    return Carrier.RELEASED if own == {"RELEASED"} else Carrier.UNKNOWN


def own_arrival(dossier: Dossier, view: View) -> CustomsArrival:
    """Whether the arrival of each of the viewer's own bills was reported."""
    declared = [d for d in _own(dossier, view) if any(one.is_active for one in d.declarations)]
    has_all = bool(declared) and all(document.has_arrival for document in declared)
    return CustomsArrival.REPORTED if has_all else CustomsArrival.NOT_REPORTED


def _own(dossier: Dossier, view: View) -> list[DossierDocument]:
    """Those that count; a master's holder has none that does, and is told of the master."""
    own = [document for document in dossier.documents if view.owns(document)]
    return [document for document in own if document.is_counted] or own


def is_shared(dossier: Dossier, view: View) -> bool:
    """Whether bills in the box are another's than the viewer's; only the trade shares a box with strangers."""
    others = any(document.is_counted and not view.owns(document) for document in dossier.documents)
    return view.capacity == "trade" and others
