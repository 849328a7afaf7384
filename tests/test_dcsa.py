from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.dcsa_wire import WORDS
from adapters.rejection import Reason, Rejected
from build_formats import NOW, decode, facts, kept, local, outcomes, reasons, refusal, sender, warned
from build_port import TestPort
from events.types import (
    CarrierReleaseReported,
    CarrierReleaseStatus,
    Classifier,
    DocumentFunction,
    EquipmentEvent,
    EquipmentEventType,
    Ladenness,
    MovementType,
    ReportedDocument,
    TransportMode,
    VesselCallReported,
    VesselRef,
    Withdrawal,
)
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


def test_the_events_of_a_carrier_of_every_kind():
    items = decode("dcsa", kept("dcsa/events.json"), CARRIER)
    assert [getattr(item, "fact", None) for item in items] == [
        EquipmentEvent(
            type_code=EquipmentEventType.DISC,
            container_number="LJGU1200453",
            event_datetime=local("2026-11-21T09:52"),
            event_created_datetime=local("2026-11-21T10:05"),
            un_location_code="CNXMN",
            vessel=VesselRef(vessel_imo_number="9123453", call_sign="BQAX7", vessel_name="EGRET ISLAND", voyage="118W"),
            transport_document_reference="EGLV26110071",
            iso_equipment_code="45G1",
            empty_indicator=Ladenness.LADEN,
            movement_type=MovementType.IMPORT,
            mode_of_transport=TransportMode.VESSEL,
            seals=("XM771",),
            position="EGGT",
            document=ReportedDocument(
                message_type="DCSA", reference="egl-118w-LJGU1200453-disc", function=DocumentFunction.REPLACE
            ),
        ),
        VesselCallReported(
            vessel_imo_number="9123453",
            vessel_name="EGRET ISLAND",
            import_voyage="118W",
            ata=local("2026-11-21T08:10"),
        ),
        CarrierReleaseReported(
            transport_document_reference="EGLV26110071",
            status=CarrierReleaseStatus.RELEASED,
            released_at=local("2026-11-21T10:00"),
        ),
        None,
        Withdrawal(
            event_created_datetime=local("2026-11-21T11:00"),
            document=ReportedDocument(
                message_type="DCSA", reference="egl-118w-HTSU4088627-gtin", function=DocumentFunction.CANCEL
            ),
        ),
    ]
    assert reasons(items) == [(Reason.UNKNOWN_CODE, "events[3].eventType")]
    assert warned(items) == []


GATED_IN = EquipmentEvent(
    type_code=EquipmentEventType.GTIN,
    container_number="LJGU1200453",
    event_datetime=local("2026-11-21T09:52"),
    event_created_datetime=local("2026-11-21T10:05"),
    un_location_code="CNXMN",
    vessel=VesselRef(vessel_imo_number="9123453", voyage="119E"),
    transport_document_reference="EGLB77001",
    iso_equipment_code="45G1",
    empty_indicator=Ladenness.LADEN,
    mode_of_transport=TransportMode.TRUCK,
    seals=("XM771",),
    document=ReportedDocument(message_type="DCSA", reference="E-1", function=DocumentFunction.REPLACE),
)


def test_a_flat_event_reads_like_one_of_metadata_and_payload():
    described = ("eventID", "eventType", "eventCreatedDateTime")
    nested = {
        "metadata": {name: FLAT[name] for name in described},
        "payload": {name: value for name, value in FLAT.items() if name not in described},
    }
    assert facts(decode("dcsa", FLAT, CARRIER)) == [GATED_IN]
    assert facts(decode("dcsa", {"events": [nested]}, CARRIER)) == [GATED_IN]
    assert facts(decode("dcsa", without(FLAT, "eventType"), CARRIER)) == [GATED_IN]


@pytest.mark.parametrize(("word", "code"), WORDS["equipmentEventTypeCode"].items())
def test_a_word_of_the_standard_is_its_code(word, code):
    [fact] = facts(decode("dcsa", FLAT | {"equipmentEventTypeCode": word}, CARRIER))
    assert fact.type_code == EquipmentEventType(code)


def test_every_movement_has_a_word():
    assert set(WORDS["equipmentEventTypeCode"].values()) == {code.value for code in EquipmentEventType}


