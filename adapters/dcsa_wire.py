"""DCSA Track & Trace events as carriers and terminals write them: where each field stands, and what form it has.

T&T 3.0 puts the kind of an event in `eventClassification`, its box in `equipmentDetails`, and spells its codes out
(`GATED_IN`); its drafts wrote codes there (`GTIN`), the event domain 3 has `metadata` and `payload`, and 2.2 is flat.
All are read by one list of places.  What DCSA has and we have no use for is passed over.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from adapters.wire import (
    CallSign,
    Code,
    ContainerNumber,
    DocumentReference,
    Flag,
    ImoNumber,
    LocationCode,
    Moment,
    Name,
    SizeType,
    Voyage,
    Wire,
)
from events.types import Classifier, EquipmentEventType, Ladenness, MovementType, TransportMode

EventID = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Place = tuple[str, ...]

_OPEN: tuple[Place, ...] = ((), ("payload",))
_KINDS: tuple[Place, ...] = (("eventClassification",), (), ("payload",), ("metadata",))
_BOXES: tuple[Place, ...] = (("equipmentDetails",), (), ("payload",))
_CALLS: tuple[Place, ...] = (("transportDetails", "transportCall"), ("transportCall",), ("payload", "transportCall"))
_VESSELS = tuple((*call, vessel) for call in _CALLS for vessel in ("vesselTransport", "vessel"))
_LOCATIONS: tuple[Place, ...] = (
    ("eventLocation",),
    ("payload", "eventLocation"),
    *((*call, "location") for call in _CALLS),
    *_CALLS,
)


def _at(roots: tuple[Place, ...], *names: str) -> tuple[Place, ...]:
    return tuple((*root, *name.split(".")) for root in roots for name in names)


# Our name of each field, and where it may stand, the best place first.
_PLACES: dict[str, tuple[Place, ...]] = {
    "eventID": _at(((), ("metadata",)), "eventID"),
    "isRetracted": _at(((), ("metadata",)), "isRetracted"),
    "retractedEventID": _at((("metadata",), ()), "retractedEventID"),
    "eventDateTime": _at(_OPEN, "eventDateTime"),
    "eventCreatedDateTime": _at(((), ("metadata",)), "eventUpdatedDateTime", "eventCreatedDateTime"),
    "eventType": _at(_KINDS, "eventType", "eventTypeCode"),
    "eventClassifierCode": _at(_KINDS, "eventClassifier", "eventClassifierCode"),
    "equipmentEventTypeCode": _at(_KINDS, "equipmentEventType", "equipmentEventTypeCode"),
    "transportEventTypeCode": _at(_KINDS, "transportEventType", "transportEventTypeCode"),
    "shipmentEventTypeCode": _at(_KINDS, "shipmentEventType", "shipmentEventTypeCode"),
    "documentTypeCode": _at((("shipmentDetails", "documentReference"),), "type", "typeCode")
    + _at(_OPEN, "documentTypeCode"),
    "equipmentReference": _at(_BOXES, "equipmentReference"),
    "ISOEquipmentCode": _at(_BOXES, "ISOEquipmentCode"),
    "emptyIndicatorCode": _at(_BOXES, "emptyIndicator", "emptyIndicatorCode"),
    "movementType": _at(_BOXES, "transportPhase", "movementType"),
    "UNLocationCode": _at(_LOCATIONS, "UNLocationCode"),
    "facilityCode": _at(_LOCATIONS, "facility.facilityCode", "facilityCode"),
    "modeOfTransport": _at(_CALLS, "modeOfTransport"),
    "vesselIMONumber": _at(_VESSELS, "vesselIMONumber"),
    "vesselName": _at(_VESSELS, "vesselName"),
    "callSign": _at(_VESSELS, "vesselCallSign", "vesselCallSignNumber"),
    "importVoyage": _at(
        _CALLS,
        "importVoyageNumberOrReference.carrierVoyageNumber",
        "importVoyageNumberOrReference.universalVoyageReference",
        "importVoyageNumber",
        "carrierImportVoyageNumber",
    ),
    "exportVoyage": _at(
        _CALLS,
        "exportVoyageNumberOrReference.carrierVoyageNumber",
        "exportVoyageNumberOrReference.universalVoyageReference",
        "exportVoyageNumber",
        "carrierExportVoyageNumber",
        "carrierVoyageNumber",
    ),
    "truckPlate": _at(_CALLS, "truckTransport.tractorDetails.licensePlate"),
}
# How T&T 3.0 spells what its drafts and 2.2 write as codes; our facts keep the codes.
WORDS: dict[str, dict[str, str]] = {
    "eventClassifierCode": {"ACTUAL": "ACT", "ESTIMATED": "EST", "PLANNED": "PLN"},
    "equipmentEventTypeCode": {
        "AVAILABLE_FOR_DROP_OFF": "AVDO",
        "AVAILABLE_FOR_PICKUP": "AVPU",
        "CROSSED": "CROS",
        "CUSTOMS_RELEASED": "CUSR",
        "CUSTOMS_SELECTED_FOR_INSPECTION": "CUSI",
        "CUSTOMS_SELECTED_FOR_SCAN": "CUSS",
        "DISCHARGED": "DISC",
        "DROPPED_OFF": "DROP",
        "GATED_IN": "GTIN",
        "GATED_OUT": "GTOT",
        "INSPECTED": "INSP",
        "LOADED": "LOAD",
        "PICKED_UP": "PICK",
        "REMOVED": "RMVD",
        "RESEALED": "RSEA",
        "STRIPPED": "STRP",
        "STUFFED": "STUF",
    },
    "transportEventTypeCode": {"ARRIVED": "ARRI", "DEPARTED": "DEPA"},
    "shipmentEventTypeCode": {
        "CANCELLED": "CANC",
        "ON_HOLD": "HOLD",
        "PENDING_APPROVAL": "PENA",
        "RECEIVED": "RECE",
        "REJECTED": "REJE",
        "RELEASED": "RELS",
        "SUBMITTED": "SUBM",
        "VOIDED": "VOID",
    },
    "documentTypeCode": {"CUSTOMS_CLEARANCE": "CUC", "DELIVERY_ORDER": "DEO", "TRANSPORT_DOCUMENT": "TRD"},
}
_DOCUMENTS: tuple[Place, ...] = (
    ("shipmentDetails", "documentReference"),
    ("shipmentDetails", "additionalDocumentReferences"),
    *_at(_OPEN, "documentReferences", "relatedDocumentReferences"),
)
_BILLS = ("TRANSPORT_DOCUMENT", "TRD")
_BOOKINGS = ("BOOKING", "BKG")


class EventWire(Wire):
    """What every event has; null is the same as absent."""

    event_id: Annotated[EventID | None, Field(alias="eventID")] = None
    event_type: Code | None = None
    event_date_time: Moment
    event_created_date_time: Moment | None = None
    event_classifier_code: Classifier
    un_location_code: LocationCode | None = None
    facility_code: Code | None = None
    transport_document_reference: DocumentReference | None = None


class VesselWire(EventWire):
    """An event that may name a vessel's call."""

    mode_of_transport: TransportMode | None = None
    vessel_imo_number: ImoNumber | None = None
    vessel_name: Name | None = None
    call_sign: CallSign | None = None
    import_voyage: Voyage | None = None
    export_voyage: Voyage | None = None


