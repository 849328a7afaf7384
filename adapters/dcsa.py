"""`dcsa`: Track & Trace events of DCSA from carriers and terminals, corrected and taken back by their eventID."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.dcsa_wire import (
    EquipmentWire,
    EventWire,
    RetractionWire,
    ShipmentWire,
    TransportWire,
    VesselWire,
    flatten,
)
from adapters.rejection import Reason, Rejected, Warned
from adapters.seam import Item, Message, Refused, SenderProfile, facility_of, limited, refuse_future
from adapters.wire import (
    Wire,
    list_at,
    read_item,
    read_object,
    refuse_unknown,
    size_warnings,
    vessel_warnings,
    within,
)
from events.types import (
    CarrierReleaseReported,
    CarrierReleaseStatus,
    Classifier,
    DocumentFunction,
    EquipmentEvent,
    EquipmentEventType,
    OutsideFact,
    ReportedDocument,
    TransportMode,
    VesselCallReported,
    VesselRef,
    Withdrawal,
)
from port.actor import Role

# A body with one of these is an event by itself.
_TELLING = ("eventClassification", "eventDateTime", "eventID", "payload")
_KINDS = ("EQUIPMENT", "TRANSPORT", "SHIPMENT")
# The event's id is the document it stands for: told again it replaces, retracted it is cancelled.
_DOCUMENT = "DCSA"
_RELEASES = {"RELS": CarrierReleaseStatus.RELEASED, "VOID": CarrierReleaseStatus.REVOKED}


@dataclass(frozen=True, slots=True)
class _Context:
    """One event's place, and whose message it is in."""

    path: str
    message: Message
    sender: SenderProfile

    def where(self, name: str) -> str:
        return within(self.path, name)

    def refuse_future(self, wire: EventWire) -> None:
        if wire.event_classifier_code is Classifier.ACT:
            refuse_future(wire.event_date_time, self.message.received_at, where=self.where("eventDateTime"))


def decode(message: Message, sender: SenderProfile) -> Iterator[Item]:
    """One item per element of `events`, in order; a body that is one event is one item at `$`.

    An event with the eventID of an earlier one replaces it when its eventUpdatedDateTime is later; `isRetracted` takes
    it back.  TRANSPORT events become vessel calls, delivery orders carrier releases; neither can be taken back.

    Refused items: UNKNOWN_CODE (what we keep no fact of: IOT, REEFER, most SHIPMENT events), FIELD_MISSING, BAD_VALUE,
    BAD_CONTAINER_NUMBER, TIME_MISSING, TIME_WITHOUT_ZONE, DATE_WITHOUT_TIME, FUTURE_TIME, FACILITY_MISSING,
    FOREIGN_FACILITY, NOT_ALLOWED.  Raises Rejected: NOT_JSON, BAD_VALUE, UNKNOWN_FIELD (of the envelope), NO_ITEMS,
    TOO_MANY_ITEMS.  DCSA Track & Trace 3.0.
    """
    body = read_object(message)
    if not body.keys().isdisjoint(_TELLING):
        bare = {name: value for name, value in body.items() if name != "messageID"}
        return iter([_read(bare, _Context("$", message, sender))])
    refuse_unknown(body, ("events", "feedbackElements"))
    told = list_at(body, "events")
    if not told:
        raise Rejected(Reason.NO_ITEMS, "events")
    return limited(_read(event, _Context(f"events[{n}]", message, sender)) for n, event in enumerate(told))


def _read(told: object, context: _Context) -> Item:
    if not isinstance(told, dict):
        return _item(EquipmentWire, told, context, build=_equipment)
    flat = flatten(told)
    if flat.get("isRetracted") not in (None, False) or "retractedEventID" in flat:
        known = ("eventID", "retractedEventID", "isRetracted", "eventCreatedDateTime")
        return _item(RetractionWire, {name: flat[name] for name in known if name in flat}, context, build=_retraction)
    kind = flat.get("eventType") or _kind_of(flat)
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        return Refused(_unknown_kind(kind, context), context.path)
    model, build = reader
    fields = {field.alias for field in model.model_fields.values()}
    return _item(model, {name: value for name, value in flat.items() if name in fields}, context, build=build)


