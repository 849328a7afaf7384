"""`GET /dcsa/tnt/v3/events`: what an event says, and what becomes of it when it is corrected or taken back."""

from __future__ import annotations

from typing import Any

from build_dcsa import events, kind, kinds, merged
from build_port import BILL, BOX, IMO, TestPort, at, discharged, manifest, moved
from build_traced import CALL, OTHER, STORY, imported, told


def test_the_whole_story_of_a_box_is_told_in_the_standard_s_words(either_port: TestPort):
    imported(either_port)
    assert sorted(kinds(events(either_port, "forwarder"))) == sorted(STORY)
    assert sorted(kinds(events(either_port, limit=2))) == sorted(STORY)
    assert sorted(kinds(events(either_port, "terminal", equipmentReference=BOX))) == sorted(STORY)
    assert sorted(kinds(events(either_port, "forwarder", transportDocumentReference=BILL, limit=1))) == sorted(STORY)


def test_an_event_says_all_that_was_told(port: TestPort):
    imported(port)
    [event] = [e for e in events(port, "forwarder", equipmentReference=BOX) if kind(e) == "DISCHARGED"]
    assert event == {
        "eventID": event["eventID"],
        "isRetracted": False,
        "eventDateTime": "2026-11-21T11:50:00Z",
        "eventUpdatedDateTime": "2026-11-21T12:02:00Z",
        "eventClassification": {
            "eventType": "EQUIPMENT",
            "eventClassifier": "ACTUAL",
            "equipmentEventType": "DISCHARGED",
        },
        "eventLocation": {
            "UNLocationCode": "CNXMN",
            "facility": {"facilityCode": "XMHT", "facilityCodeListProvider": "SMDG"},
        },
        "shipmentDetails": {"documentReference": {"type": "TRANSPORT_DOCUMENT", "reference": BILL}},
        "transportDetails": {
            "transportCall": {
                "importVoyageNumberOrReference": {"carrierVoyageNumber": "031W"},
                "vesselTransport": {"vesselIMONumber": IMO},
            }
        },
        "equipmentDetails": {
            "equipmentReference": BOX,
            "ISOEquipmentCode": "22G1",
            "emptyIndicator": "LADEN",
            "transportPhase": "IMPORT",
            "seals": [{"number": "AB1"}],
        },
    }


def test_a_ship_s_arrival_and_departure_are_events_of_its_call(port: TestPort):
    imported(port)
    arrival, landed, left = events(port, "forwarder", vesselIMONumber=IMO)
    assert kinds([arrival, landed, left]) == ["ESTIMATED ARRIVED", "ARRIVED", "DEPARTED"]
    stay = landed["transportDetails"]["transportCall"]["portVisitReference"]
    assert landed["transportDetails"]["transportCall"] == {
        "transportCallReference": f"{stay}/XMHT",
        "modeOfTransport": "VESSEL",
        "portVisitReference": stay,
        "importVoyageNumberOrReference": {"carrierVoyageNumber": "031W"},
        "exportVoyageNumberOrReference": {"carrierVoyageNumber": "032E"},
        "vesselTransport": {"vesselIMONumber": IMO, "vesselName": "EGRET ISLAND"},
    }
    assert port.get(f"/v1/vessel-calls/{stay}", role="forwarder").status_code == 200


def test_an_arrival_estimated_anew_is_the_same_event_updated(port: TestPort):
    port.customs(vesselCalls=[CALL | {"eta": at(-300)}])
    [first] = events(port, vesselIMONumber=IMO)
    port.clock.forward(minutes=5)
    port.customs(vesselCalls=[CALL | {"eta": at(-400)}])
    [second] = events(port, vesselIMONumber=IMO)
    assert second["eventID"] == first["eventID"]
    assert second["eventUpdatedDateTime"] > first["eventUpdatedDateTime"]
    assert (first["eventDateTime"], second["eventDateTime"]) == (at(-300), at(-400))


