"""Whether a new movement only goes on with a visit, so that no cut and no name could change by it."""

from __future__ import annotations

from events.types import Event, Ladenness
from port.visit.model import Visit
from port.visit.placing import cuts
from port.visit.span import DISC, GTIN, GTOT, LOAD, is_named
from port.visit.status import IN_PORT, MovementState

_ENDS = frozenset({DISC, GTIN, LOAD, GTOT})


def only_goes_on(visit: Visit, fact: Event) -> bool:
    """An inner movement after all others of a box that is in, its only visit; it tells nothing that turns the visit's
    direction or joins a document."""
    if fact.kind != "equipment" or not cuts(fact) or fact.type_code in _ENDS or not visit.movements:
        return False
    telling = (fact.supersedes, fact.document, fact.movement_type, fact.mode_of_transport)
    if any(telling) or fact.transport_document_reference or is_named(fact.vessel):
        return False
    is_laden = None if fact.empty_indicator is None else fact.empty_indicator is Ladenness.LADEN
    return (
        visit.movement in IN_PORT
        and visit.movement is not MovementState.IN_TRANSFER
        and is_laden in (None, visit.is_laden)
        and fact.event_datetime >= max(movement.at for movement in visit.movements)
    )