def _kind_of(flat: dict[str, Any]) -> str | None:
    return next((kind for kind in _KINDS if f"{kind.lower()}EventTypeCode" in flat), None)


def _unknown_kind(kind: object, context: _Context) -> Rejected:
    if kind is None:
        return Rejected(Reason.FIELD_MISSING, context.where("eventType"), message="It does not say what kind it is.")
    return Rejected(
        Reason.UNKNOWN_CODE,
        context.where("eventType"),
        message=f"Events of the type {repr(kind)[:40]} are not kept.",
        fix=f"Send {', '.join(_KINDS)}.",
    )


def _item(model: type[Wire], told: object, context: _Context, *, build: Callable[[Any, _Context], OutsideFact]) -> Item:
    return read_item(
        model,
        told,
        context.path,
        build=lambda wire: build(wire, context),
        warn=lambda wire: _warnings_of(wire, context),
    )


def _warnings_of(wire: Wire, context: _Context) -> tuple[Warned, ...]:
    size, vessel = getattr(wire, "iso_equipment_code", None), getattr(wire, "vessel_imo_number", None)
    return size_warnings(size, context.path) + vessel_warnings(vessel, context.path)


def _document(event_id: str | None, function: DocumentFunction) -> ReportedDocument | None:
    return ReportedDocument(message_type=_DOCUMENT, reference=event_id, function=function) if event_id else None


def _retraction(wire: RetractionWire, context: _Context) -> Withdrawal:
    taken_back = wire.retracted_event_id or wire.event_id
    if taken_back is None:
        raise Rejected(
            Reason.FIELD_MISSING, context.where("eventID"), message="It does not name the event it retracts."
        )
    return Withdrawal(
        # The standard lets it leave everything out but the eventID; then it was said no later than we heard it.
        event_created_datetime=wire.event_created_date_time or context.message.received_at,
        document=_document(taken_back, DocumentFunction.CANCEL),
    )


def _equipment(wire: EquipmentWire, context: _Context) -> EquipmentEvent:
    context.refuse_future(wire)
    facility_code, is_here = _find_place(wire, context)
    return EquipmentEvent(
        type_code=wire.equipment_event_type_code,
        classifier=wire.event_classifier_code,
        container_number=wire.equipment_reference,
        event_datetime=wire.event_date_time,
        event_created_datetime=wire.event_created_date_time,
        facility_code=facility_code,
        un_location_code=wire.un_location_code,
        is_at_port=is_here,
        vessel=_vessel_of(wire),
        transport_document_reference=wire.transport_document_reference or None,
        iso_equipment_code=wire.iso_equipment_code,
        empty_indicator=wire.empty_indicator_code,
        movement_type=wire.movement_type,
        mode_of_transport=wire.mode_of_transport,
        seals=tuple(seal for seal in wire.seals if seal),
        truck_plate=wire.truck_plate or None,
        position=(wire.facility_code or None) if facility_code != wire.facility_code else None,
        document=_document(wire.event_id, DocumentFunction.REPLACE),
    )


def _vessel_of(wire: EquipmentWire) -> VesselRef:
    """A box comes off on the import voyage and goes on for the export voyage."""
    is_discharge = wire.equipment_event_type_code is EquipmentEventType.DISC
    voyages = (wire.import_voyage, wire.export_voyage) if is_discharge else (wire.export_voyage, wire.import_voyage)
    return VesselRef(
        vessel_imo_number=wire.vessel_imo_number,
        call_sign=wire.call_sign or None,
        vessel_name=wire.vessel_name or None,
        voyage=next((voyage for voyage in voyages if voyage), None),
    )


def _find_place(wire: VesselWire, context: _Context) -> tuple[str | None, bool]:
    """The facility, and whether it is in this port: by UN/LOCODE, else by the facility, if the platform knows it."""
    sender, named = context.sender, wire.facility_code or None
    known = named if named and sender.knows_facility(named) else None
    is_here = sender.is_here(wire.un_location_code) or (known is not None and wire.un_location_code is None)
    if not is_here:
        return None, False
    return facility_of(known, sender, where=context.where("facilityCode")), True


