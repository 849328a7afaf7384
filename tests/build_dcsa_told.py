"""One event of each kind as a carrier tells it in DCSA's words."""

from __future__ import annotations

from typing import Any

from build_formats import sender
from port.actor import Role

CARRIER = sender(Role.CARRIER, party="EGLV")
FLAT = {
    "eventID": "E-1",
    "eventType": "EQUIPMENT",
    "eventClassifierCode": "ACT",
    "eventDateTime": "2026-11-21T09:52:00+08:00",
    "eventCreatedDateTime": "2026-11-21T10:05:00+08:00",
    "equipmentEventTypeCode": "GTIN",
    "equipmentReference": "LJGU1200453",
    "emptyIndicatorCode": "LADEN",
    "ISOEquipmentCode": "45G1",
    "eventLocation": {"UNLocationCode": "CNXMN"},
    "documentReferences": [{"documentReferenceType": "BKG", "documentReferenceValue": "EGLB77001"}],
    "transportCall": {
        "modeOfTransport": "TRUCK",
        "exportVoyageNumber": "119e",
        "vessel": {"vesselIMONumber": "9123453"},
    },
    "seals": [{"sealNumber": "XM771"}],
}
CALL = {
    "eventType": "TRANSPORT",
    "eventClassifierCode": "EST",
    "eventDateTime": "2026-11-23T09:52:00+08:00",
    "transportEventTypeCode": "ARRI",
    "transportCall": {
        "UNLocationCode": "CNXMN",
        "modeOfTransport": "VESSEL",
        "carrierVoyageNumber": "118W",
        "vessel": {"vesselIMONumber": "9123453"},
    },
}
ORDER = {
    "eventType": "SHIPMENT",
    "eventClassifierCode": "ACT",
    "eventDateTime": "2026-11-21T09:52:00+08:00",
    "shipmentEventTypeCode": "RELS",
    "documentTypeCode": "DEO",
    "documentReferences": [{"type": "TRD", "value": "EGLV26110071"}],
}


def without(event: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key != name}