class EquipmentWire(VesselWire):
    """EQUIPMENT: something happened to a container."""

    equipment_event_type_code: EquipmentEventType
    equipment_reference: ContainerNumber
    iso_equipment_code: SizeType | None = None
    empty_indicator_code: Ladenness | None = None
    movement_type: MovementType | None = None
    truck_plate: Code | None = None
    seals: Annotated[tuple[Code, ...], Field(max_length=20)] = ()


class TransportWire(VesselWire):
    """TRANSPORT: a means of transport arrived or departed."""

    transport_event_type_code: Code


class ShipmentWire(EventWire):
    """SHIPMENT: a document was issued, released, voided …"""

    shipment_event_type_code: Code
    document_type_code: Code | None = None
    equipment_reference: ContainerNumber | None = None


class RetractionWire(Wire):
    """An event taken back; its other fields are of no account, by T&T 3.0."""

    event_id: Annotated[EventID | None, Field(alias="eventID")] = None
    retracted_event_id: Annotated[EventID | None, Field(alias="retractedEventID")] = None
    is_retracted: Flag | None = None
    event_created_date_time: Moment | None = None


def flatten(told: dict[str, Any]) -> dict[str, Any]:
    """The event's fields under our names, each from the best place that has it, codes for words."""
    flat = {name: value for name, places in _PLACES.items() if (value := _find(told, places)) is not None}
    for name, words in WORDS.items():
        value = flat.get(name)
        if isinstance(value, str):
            flat[name] = words.get(value, value)
    # Several modes at once say nothing of the one.
    if flat.get("modeOfTransport") == "MULTIMODAL":
        del flat["modeOfTransport"]
    references = _read_references(told)
    bill = next((references[kind] for kind in (*_BILLS, *_BOOKINGS) if kind in references), None)
    return flat | ({"transportDocumentReference": bill} if bill is not None else {}) | _read_seals(told)


def _find(told: dict[str, Any], places: tuple[Place, ...]) -> Any:  # JSON: anything may stand there
    for place in places:
        found: Any = told
        for name in place:
            found = found.get(name) if isinstance(found, dict) else None
        if found is not None:
            return found
    return None


def _read_references(told: dict[str, Any]) -> dict[str, Any]:
    """Document references by their type; the first of a type counts."""
    found: dict[str, Any] = {}
    for place in _DOCUMENTS:
        listed = _find(told, (place,))
        for one in listed if isinstance(listed, list) else [listed]:
            if isinstance(one, dict):
                kind = _find(one, (("type",), ("typeCode",), ("documentReferenceType",)))
                value = _find(one, (("reference",), ("value",), ("documentReferenceValue",)))
                if isinstance(kind, str) and value is not None:
                    found.setdefault(kind, value)
    return found


def _read_seals(told: dict[str, Any]) -> dict[str, Any]:
    listed = _find(told, _at(_BOXES, "seals"))
    if listed is None:
        return {}
    if not isinstance(listed, list):
        return {"seals": listed}
    return {"seals": [_find(one, (("number",), ("sealNumber",))) if isinstance(one, dict) else one for one in listed]}