def _transport(wire: TransportWire, context: _Context) -> VesselCallReported:
    if wire.mode_of_transport in (TransportMode.TRUCK, TransportMode.RAIL):
        raise Rejected(
            Reason.UNKNOWN_CODE, context.where("modeOfTransport"), message="Only the calls of vessels are kept."
        )
    if not (wire.vessel_imo_number or wire.call_sign or wire.import_voyage or wire.export_voyage):
        raise Rejected(
            Reason.FIELD_MISSING,
            context.where("vesselIMONumber"),
            message="Nothing says which vessel or voyage this is.",
            fix="Send vesselIMONumber, vesselCallSign or a voyage.",
        )
    eta, ata, atd = _call_times(wire, context)
    context.refuse_future(wire)
    facility_code, is_here = _find_place(wire, context)
    if not is_here:
        raise _elsewhere(wire, context)
    return VesselCallReported(
        vessel_imo_number=wire.vessel_imo_number,
        call_sign=wire.call_sign or None,
        vessel_name=wire.vessel_name or None,
        import_voyage=wire.import_voyage or None,
        export_voyage=wire.export_voyage or None,
        facility_code=facility_code,
        eta=eta,
        ata=ata,
        atd=atd,
    )


def _call_times(wire: TransportWire, context: _Context) -> tuple[datetime | None, datetime | None, datetime | None]:
    """Estimated arrival, actual arrival, actual departure; one of them is told."""
    is_actual = wire.event_classifier_code is Classifier.ACT
    if wire.transport_event_type_code == "ARRI":
        return (None, wire.event_date_time, None) if is_actual else (wire.event_date_time, None, None)
    if wire.transport_event_type_code == "DEPA" and is_actual:
        return None, None, wire.event_date_time
    raise Rejected(
        Reason.UNKNOWN_CODE,
        context.where("transportEventTypeCode"),
        message=f"{wire.transport_event_type_code} {wire.event_classifier_code} is not kept.",
        fix="Send arrivals, and departures that have happened.",
    )


def _elsewhere(wire: TransportWire, context: _Context) -> Rejected:
    where, told = context.where("UNLocationCode"), wire.un_location_code
    if told is None:
        return Rejected(Reason.FIELD_MISSING, where, message="It does not say at which port.")
    return Rejected(
        Reason.BAD_VALUE,
        where,
        message=f"A call at {told} is not kept here.",
        fix=f"Send the calls at {context.sender.port_un_location_code}.",
    )


def _shipment(wire: ShipmentWire, context: _Context) -> CarrierReleaseReported:
    status = _RELEASES.get(wire.shipment_event_type_code) if wire.document_type_code == "DEO" else None
    if status is None or wire.event_classifier_code is not Classifier.ACT:
        raise Rejected(
            Reason.UNKNOWN_CODE,
            context.where("shipmentEventTypeCode"),
            message=f"{wire.shipment_event_type_code} {wire.event_classifier_code} of a document"
            f" {wire.document_type_code or 'without a type'} is not kept.",
            fix="Send delivery orders released or voided.",
        )
    if context.sender.role is not Role.CARRIER:
        raise Rejected(Reason.NOT_ALLOWED, context.path, message="Only the carrier may release a box.")
    if not wire.transport_document_reference:
        raise Rejected(
            Reason.FIELD_MISSING,
            context.where("transportDocumentReference"),
            fix="Add a document reference of the type TRANSPORT_DOCUMENT.",
        )
    context.refuse_future(wire)
    return CarrierReleaseReported(
        transport_document_reference=wire.transport_document_reference,
        containers=(wire.equipment_reference,) if wire.equipment_reference else (),
        status=status,
        released_at=wire.event_date_time,
    )


_READERS: dict[str, tuple[type[EventWire], Callable[[Any, _Context], OutsideFact]]] = {
    "EQUIPMENT": (EquipmentWire, _equipment),
    "TRANSPORT": (TransportWire, _transport),
    "SHIPMENT": (ShipmentWire, _shipment),
}
