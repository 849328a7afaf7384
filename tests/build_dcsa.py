"""DCSA Track & Trace 3.0 in our own schema: its names, codes and forms, closed, so that nothing else can slip out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
from jsonschema import Draft202012Validator, FormatChecker

from build_port import TestPort

EVENTS = "/dcsa/tnt/v3/events"
Event = dict[str, Any]


def closed(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "required": list(required),
        "properties": properties,
    }


TEXT = {"type": "string", "minLength": 1, "maxLength": 100}
MOMENT = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$",
}
SHIPMENT_TYPES = ["CANCELLED", "ON_HOLD", "PENDING_APPROVAL", "RECEIVED", "REJECTED", "RELEASED", "SUBMITTED", "VOIDED"]
EQUIPMENT_TYPES = [
    "AVAILABLE_FOR_DROP_OFF",
    "AVAILABLE_FOR_PICKUP",
    "CROSSED",
    "CUSTOMS_RELEASED",
    "CUSTOMS_SELECTED_FOR_INSPECTION",
    "CUSTOMS_SELECTED_FOR_SCAN",
    "DISCHARGED",
    "DROPPED_OFF",
    "GATED_IN",
    "GATED_OUT",
    "INSPECTED",
    "LOADED",
    "PICKED_UP",
    "REMOVED",
    "RESEALED",
    "STRIPPED",
    "STUFFED",
]
REFERENCE = closed(
    ("type",),
    type={"enum": ["CUSTOMS_CLEARANCE", "DELIVERY_ORDER", "TRANSPORT_DOCUMENT", "BOOKING"]},
    reference=TEXT,
)
VOYAGE = closed(("carrierVoyageNumber",), carrierVoyageNumber=TEXT)
CALL = closed(
    transportCallReference=TEXT,
    modeOfTransport={"enum": ["VESSEL", "RAIL", "TRUCK", "BARGE", "MULTIMODAL"]},
    portVisitReference=TEXT,
    exportVoyageNumberOrReference=VOYAGE,
    importVoyageNumberOrReference=VOYAGE,
    vesselTransport=closed(
        vesselIMONumber={"type": "string", "pattern": "^[0-9]{7}$"}, vesselName=TEXT, vesselCallSign=TEXT
    ),
    truckTransport=closed(tractorDetails=closed(licensePlate=TEXT)),
)
BOX = closed(
    ("equipmentReference",),
    equipmentReference={"type": "string", "pattern": "^[A-Z]{3}[UJZ][0-9]{7}$"},
    ISOEquipmentCode={"type": "string", "pattern": "^[0-9A-Z]{4}$"},
    emptyIndicator={"enum": ["EMPTY", "LADEN"]},
    transportPhase={"enum": ["EXPORT", "IMPORT", "TRANSSHIPMENT"]},
    seals={"type": "array", "minItems": 1, "items": closed(("number",), number=TEXT)},
)
LOCATION = closed(
    UNLocationCode={"type": "string", "pattern": "^[A-Z]{2}[A-Z2-9]{3}$"},
    facility={
        "oneOf": [
            closed(
                ("facilityCode", "facilityCodeListProvider"),
                facilityCode=TEXT,
                facilityCodeListProvider={"enum": ["SMDG", "BIC"]},
            ),
            closed(("facilityName",), facilityName=TEXT),
        ]
    },
)
CLASSES = [
    closed(
        ("eventType", "eventClassifier", name),
        eventType={"const": kind},
        eventClassifier={"enum": ["ACTUAL", "ESTIMATED", "PLANNED"]},
        **{name: {"enum": types}},
    )
    for kind, name, types in (
        ("EQUIPMENT", "equipmentEventType", EQUIPMENT_TYPES),
        ("TRANSPORT", "transportEventType", ["APPROACHING", "ARRIVED", "DEPARTED"]),
        ("SHIPMENT", "shipmentEventType", SHIPMENT_TYPES),
    )
]
IDENTIFIED = ("eventID", "isRetracted", "eventDateTime", "eventUpdatedDateTime", "eventClassification")
NAMED = {
    "eventID": TEXT,
    "eventDateTime": MOMENT,
    "eventUpdatedDateTime": MOMENT,
    "eventClassification": {"oneOf": CLASSES},
}
STANDING = closed(
    IDENTIFIED,
    **NAMED,
    isRetracted={"const": False},
    eventLocation=LOCATION,
    shipmentDetails=closed(
        ("documentReference",),
        documentReference=REFERENCE,
        additionalDocumentReferences={"type": "array", "minItems": 1, "items": REFERENCE},
    ),
    transportDetails=closed(("transportCall",), transportCall=CALL),
    equipmentDetails=BOX,
) | {
    # What each type of event is about.
    "allOf": [
        {
            "if": {"properties": {"eventClassification": {"properties": {"eventType": {"const": kind}}}}},
            "then": {"required": [part, *more]},
        }
        for kind, part, more in (
            ("EQUIPMENT", "equipmentDetails", []),
            ("TRANSPORT", "transportDetails", ["eventLocation"]),
            ("SHIPMENT", "shipmentDetails", []),
        )
    ]
}
RETRACTED = closed(
    IDENTIFIED,
    **NAMED,
    isRetracted={"const": True},
    equipmentDetails=closed(("equipmentReference",), equipmentReference=TEXT),
)
FEEDBACK = closed(
    ("severity", "message"), severity={"enum": ["ERROR", "WARN", "INFO"]}, message={"type": "string"}, propertyPath=TEXT
)
ANSWER = closed(
    ("events",),
    events={"type": "array", "items": {"oneOf": [STANDING, RETRACTED]}},
    feedbackElements={"type": "array", "minItems": 1, "items": FEEDBACK},
)
ERROR = {
    "type": "object",
    "required": ["feedbackElements"],
    "properties": {"feedbackElements": {"type": "array", "minItems": 1, "items": FEEDBACK}},
}


def check(told: object, schema: dict[str, Any] = ANSWER) -> None:
    """Fails when it is not what the standard says."""
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(told)


def ask(port: TestPort, role: str = "customs", party: str | None = None, **asked: Any) -> httpx.Response:
    """An answer of the standard's shape."""
    answer = port.client.get(EVENTS, params=asked, headers=port.headers(role, party))
    assert answer.status_code == 200, answer.text
    assert answer.headers["API-Version"] == "3.0.0"
    check(answer.json())
    return answer


