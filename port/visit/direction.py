"""Which way a visit goes: a label from its ends, else from what was last reported of it."""

from __future__ import annotations

from events.types import EquipmentEventType, Ladenness, MovementType, TransportMode
from port.vessel import Stays
from port.visit.merge import latest_of
from port.visit.model import Movement
from port.visit.span import DISC, GTIN, LOAD, Cut
from port.visit.status import CutRules

INLAND = (TransportMode.BARGE, TransportMode.RAIL)
BOTH_ENDS = {
    (True, False): MovementType.IMPORT,
    (False, True): MovementType.EXPORT,
    (False, False): MovementType.STORAGE,
}


def came_by_barge_or_rail(visit: Cut) -> bool:
    tellings = [told for told in visit.movements if told.event_id in visit.entry_tellings]
    return bool(tellings) and latest_of(tellings, lambda fact: fact.mode_of_transport) in INLAND


def direction(visit: Cut, *, stays: Stays, rules: CutRules, is_inland: bool) -> MovementType | None:
    """None only when neither end is known, or the box came by barge or rail, and nobody reported a direction."""
    reported = next((told.fact.movement_type for told in reversed(visit.movements) if told.fact.movement_type), None)
    if is_inland or reported is MovementType.DOMESTIC:
        return reported
    is_out = visit.leave is not None and not visit.is_in and not visit.is_exit_missing
    if visit.entry is not None and visit.leave is not None and is_out:
        by_sea = visit.entry.type_code is DISC, visit.leave.type_code is LOAD
        return BOTH_ENDS.get(by_sea) or _sea_to_sea(visit, visit.leave, reported, stays=stays, rules=rules)
    known = visit.entry or (visit.leave if is_out else None)
    return reported or (None if known is None else _by_one_end(known, visit.ladenness))


def _by_one_end(known: Movement, ladenness: Ladenness | None) -> MovementType:
    if known.type_code is GTIN:
        return MovementType.STORAGE if ladenness is Ladenness.EMPTY else MovementType.EXPORT
    return MovementType.EXPORT if known.type_code is EquipmentEventType.LOAD else MovementType.IMPORT


def _sea_to_sea(
    visit: Cut, loaded: Movement, reported: MovementType | None, *, stays: Stays, rules: CutRules
) -> MovementType:
    """Onto the call it came by: restow, another: transhipment; unnamed: as reported, else by the time between."""
    came, went = visit.entry_call, visit.leave_call
    if stays.same(came, went):
        return MovementType.RESTOW
    if not stays.agree(came, went):
        return MovementType.TRANSSHIPMENT
    if reported in (MovementType.RESTOW, MovementType.TRANSSHIPMENT):
        return reported
    is_soon = loaded.at - visit.begun_at <= rules.unnamed_call
    return MovementType.RESTOW if is_soon else MovementType.TRANSSHIPMENT