@pytest.mark.parametrize(
    ("by", "location", "facility", "place"),
    [
        (CARRIER, "CNXMN", None, (None, True, None)),
        (CARRIER, "NLRTM", None, (None, False, None)),
        (CARRIER, None, None, (None, False, None)),
        (CARRIER, "CNXMN", "NOBODYS", (None, True, "NOBODYS")),
        (sender(Role.CARRIER, known_facilities=frozenset({"XMHT"})), None, "XMHT", ("XMHT", True, None)),
        (sender(), None, None, ("XMEG", True, None)),
        (sender(), "CNXMN", "XMEG", ("XMEG", True, None)),
        (sender(), "CNXMN", "ROW 9", ("XMEG", True, "ROW 9")),
        (sender(), "NLRTM", None, (None, False, None)),
    ],
)
def test_where_it_happened_is_told_by_the_port_else_by_the_facility(by, location, facility, place):
    event = without(FLAT, "eventLocation") | {"eventLocation": {"UNLocationCode": location, "facilityCode": facility}}
    [fact] = facts(decode("dcsa", event, by))
    assert (fact.facility_code, fact.is_at_port, fact.position) == place


@pytest.mark.parametrize(
    ("told", "times"),
    [
        ({}, {"eta": local("2026-11-23T09:52")}),
        ({"eventClassifierCode": "PLN"}, {"eta": local("2026-11-23T09:52")}),
        (
            {
                "eventClassifierCode": "ACT",
                "transportEventTypeCode": "DEPA",
                "eventDateTime": "2026-11-21T09:52:00+08:00",
            },
            {"atd": local("2026-11-21T09:52")},
        ),
    ],
)
def test_arrivals_and_departures_are_calls_of_the_vessel(told, times):
    assert facts(decode("dcsa", CALL | told, CARRIER)) == [
        VesselCallReported(vessel_imo_number="9123453", export_voyage="118W", **times)
    ]


def test_a_voided_delivery_order_takes_the_release_back():
    told = ORDER | {"shipmentEventTypeCode": "VOIDED", "equipmentReference": "LJGU1200453"}
    assert facts(decode("dcsa", told, CARRIER)) == [
        CarrierReleaseReported(
            transport_document_reference="EGLV26110071",
            containers=("LJGU1200453",),
            status=CarrierReleaseStatus.REVOKED,
            released_at=local("2026-11-21T09:52"),
        )
    ]


def test_a_retraction_needs_nothing_but_the_event_it_names():
    assert facts(decode("dcsa", {"eventID": "E-1", "isRetracted": True, "eventDateTime": "?"}, CARRIER)) == [
        Withdrawal(
            event_created_datetime=NOW,
            document=ReportedDocument(message_type="DCSA", reference="E-1", function=DocumentFunction.CANCEL),
        )
    ]
    [older] = facts(decode("dcsa", {"events": [{"metadata": {"eventID": "E-2", "retractedEventID": "E-1"}}]}, CARRIER))
    assert older.document.reference == "E-1"


def test_an_event_no_longer_retracted_is_told_anew():
    assert facts(decode("dcsa", FLAT | {"isRetracted": False}, CARRIER)) == [GATED_IN]


