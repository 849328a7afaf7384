"""An event of the gate JSON with all it may say, one with all it must, and the message around them."""

from __future__ import annotations

from typing import Any

WHOLE = {
    "eventType": "EQUIPMENT",
    "equipmentEventTypeCode": "GTIN",
    "eventClassifierCode": "ACT",
    "eventDateTime": "2026-11-20T15:04:05+08:00",
    "eventCreatedDateTime": "2026-11-20T07:10:00Z",
    "equipmentReference": "xmlu 104477-3",
    "ISOEquipmentCode": "45R1",
    "emptyIndicatorCode": "LADEN",
    "movementType": "EXPORT",
    "modeOfTransport": "TRUCK",
    "facilityCode": "XMEG",
    "toFacilityCode": None,
    "UNLocationCode": "cnxmn",
    "vesselIMONumber": "IMO 9123453",
    "callSign": "bqax7",
    "vesselName": "Egret Island",
    "voyage": "119e",
    "transportDocumentReference": "xmln26110042",
    "seals": ["AB123", ""],
    "grossMassKg": 24310,
    "vgmKg": 24310.5,
    "truckPlate": "闽D88210",
    "position": "GATE 3",
    "dangerousGoods": [{"unNumber": "1263", "imoClass": "3"}],
    "reefer": {"setPointCelsius": -18.0},
}
MOVED = {
    "equipmentEventTypeCode": "DISC",
    "eventDateTime": "2026-11-20T15:04:05+08:00",
    "equipmentReference": "XMLU1044773",
}


def gate(*events: Any) -> dict[str, Any]:
    """A message of those events."""
    return {"messageID": "EG-1", "events": list(events)}


def moved(**changed: Any) -> dict[str, Any]:
    """The event with all it must say, and with what is changed."""
    return {**MOVED, **changed}
