"""Tracks as DCSA Track & Trace 3.0 events: where each field stands, and the standard's words for its codes.

What is not known, or not for the viewer, is absent.  An event keeps its eventID for life and overrides what it said
before by a later eventUpdatedDateTime; of a retracted one only what identifies it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from adapters.dcsa_wire import WORDS
from events.types import MovementType
from port.tracks import Track, TrackBox, TrackCall, TrackKind, TrackPaper

Wire = dict[str, Any]  # JSON as it leaves

_SPELLED = {name: {code: word for word, code in words.items()} for name, words in WORDS.items()}
_TYPES = {
    TrackKind.EQUIPMENT: ("equipmentEventType", _SPELLED["equipmentEventTypeCode"]),
    TrackKind.TRANSPORT: ("transportEventType", _SPELLED["transportEventTypeCode"]),
    TrackKind.SHIPMENT: ("shipmentEventType", _SPELLED["shipmentEventTypeCode"]),
}
# A restow, storage and what stays in the country are no phase of a transport.
_PHASES = (MovementType.IMPORT, MovementType.EXPORT, MovementType.TRANSSHIPMENT)
# Terminal codes of SMDG have up to six characters; those of BIC are a UN/LOCODE and four more.
_CODE_LISTS = (("BIC", re.compile(r"[A-Z]{2}[A-Z2-9]{3}[A-Z0-9]{4}")), ("SMDG", re.compile(r"[A-Z0-9]{2,6}")))


def event(track: Track, *, port_un_location_code: str) -> Wire:
    """One event; what happened in the port without saying where gets the port's own UN/LOCODE."""
    told = {
        "eventID": track.event_id,
        "isRetracted": track.is_retracted,
        "eventDateTime": time(track.at),
        "eventUpdatedDateTime": time(track.updated_at),
        "eventClassification": _classification(track),
    }
    if track.is_retracted:
        return told | _said(equipmentDetails=track.box and {"equipmentReference": track.box.container_number})
    return told | _said(
        eventLocation=_location(track, port_un_location_code),
        shipmentDetails=_shipment(track.papers),
        transportDetails=_said(transportCall=track.call and _transport_call(track.call, track.facility_code)),
        equipmentDetails=track.box and _equipment(track.box),
    )


def time(at: datetime) -> str:
    """RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _said(**named: object) -> Wire:
    """Without what there is nothing to say of."""
    return {name: value for name, value in named.items() if value not in (None, "", [], {}, ())}


def _classification(track: Track) -> Wire:
    name, words = _TYPES[track.kind]
    return {
        "eventType": track.kind.value,
        "eventClassifier": _SPELLED["eventClassifierCode"][track.classifier.value],
        name: words[track.type_code],
    }


def _location(track: Track, port_un_location_code: str) -> Wire:
    code = track.un_location_code or (port_un_location_code if track.is_at_port else None)
    return _said(UNLocationCode=code, facility=track.facility_code and _facility(track.facility_code))


def _facility(code: str) -> Wire:
    provider = next((name for name, form in _CODE_LISTS if form.fullmatch(code)), None)
    return {"facilityName": code} if provider is None else {"facilityCode": code, "facilityCodeListProvider": provider}


def _shipment(papers: Iterable[TrackPaper]) -> Wire:
    references = [_said(type=_SPELLED["documentTypeCode"][p.type_code], reference=p.reference) for p in papers]
    return _said(documentReference=next(iter(references), None), additionalDocumentReferences=references[1:])


def _equipment(box: TrackBox) -> Wire:
    return _said(
        equipmentReference=box.container_number,
        ISOEquipmentCode=box.iso_equipment_code,
        emptyIndicator=box.empty_indicator and box.empty_indicator.value,
        transportPhase=box.movement_type.value if box.movement_type in _PHASES else None,
        seals=[{"number": number} for number in box.seals],
    )


def _transport_call(call: TrackCall, facility_code: str | None) -> Wire:
    stay = call.visit_reference
    return _said(
        transportCallReference=stay and (f"{stay}/{facility_code}" if facility_code else stay),
        modeOfTransport=call.mode and call.mode.value,
        portVisitReference=stay,
        exportVoyageNumberOrReference=_said(carrierVoyageNumber=call.export_voyage),
        importVoyageNumberOrReference=_said(carrierVoyageNumber=call.import_voyage),
        vesselTransport=_said(
            vesselIMONumber=call.vessel_imo_number,
            vesselName=call.vessel_name,
            vesselCallSign=call.call_sign,
        ),
        truckTransport=_said(tractorDetails=_said(licensePlate=call.truck_plate)),
    )