@pytest.mark.parametrize(
    ("event", "by", "reason", "where"),
    [
        (FLAT | {"equipmentReference": "LJGU1200454"}, CARRIER, Reason.BAD_CONTAINER_NUMBER, "equipmentReference"),
        (without(FLAT, "equipmentReference"), CARRIER, Reason.FIELD_MISSING, "equipmentReference"),
        (without(FLAT, "eventClassifierCode"), CARRIER, Reason.FIELD_MISSING, "eventClassifierCode"),
        (FLAT | {"eventClassifierCode": "REQ"}, CARRIER, Reason.UNKNOWN_CODE, "eventClassifierCode"),
        (FLAT | {"equipmentEventTypeCode": "FLEW"}, CARRIER, Reason.UNKNOWN_CODE, "equipmentEventTypeCode"),
        (FLAT | {"eventType": "IOT"}, CARRIER, Reason.UNKNOWN_CODE, "eventType"),
        (FLAT | {"eventType": ["EQUIPMENT"]}, CARRIER, Reason.UNKNOWN_CODE, "eventType"),
        (
            without(without(FLAT, "eventType"), "equipmentEventTypeCode"),
            CARRIER,
            Reason.FIELD_MISSING,
            "eventType",
        ),
        (without(FLAT, "eventDateTime"), CARRIER, Reason.TIME_MISSING, "eventDateTime"),
        (FLAT | {"eventDateTime": "2026-11-21T09:52:00"}, CARRIER, Reason.TIME_WITHOUT_ZONE, "eventDateTime"),
        (FLAT | {"eventDateTime": "2026-11-21"}, CARRIER, Reason.DATE_WITHOUT_TIME, "eventDateTime"),
        (FLAT | {"eventDateTime": "2026-12-21T09:52:00Z"}, CARRIER, Reason.FUTURE_TIME, "eventDateTime"),
        (FLAT | {"eventID": "x" * 201}, CARRIER, Reason.BAD_VALUE, "eventID"),
        (FLAT | {"eventID": "a\u0000"}, CARRIER, Reason.BAD_VALUE, "eventID"),
        (FLAT | {"seals": "XM771"}, CARRIER, Reason.BAD_VALUE, "seals"),
        (
            FLAT,
            sender(facilities=frozenset({"XMEG", "XMNW"})),
            Reason.FACILITY_MISSING,
            "facilityCode",
        ),
        (
            FLAT | {"eventLocation": {"UNLocationCode": "CNXMN", "facilityCode": "XMHT"}},
            sender(known_facilities=frozenset({"XMHT"})),
            Reason.FOREIGN_FACILITY,
            "facilityCode",
        ),
        (CALL | {"transportEventTypeCode": "APPROACHING"}, CARRIER, Reason.UNKNOWN_CODE, "transportEventTypeCode"),
        (CALL | {"transportEventTypeCode": "DEPA"}, CARRIER, Reason.UNKNOWN_CODE, "transportEventTypeCode"),
        (CALL | {"eventClassifierCode": "ACT"}, CARRIER, Reason.FUTURE_TIME, "eventDateTime"),
        (without(CALL, "transportCall"), CARRIER, Reason.FIELD_MISSING, "vesselIMONumber"),
        (CALL | {"transportCall": {"modeOfTransport": "RAIL"}}, CARRIER, Reason.UNKNOWN_CODE, "modeOfTransport"),
        (CALL | {"eventLocation": {"UNLocationCode": "NLRTM"}}, CARRIER, Reason.BAD_VALUE, "UNLocationCode"),
        (
            CALL | {"transportCall": {"exportVoyageNumber": "118W"}},
            CARRIER,
            Reason.FIELD_MISSING,
            "UNLocationCode",
        ),
        (ORDER | {"documentTypeCode": "BKG"}, CARRIER, Reason.UNKNOWN_CODE, "shipmentEventTypeCode"),
        (ORDER | {"shipmentEventTypeCode": "CONF"}, CARRIER, Reason.UNKNOWN_CODE, "shipmentEventTypeCode"),
        (ORDER | {"eventClassifierCode": "EST"}, CARRIER, Reason.UNKNOWN_CODE, "shipmentEventTypeCode"),
        (ORDER, sender(), Reason.NOT_ALLOWED, "$"),
        (without(ORDER, "documentReferences"), CARRIER, Reason.FIELD_MISSING, "transportDocumentReference"),
        ({"isRetracted": True, "eventDateTime": None}, CARRIER, Reason.FIELD_MISSING, "eventID"),
        ({"eventID": "E-1", "isRetracted": "yes"}, CARRIER, Reason.BAD_VALUE, "isRetracted"),
    ],
)
def test_what_is_refused_says_why_and_where(event, by, reason, where):
    assert reasons(decode("dcsa", event, by)) == [(reason, where)]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", Reason.NOT_JSON),
        (b"[]", Reason.BAD_VALUE),
        ({"events": {}}, Reason.BAD_VALUE),
        ({"events": []}, Reason.NO_ITEMS),
        ({"events": [], "more": 1}, Reason.UNKNOWN_FIELD),
        ({"messageID": ""}, Reason.BAD_VALUE),
        ({"events": [{}] * 10_001}, Reason.TOO_MANY_ITEMS),
        (kept("dcsa/events.json")[:-40], Reason.NOT_JSON),
    ],
)
def test_a_body_that_cannot_be_cut_into_events_is_refused_whole(body, reason):
    assert refusal("dcsa", body, CARRIER).reason is reason


def test_a_wrong_event_does_not_touch_its_neighbours():
    items = decode("dcsa", {"events": [FLAT, 7, None, FLAT]}, CARRIER)
    assert outcomes(items) == [
        ("events[0]", "LJGU1200453"),
        ("events[1]", "BAD_VALUE"),
        ("events[2]", "FIELD_MISSING"),
        ("events[3]", "LJGU1200453"),
    ]


def test_odd_sizes_and_ships_are_remarked_on():
    event = FLAT | {"ISOEquipmentCode": "2200", "transportCall": {"vessel": {"vesselIMONumber": "9123454"}}}
    assert [reason for reason, _ in warned(decode("dcsa", event, CARRIER))] == ["OLD_SIZE_CODE", "BAD_VESSEL_NUMBER"]


def test_the_same_body_twice_gives_the_same_items():
    body = kept("dcsa/events.json")
    assert decode("dcsa", body, CARRIER) == decode("dcsa", body, CARRIER)


def test_a_plan_says_so_and_may_lie_ahead():
    [fact] = facts(
        decode("dcsa", FLAT | {"eventClassifierCode": "PLANNED", "eventDateTime": "2026-12-01T00:00:00Z"}, CARRIER)
    )
    assert (fact.classifier, fact.event_datetime) == (Classifier.PLN, datetime(2026, 12, 1, tzinfo=UTC))


