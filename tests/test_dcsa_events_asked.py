"""`GET /dcsa/tnt/v3/events`: questions, refusals, remarks, and its answers at our own door."""

from __future__ import annotations

from typing import Any

import pytest

from build_dcsa import ERROR, EVENTS, ask, check, events, kinds
from build_port import BILL, BOX, TestPort, discharged, moved
from build_traced import CALLS, OTHER, STORY, imported, told


def test_filters_are_combined(either_port: TestPort):
    imported(either_port)

    def found(**asked: str) -> list[str]:
        return kinds(events(either_port, "forwarder", **asked))

    assert found(eventTypes="TRANSPORT") == ["ESTIMATED ARRIVED", "ARRIVED", "DEPARTED"]
    assert set(found(eventTypes="EQUIPMENT,SHIPMENT", equipmentReference=BOX)) == {*STORY} - CALLS
    assert found(eventTypes="IOT") == []
    assert found(carrierBookingReference=BILL, eventTypes="EQUIPMENT") == found(
        transportDocumentReference=BILL.lower(), equipmentReference=BOX, eventTypes="EQUIPMENT"
    )
    assert found(transportDocumentReference=BILL, equipmentReference=OTHER) == []
    whole = {e["eventID"]: e["eventUpdatedDateTime"] for e in events(either_port, "forwarder")}
    for bound in sorted(set(whole.values())):
        later = {e["eventID"] for e in events(either_port, "forwarder", eventUpdatedDateTimeMin=bound)}
        earlier = {e["eventID"] for e in events(either_port, "customs", eventUpdatedDateTimeMax=bound)}
        assert later == {i for i, updated in whole.items() if updated >= bound}
        assert earlier == {i for i, updated in whole.items() if updated <= bound}


REFUSED = [
    ({"limit": "0"}, "limit"),
    ({"limit": "ten"}, "limit"),
    ({"limit": "-1"}, "limit"),
    ({"cursor": "made up"}, "cursor"),
    ({"eventTypes": "EQUIPMENT,PARTY"}, "eventTypes"),
    ({"eventUpdatedDateTimeMin": "2026-11-21"}, "eventUpdatedDateTimeMin"),
    ({"eventUpdatedDateTimeMax": "2026-11-21T12:00:00"}, "eventUpdatedDateTimeMax"),
    ({"eventUpdatedDateTimeMin": "yesterday"}, "eventUpdatedDateTimeMin"),
    ({"carrierBookingReference": "A", "transportDocumentReference": "B"}, "carrierBookingReference"),
]


@pytest.mark.parametrize(("asked", "where"), REFUSED)
def test_a_wrong_question_is_refused_in_the_standard_s_shape_and_says_how_to_mend_it(
    port: TestPort, asked: dict[str, str], where: str
):
    answer = port.client.get(EVENTS, params=asked, headers=port.headers("forwarder"))
    assert (answer.status_code, answer.headers["API-Version"]) == (400, "3.0.0")
    assert answer.headers["Content-Type"] == "application/json"
    told = answer.json()
    check(told, ERROR)
    assert told["feedbackElements"][0]["severity"] == "ERROR"
    assert told["feedbackElements"][0]["propertyPath"] == f"$.{where}"
    assert (told["where"], bool(told["fix"])) == (where, True)


def test_without_a_key_the_refusal_has_the_standard_s_shape_too(port: TestPort):
    answer = port.client.get(EVENTS)
    assert (answer.status_code, answer.headers["API-Version"]) == (401, "3.0.0")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    check(answer.json(), ERROR)
    assert answer.json()["reason"] == "KEY_MISSING"


def test_another_version_of_the_standard_is_refused(port: TestPort):
    for version, status in (("3.0.0", 200), ("3", 200), ("2.2.0", 400), ("", 400)):
        headers = port.headers("forwarder") | {"API-Version": version}
        assert port.client.get(EVENTS, headers=headers).status_code == status, version


def test_what_is_odd_in_a_question_is_remarked_on(port: TestPort):
    asked = {
        "limit": "5000",
        "sort": "eventDateTime:DESC",
        "eventTypes": "REEFER",
        "equipmentReference": "CSQU3054384",
        "vesselIMONumber": "9074720",
    }
    feedback = ask(port, "forwarder", **asked).json()["feedbackElements"]
    assert [(one["severity"], one["propertyPath"]) for one in feedback] == [
        ("WARN", "$.sort"),
        ("INFO", "$.limit"),
        ("INFO", "$.eventTypes"),
        ("WARN", "$.equipmentReference"),
        ("WARN", "$.vesselIMONumber"),
    ]
    assert "CSQU3054383" in feedback[3]["message"]
    assert "feedbackElements" not in ask(port, "forwarder", equipmentReference=BOX).json()


def test_a_plus_sign_that_was_not_escaped_is_read_as_one(port: TestPort):
    asked = "eventUpdatedDateTimeMin=2026-11-21T12:00:00+08:00"
    answer = port.client.get(f"{EVENTS}?{asked}", headers=port.headers("forwarder"))
    assert answer.status_code == 200


def test_what_we_tell_our_own_door_takes(port: TestPort):
    imported(port)
    mine = events(port, "terminal", equipmentReference=BOX, eventTypes="EQUIPMENT")
    told(port, moved("GTOT", minutes_ago=0, truckPlate="闽D12345", isRetracted=True))
    mine += [e for e in events(port, "terminal", equipmentReference=BOX, eventTypes="EQUIPMENT") if e["isRetracted"]]
    with_another_box = [_with_box(event, OTHER) for event in mine]
    results = port.push("dcsa", {"events": with_another_box}, role="terminal").json()["results"]
    assert [(r["outcome"], r["error"]) for r in results] == [("accepted", None)] * len(mine)
    carriers = [
        _with_box(e, OTHER)
        for e in events(port, "carrier", equipmentReference=BOX)
        if e["eventClassification"]["eventType"] == "TRANSPORT"
        or e.get("shipmentDetails", {}).get("documentReference", {}).get("type") == "DELIVERY_ORDER"
    ]
    assert len(carriers) == 4
    results = port.push("dcsa", {"events": carriers}, role="carrier", party="SECONDLINE").json()["results"]
    assert [r["error"] for r in results] == [None] * 4


def _with_box(event: dict[str, Any], number: str) -> dict[str, Any]:
    if "equipmentDetails" not in event:
        return event
    return event | {"equipmentDetails": event["equipmentDetails"] | {"equipmentReference": number}}


def test_movements_come_back_from_our_own_door_as_they_went_out(port: TestPort):
    told(port, discharged(minutes_ago=10, seals=["AB1"], ISOEquipmentCode="22G1", movementType="IMPORT"))
    told(port, moved("GTOT", minutes_ago=5, modeOfTransport="TRUCK", truckPlate="闽D12345"))
    out = events(port, "terminal", equipmentReference=BOX)
    assert kinds(out) == ["DISCHARGED", "GATED_OUT"]
    assert port.push("dcsa", {"events": [_with_box(e, OTHER) for e in out]}, role="terminal").status_code == 200
    back = events(port, "terminal", equipmentReference=OTHER)

    def bare(event: dict[str, Any]) -> dict[str, Any]:
        left_out = ("eventID", "eventUpdatedDateTime")
        return {name: value for name, value in _with_box(event, BOX).items() if name not in left_out}

    assert [bare(event) for event in back] == [bare(event) for event in out]