def events(port: TestPort, role: str = "customs", party: str | None = None, **asked: Any) -> list[Event]:
    """All events there are, page after page."""
    return [event for page in pages(port, role, party, **asked) for event in page]


def pages(port: TestPort, role: str = "customs", party: str | None = None, **asked: Any) -> Iterator[list[Event]]:
    """Each page's events, until one comes without a cursor."""
    cursor: dict[str, str] = {}
    while True:
        answer = ask(port, role, party, **asked, **cursor)
        yield answer.json()["events"]
        if "Next-Page-Cursor" not in answer.headers:
            return
        cursor = {"cursor": answer.headers["Next-Page-Cursor"]}


def kind(event: Event) -> str:
    """In short: DISCHARGED, ESTIMATED ARRIVED, RETRACTED GATED_IN."""
    told = event["eventClassification"]
    word = next(value for name, value in told.items() if name.endswith("EventType"))
    marks = [told["eventClassifier"]] if told["eventClassifier"] != "ACTUAL" else []
    return " ".join((["RETRACTED"] if event["isRetracted"] else []) + marks + [word])


def kinds(told: list[Event]) -> list[str]:
    return [kind(event) for event in told]


def merged(told: list[Event]) -> dict[str, Event]:
    """What a consumer holds in the end: of each eventID the last version, without what was retracted."""
    held = {event["eventID"]: event for event in told}
    return {event_id: event for event_id, event in held.items() if not event["isRetracted"]}