def states(port: TestPort) -> list[tuple[str, str]]:
    lines = port.get("/v1/containers/LJGU1200453/timeline", role="customs").json()["lines"]
    return [(line["at"][11:16], line["state"]) for line in lines if line["type"] == "GTIN"]


def test_an_event_told_again_replaces_itself_and_may_be_retracted_and_told_once_more(port: TestPort):
    def tell(updated: str, **more: Any) -> None:
        told = FLAT | {"eventCreatedDateTime": f"2026-11-21T{updated}:00+08:00"} | more
        assert port.push("dcsa", told, role="carrier").status_code == 200

    tell("10:05")
    tell("10:20", eventDateTime="2026-11-21T09:40:00+08:00")
    assert states(port) == [("01:40", "CURRENT"), ("01:52", "SUPERSEDED")]
    tell("10:10", eventDateTime="2026-11-21T09:30:00+08:00")
    assert ("01:40", "CURRENT") in states(port), "an older update that comes late changes nothing"
    tell("10:30", isRetracted=True)
    assert {state for _, state in states(port)} == {"RETRACTED"}
    tell("10:40", isRetracted=False)
    assert [at for at, state in states(port) if state == "CURRENT"] == ["01:52"]


def test_texts_come_as_they_were_escaped():
    told = json.loads(kept("dcsa/events.json"))["events"][0]
    told["equipmentDetails"]["seals"] = [{"number": 'A"B\\C/D'}]
    told["transportDetails"]["transportCall"]["vesselTransport"]["vesselName"] = "厦门 \U0001f6a2 Ø"
    for body in (json.dumps(told), json.dumps(told, ensure_ascii=False)):
        [fact] = facts(decode("dcsa", body.encode(), CARRIER))
        assert (fact.seals, fact.vessel.vessel_name) == (('A"B\\C/D',), "厦门 \U0001f6a2 Ø")


def test_wherever_a_body_is_cut_off_it_is_refused_whole():
    body = json.dumps({"events": [FLAT]}, ensure_ascii=False).encode()
    assert {refusal("dcsa", body[:end], CARRIER).reason for end in range(len(body))} == {Reason.NOT_JSON}


def test_a_body_and_its_lists_have_limits(port: TestPort):
    assert reasons(decode("dcsa", FLAT | {"seals": [{"sealNumber": f"S{n}"} for n in range(21)]}, CARRIER)) == [
        (Reason.BAD_VALUE, "seals")
    ]
    many = {"events": [FLAT | {"more": "x" * 1000} for _ in range(1100)]}
    answer = port.push("dcsa", many, role="carrier")
    assert (answer.status_code, answer.json()["reason"]) == (413, "BODY_TOO_LARGE")


def test_the_same_message_twice_is_told_once(port: TestPort):
    told = {"messageID": "M-1", "events": [FLAT]}
    first = port.push("dcsa", told, role="carrier").json()
    again = port.push("dcsa", told, role="carrier").json()
    assert (again["duplicate"], again["results"]) == (True, first["results"])
    assert port.push("dcsa", told | {"events": [FLAT, FLAT]}, role="carrier").status_code == 409
    port.push("dcsa", {"messageID": "M-2", "events": [FLAT]}, role="carrier")
    assert [state for _, state in states(port)].count("CURRENT") == 1


def test_whatever_of_the_standard_an_event_has_besides_is_passed_over():
    told = json.loads(kept("dcsa/events.json"))["events"][0]
    more = told | {
        "reason": "Vessel delay",
        "eventRouting": {"forwardingParties": [{"partyCode": "X"}], "destinationParties": []},
        "iotDetails": {"powerStatus": "POWER_ON"},
        "reeferDetails": {"temperatureUnit": "CEL", "alarms": []},
        "shipmentDetails": told["shipmentDetails"] | {"shipmentReferences": [{"type": "X", "reference": "Y"}]},
    }
    assert facts(decode("dcsa", more, CARRIER)) == facts(decode("dcsa", told, CARRIER))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.text(max_size=8)
    | st.sampled_from(["ACT", "EQUIPMENT", "GTIN"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *FLAT,
                    "eventClassification",
                    "equipmentDetails",
                    "metadata",
                    "payload",
                    "isRetracted",
                    "shipmentDetails",
                    "type",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(told=JSON, on_top=st.dictionaries(st.sampled_from([*FLAT, *CALL, *ORDER]), JSON, max_size=4))
def test_whatever_stands_in_an_event_gives_an_item_or_a_reason(told, on_top):
    for body in ({"events": [told, FLAT | on_top, CALL | on_top, ORDER | on_top]}, told):
        with suppress(Rejected):
            decode("dcsa", json.dumps(body).encode(), CARRIER)