def test_a_correction_keeps_the_event_s_id_and_overrides_it(either_port: TestPort):
    either_port.customs(manifests=[manifest()])
    [event_id] = told(either_port, discharged(minutes_ago=10))
    [first] = events(either_port, "forwarder", eventTypes="EQUIPMENT")
    told(either_port, discharged(minutes_ago=7, supersedes=event_id))
    [second] = events(either_port, "forwarder", eventTypes="EQUIPMENT")
    assert (second["eventID"], second["isRetracted"]) == (first["eventID"], False)
    assert (first["eventDateTime"], second["eventDateTime"]) == ("2026-11-21T11:50:00Z", "2026-11-21T11:53:00Z")
    assert second["eventUpdatedDateTime"] > first["eventUpdatedDateTime"]


def test_what_is_taken_back_is_told_as_retracted_and_told_again_it_stands_again(either_port: TestPort):
    either_port.customs(manifests=[manifest()])
    told(either_port, discharged(minutes_ago=10))
    [first] = events(either_port, "forwarder", eventTypes="EQUIPMENT")
    told(either_port, discharged(minutes_ago=10, isRetracted=True))
    [gone] = events(either_port, "forwarder", eventTypes="EQUIPMENT")
    assert (gone["eventID"], gone["isRetracted"]) == (first["eventID"], True)
    assert gone["eventUpdatedDateTime"] > first["eventUpdatedDateTime"]
    assert set(gone) == {
        "eventID", "isRetracted", "eventDateTime", "eventUpdatedDateTime", "eventClassification", "equipmentDetails",
    }  # fmt: skip
    told(either_port, discharged(minutes_ago=10), role="terminal", party="OTHERQUAY")
    again = {e["eventID"]: e for e in events(either_port, "customs", eventTypes="EQUIPMENT")}[first["eventID"]]
    assert again["isRetracted"] is False
    assert again["eventUpdatedDateTime"] > gone["eventUpdatedDateTime"]


def test_a_box_s_number_put_right_is_a_retraction_on_the_one_and_an_event_on_the_other(port: TestPort):
    [event_id] = told(port, moved("GTIN", minutes_ago=10))
    [first] = events(port, equipmentReference=BOX)
    told(port, moved("GTIN", minutes_ago=10, box=OTHER, supersedes=event_id))
    [gone] = events(port, equipmentReference=BOX)
    [now] = events(port, equipmentReference=OTHER)
    assert (gone["eventID"], gone["isRetracted"]) == (first["eventID"], True)
    assert (now["isRetracted"], now["eventID"] == first["eventID"]) == (False, False)
    assert merged(events(port)).keys() == {now["eventID"]}


def test_what_several_tell_of_one_movement_is_one_event(port: TestPort):
    port.customs(manifests=[manifest()])
    told(port, discharged(minutes_ago=10, grossMassKg=24000, eventCreatedDateTime=at(9)))
    [first] = events(port, "forwarder", eventTypes="EQUIPMENT")
    port.clock.forward(minutes=1)
    dcsa = {
        "eventID": "T-1",
        "eventType": "EQUIPMENT",
        "eventClassifierCode": "ACT",
        "eventDateTime": at(10),
        "eventCreatedDateTime": at(8),
        "equipmentEventTypeCode": "DISC",
        "equipmentReference": BOX,
        "eventLocation": {"UNLocationCode": "CNXMN"},
        "seals": [{"sealNumber": "S9"}],
    }
    assert port.push("dcsa", dcsa, role="carrier").status_code == 200
    [both] = events(port, "forwarder", eventTypes="EQUIPMENT")
    assert both["eventID"] == first["eventID"]
    assert both["equipmentDetails"]["seals"] == [{"number": "S9"}]
    assert both["eventLocation"]["facility"]["facilityCode"] == "XMHT"


