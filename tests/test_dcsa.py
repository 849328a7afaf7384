from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.dcsa_wire import WORDS
from adapters.rejection import Reason
from build_dcsa_told import CALL, CARRIER, FLAT, ORDER, without
from build_formats import NOW, decode, facts, kept, local, reasons, sender, warned
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
