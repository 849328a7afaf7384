"""One stored fact as a line: its type, time, place, words and details, before tellings are merged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from events.types import (
    AlertRaised,
    CarrierReleaseReported,
    CustomsNotice,
    DeclarationLodged,
    DiversionDecided,
    EquipmentEvent,
    Event,
    InstructionChanged,
    InstructionIssued,
    ManifestReported,
    PartyNominated,
    Withdrawal,
)
from port.visit import wording
from port.visit.wording import Title, joined

Detail = str | float | tuple[str, ...]
Details = tuple[tuple[str, Detail], ...]


@dataclass(frozen=True, slots=True)
class Line:
    type: str
    at: datetime | None
    title: Title
    details: Details = ()
    classifier: str | None = None
    created_at: datetime | None = None
    place: str | None = None


def line_of(fact: Event) -> Line:
    """Any fact that belongs to a visit; others show by their kind alone."""
    match fact:
        case EquipmentEvent():
            return _movement(fact)
        case ManifestReported() | CarrierReleaseReported() | DeclarationLodged() | CustomsNotice():
            return _paper(fact)
        case DiversionDecided() | InstructionIssued() | InstructionChanged() | AlertRaised() | PartyNominated():
            return _ours(fact)
        case Withdrawal():
            return Line("WITHDRAWAL", fact.event_datetime, wording.WITHDRAWN, created_at=fact.event_created_datetime)
        case _:
            return Line(fact.kind.upper(), None, (fact.kind, fact.kind))


def _said(**named: Detail | None) -> Details:
    return tuple((name, value) for name, value in named.items() if value not in (None, "", ()))


def _movement(fact: EquipmentEvent) -> Line:
    return Line(
        type=fact.type_code.value,
        classifier=fact.classifier.value,
        at=fact.event_datetime,
        created_at=fact.event_created_datetime,
        place=fact.facility_code or fact.un_location_code,
        title=joined(wording.CLASSIFIED[fact.classifier], wording.MOVEMENTS[fact.type_code], between=""),
        details=_said(
            position=fact.position,
            to_facility_code=fact.to_facility_code,
            un_location_code=fact.un_location_code,
            movement_type=fact.movement_type and fact.movement_type.value,
            mode_of_transport=fact.mode_of_transport and fact.mode_of_transport.value,
            empty_indicator=fact.empty_indicator and fact.empty_indicator.value,
            vessel_imo_number=fact.vessel.vessel_imo_number,
            call_sign=fact.vessel.call_sign,
            vessel_name=fact.vessel.vessel_name,
            voyage=fact.vessel.voyage,
            iso_equipment_code=fact.iso_equipment_code,
            seals=fact.seals,
            gross_mass_kg=fact.gross_mass_kg,
            vgm_kg=fact.vgm_kg,
            truck_plate=fact.truck_plate,
            dangerous_goods=tuple(
                f"UN{goods.un_number} {goods.imo_class or ''}".strip() for goods in fact.dangerous_goods
            ),
            reefer_set_point_celsius=fact.reefer_set_point_celsius,
        ),
    )


def _paper(fact: ManifestReported | CarrierReleaseReported | DeclarationLodged | CustomsNotice) -> Line:
    match fact:
        case ManifestReported():
            return Line("MANIFEST", fact.issued_at, wording.MANIFESTED, _said(direction=fact.direction.value))
        case CarrierReleaseReported():
            details = _said(status=fact.status.value, haulier_code=fact.haulier_code)
            return Line("CARRIER_RELEASE", fact.released_at, wording.RELEASES[fact.status], details)
        case DeclarationLodged():
            details = _said(mode=fact.mode and fact.mode.value, inspect_at=fact.inspect_at.value)
            return Line("DECLARATION", fact.declared_at, wording.LODGED, details)
        case CustomsNotice():
            return _notice(fact)


def _notice(fact: CustomsNotice) -> Line:
    title = wording.RESULTS[fact.result] if fact.result else wording.NOTICES[fact.status]
    return Line(
        type=f"CUSTOMS_{fact.status.value}",
        at=fact.notice_datetime,
        title=title,
        place=fact.site,
        details=_said(
            status=fact.status.value, result=fact.result and fact.result.value, note=fact.note, channel=fact.channel
        ),
    )


def _ours(
    fact: DiversionDecided | InstructionIssued | InstructionChanged | AlertRaised | PartyNominated,
) -> Line:
    match fact:
        case DiversionDecided():
            details = _said(decision_id=fact.decision_id, route=fact.route.value, reason=fact.reason.value)
            title = joined(wording.DECIDED, wording.ROUTES[fact.route], between=": ")
            return Line("DIVERSION_DECIDED", fact.decided_at, title, details, place=fact.place)
        case InstructionIssued():
            details = _said(instruction_id=fact.instruction_id, route=fact.route.value, reason=fact.reason.value)
            title = joined(wording.INSTRUCTED, wording.ROUTES[fact.route], between=": ")
            return Line("INSTRUCTION_ISSUED", fact.issued_at, title, details, place=fact.place)
        case InstructionChanged():
            details = _said(instruction_id=fact.instruction_id, why=fact.why, superseded_by=fact.superseded_by)
            return Line(f"INSTRUCTION_{fact.step.value}", fact.at, wording.STEPS[fact.step], details)
        case AlertRaised():
            return Line("ALERT", fact.at, wording.ALERTED, _said(code=fact.code, detail=fact.detail))
        case PartyNominated():
            title = wording.NOMINATION_REVOKED if fact.is_revoked else wording.NOMINATED
            details = _said(nominator=fact.nominator, nominee=fact.nominee, role=fact.role)
            return Line("NOMINATION", fact.at, title, details)