def test_a_correction_to_what_another_told_leaves_one_event(port: TestPort):
    [event_id] = told(port, moved("GTIN", minutes_ago=10))
    told(port, moved("GTIN", minutes_ago=5), role="depot", party="XMHT2")
    assert kinds(list(merged(events(port)).values())) == ["GATED_IN", "GATED_IN"]
    told(port, moved("GTIN", minutes_ago=5, supersedes=event_id))
    assert kinds(events(port)) in (["GATED_IN", "RETRACTED GATED_IN"], ["RETRACTED GATED_IN", "GATED_IN"])
    [left] = merged(events(port)).values()
    assert left["eventDateTime"] == at(5)


def test_an_event_of_the_standard_told_again_under_its_id_is_an_update(port: TestPort):
    def tell(updated: str, **more: Any) -> None:
        event = {
            "eventID": "egl-1",
            "eventDateTime": at(30),
            "eventUpdatedDateTime": updated,
            "eventLocation": {"UNLocationCode": "CNXMN"},
            "eventClassification": {
                "eventType": "EQUIPMENT",
                "eventClassifier": "ACTUAL",
                "equipmentEventType": "GATED_IN",
            },
            "equipmentDetails": {"equipmentReference": BOX},
        }
        port.clock.forward(minutes=1)
        assert port.push("dcsa", {"events": [event | more]}, role="terminal").status_code == 200

    tell(at(20))
    [first] = events(port, equipmentReference=BOX)
    tell(at(15), eventDateTime=at(25))
    [second] = events(port, equipmentReference=BOX)
    assert (second["eventID"], second["eventDateTime"]) == (first["eventID"], at(25))
    tell(at(14), isRetracted=True)
    [third] = events(port, equipmentReference=BOX)
    assert (third["eventID"], third["isRetracted"]) == (first["eventID"], True)
    tell(at(13), isRetracted=False)
    [fourth] = events(port, equipmentReference=BOX)
    assert (fourth["eventID"], fourth["isRetracted"]) == (first["eventID"], False)


def test_a_report_replaced_whole_updates_what_it_tells_again_and_retracts_the_rest(port: TestPort):
    def report(function: str, hour: int, *boxes: str, minute: int) -> None:
        groups = "".join(f"EQD+CN+{box}+22G1:102:5+2+3+5'DTM+7:202611211{minute:03d}:203'TMD+3'" for box in boxes)
        body = (
            f"UNB+UNOA:2+XMHT+PORT+261121:{hour:02d}00+R{hour}'UNH+1+CODECO:D:95B:UN:ITG14'"
            f"BGM+34+D-77+{function}'TDT+1++3'LOC+165+XMHT'DTM+137:20261121{hour:02d}00:203'"
            f"{groups}CNT+16:{len(boxes)}'UNT+9+1'UNZ+1+R{hour}'"
        )
        port.clock.forward(minutes=1)
        answer = port.push("edifact", body.encode(), role="terminal")
        assert answer.status_code == 200, answer.text

    report("9", 16, BOX, OTHER, minute=500)
    first = {e["equipmentDetails"]["equipmentReference"]: e for e in events(port)}
    assert set(first) == {BOX, OTHER}
    report("5", 17, BOX, minute=510)
    second = {e["equipmentDetails"]["equipmentReference"]: e for e in events(port)}
    assert second[BOX]["eventID"] == first[BOX]["eventID"]
    assert second[BOX]["eventDateTime"] > first[BOX]["eventDateTime"]
    assert (second[OTHER]["eventID"], second[OTHER]["isRetracted"]) == (first[OTHER]["eventID"], True)


def test_times_are_those_of_the_sender_and_of_our_hearing(port: TestPort):
    port.clock.forward(seconds=12.5)
    port.gate(moved("GTIN", minutes_ago=3))
    [event] = events(port)
    assert event["eventDateTime"] == at(3)
    assert event["eventUpdatedDateTime"] == "2026-11-21T12:00:12.500000Z"
