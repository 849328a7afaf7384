"""`GET /dcsa/tnt/v3/events` as its consumers see it, on both databases where the store matters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from build_dcsa import ERROR, EVENTS, ask, check, events, kind, kinds, merged
from build_port import (
    BILL,
    BOX,
    IMO,
    NUMBER,
    TestPort,
    at,
    declaration,
    discharged,
    manifest,
    moved,
    notice,
    running_port,
)

OTHER = "HTSU4088627"
CALL = {"vesselIMONumber": IMO, "importVoyage": "031W", "exportVoyage": "032E", "facilityCode": "XMHT"}


@pytest.fixture
def either(database_url: str) -> Iterator[TestPort]:
    with running_port(database_url) as running:
        yield running


def told(port: TestPort, *moves: dict[str, Any], **more: Any) -> list[str]:
    """Event ids of what was told a minute after everything before."""
    port.clock.forward(minutes=1)
    return [result["eventID"] for result in port.gate(*moves, **more)["results"]]


def imported(port: TestPort) -> None:
    """A box with all its papers, discharged, ordered for inspection, released and fetched."""
    port.key("terminal")
    port.customs(vesselCalls=[CALL | {"vesselName": "EGRET ISLAND", "eta": at(30)}], role="customs")
    port.customs(role="carrier", manifests=[manifest()])
    port.customs(declarations=[declaration()])
    told(port, moved("DISC", eventClassifierCode="EST", minutes_ago=-60, vesselIMONumber=IMO, voyage="031W"))
    port.customs(vesselCalls=[CALL | {"ata": at(20), "atb": at(18)}])
    told(port, discharged(minutes_ago=10, seals=["AB1"], ISOEquipmentCode="22G1", movementType="IMPORT"))
    port.customs(notices=[notice("ACCEPTED", minutes_ago=9), notice("INSPECTION_ORDERED", minutes_ago=8)])
    port.customs(notices=[notice("INSPECTION_FINISHED", result="PASS", minutes_ago=3), notice("RELEASED")])
    port.customs(
        role="carrier",
        carrierReleases=[{"transportDocumentReference": BILL, "status": "RELEASED", "releasedAt": at(1)}],
    )
    told(port, moved("GTOT", modeOfTransport="TRUCK", truckPlate="闽D12345"))
    port.customs(vesselCalls=[CALL | {"atd": at(0)}])


STORY = [
    "ESTIMATED ARRIVED",
    "SUBMITTED",
    "ESTIMATED DISCHARGED",
    "ARRIVED",
    "DISCHARGED",
    "RECEIVED",
    "CUSTOMS_SELECTED_FOR_INSPECTION",
    "INSPECTED",
    "RELEASED",
    "RELEASED",
    "GATED_OUT",
    "DEPARTED",
]
CALLS = {"ESTIMATED ARRIVED", "ARRIVED", "DEPARTED"}


def test_the_whole_story_of_a_box_is_told_in_the_standard_s_words(either: TestPort):
    imported(either)
    assert sorted(kinds(events(either, "forwarder"))) == sorted(STORY)
    assert sorted(kinds(events(either, limit=2))) == sorted(STORY)
    assert sorted(kinds(events(either, "terminal", equipmentReference=BOX))) == sorted(STORY)
    assert sorted(kinds(events(either, "forwarder", transportDocumentReference=BILL, limit=1))) == sorted(STORY)


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


def test_a_correction_keeps_the_event_s_id_and_overrides_it(either: TestPort):
    either.customs(manifests=[manifest()])
    [event_id] = told(either, discharged(minutes_ago=10))
    [first] = events(either, "forwarder", eventTypes="EQUIPMENT")
    told(either, discharged(minutes_ago=7, supersedes=event_id))
    [second] = events(either, "forwarder", eventTypes="EQUIPMENT")
    assert (second["eventID"], second["isRetracted"]) == (first["eventID"], False)
    assert (first["eventDateTime"], second["eventDateTime"]) == ("2026-11-21T11:50:00Z", "2026-11-21T11:53:00Z")
    assert second["eventUpdatedDateTime"] > first["eventUpdatedDateTime"]


def test_what_is_taken_back_is_told_as_retracted_and_told_again_it_stands_again(either: TestPort):
    either.customs(manifests=[manifest()])
    told(either, discharged(minutes_ago=10))
    [first] = events(either, "forwarder", eventTypes="EQUIPMENT")
    told(either, discharged(minutes_ago=10, isRetracted=True))
    [gone] = events(either, "forwarder", eventTypes="EQUIPMENT")
    assert (gone["eventID"], gone["isRetracted"]) == (first["eventID"], True)
    assert gone["eventUpdatedDateTime"] > first["eventUpdatedDateTime"]
    assert set(gone) == {
        "eventID", "isRetracted", "eventDateTime", "eventUpdatedDateTime", "eventClassification", "equipmentDetails",
    }  # fmt: skip
    told(either, discharged(minutes_ago=10), role="terminal", party="OTHERQUAY")
    again = {e["eventID"]: e for e in events(either, "customs", eventTypes="EQUIPMENT")}[first["eventID"]]
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


def test_what_is_not_the_caller_s_is_told_byte_for_byte_like_what_is_not_there(either: TestPort):
    imported(either)

    def bytes_of(**asked: str) -> bytes:
        return ask(either, "forwarder", "STRANGER", **asked).content

    assert bytes_of(equipmentReference=BOX) == bytes_of(equipmentReference=OTHER) == b'{"events":[]}'
    assert bytes_of(transportDocumentReference=BILL) == bytes_of(transportDocumentReference="NOSUCHBILL")
    assert bytes_of(carrierBookingReference=BILL) == bytes_of() == b'{"events":[]}'
    assert bytes_of(equipmentReference=BOX, vesselIMONumber=IMO) == b'{"events":[]}'


@pytest.mark.parametrize(
    ("role", "party", "seen"),
    [
        ("customs", None, {*STORY}),
        ("terminal", None, {*STORY}),
        ("forwarder", None, {*STORY}),
        ("consignee", None, {*STORY}),
        ("carrier", None, {*STORY} - {"SUBMITTED", "RECEIVED", "CUSTOMS_SELECTED_FOR_INSPECTION", "INSPECTED"}),
        ("authority", None, CALLS | {"ESTIMATED DISCHARGED", "DISCHARGED", "GATED_OUT"}),
        ("terminal", "ELSEWHERE", CALLS),
        ("forwarder", "STRANGER", set()),
        ("haulier", None, set()),
        ("courier", None, set()),
        ("admin", None, set()),
    ],
)  # fmt: skip
def test_each_role_gets_the_events_it_may_see(port: TestPort, role: str, party: str | None, seen: set[str]):
    imported(port)
    assert set(kinds(events(port, role, party))) == seen


def test_who_may_not_know_a_declaration_by_its_number_learns_only_its_status(port: TestPort):
    imported(port)
    for role in ("terminal", "carrier", "authority"):
        text = ask(port, role).text
        assert NUMBER not in text, role
    assert NUMBER in ask(port, "forwarder").text
    [released] = [e for e in events(port, "terminal") if "SUBMITTED" in kind(e)]
    assert released["shipmentDetails"] == {"documentReference": {"type": "CUSTOMS_CLEARANCE"}}


CANARIES = {
    "42000": "a declared value",
    "9403600000": "an HS code",
    "Lujiang": "a party's name",
    "CONSIGNEE": "a party's code",
    "GENERAL": "a credit grade",
    "Gulangyu": "the declarant",
    "bonded row 7": "an officer's note",
    "XMSITE": "a site before it may be known",
    "HAUL-1": "the haulier",
    "DIRECT_RELEASE": "a route",
    "YARD": "a route",
}


@pytest.mark.parametrize("role", ["customs", "terminal", "forwarder", "carrier", "authority"])
def test_nothing_internal_and_nothing_confidential_is_told(port: TestPort, role: str):
    imported(port)
    port.customs(notices=[notice("HELD", note="bonded row 7")])
    port.customs(
        role="carrier",
        carrierReleases=[{"transportDocumentReference": BILL, "status": "RELEASED", "haulierCode": "HAUL-1"}],
    )
    text = ask(port, role).text
    assert [what for canary, what in CANARIES.items() if canary in text] == []


def test_where_an_inspection_is_ordered_is_told_to_those_who_carry_it_out(port: TestPort):
    port.key("terminal")
    port.customs(manifests=[manifest()], declarations=[declaration()])
    port.customs(notices=[notice("ACCEPTED"), notice("INSPECTION_ORDERED", site="XMSITE")])
    told(port, moved("GTOT", box=OTHER))

    def place(role: str) -> Any:
        found = [e for e in events(port, role, equipmentReference=BOX) if kind(e).startswith("CUSTOMS_SELECTED")]
        return [e.get("eventLocation", {}).get("facility", {}).get("facilityCode") for e in found]

    assert (place("customs"), place("terminal"), place("forwarder")) == (["XMSITE"], [], [None])
    told(port, discharged())
    assert (place("customs"), place("terminal"), place("forwarder")) == (["XMSITE"], ["XMSITE"], [None])


def test_filters_are_combined(either: TestPort):
    imported(either)

    def found(**asked: str) -> list[str]:
        return kinds(events(either, "forwarder", **asked))

    assert found(eventTypes="TRANSPORT") == ["ESTIMATED ARRIVED", "ARRIVED", "DEPARTED"]
    assert set(found(eventTypes="EQUIPMENT,SHIPMENT", equipmentReference=BOX)) == {*STORY} - CALLS
    assert found(eventTypes="IOT") == []
    assert found(carrierBookingReference=BILL, eventTypes="EQUIPMENT") == found(
        transportDocumentReference=BILL.lower(), equipmentReference=BOX, eventTypes="EQUIPMENT"
    )
    assert found(transportDocumentReference=BILL, equipmentReference=OTHER) == []
    whole = {e["eventID"]: e["eventUpdatedDateTime"] for e in events(either, "forwarder")}
    for bound in sorted(set(whole.values())):
        later = {e["eventID"] for e in events(either, "forwarder", eventUpdatedDateTimeMin=bound)}
        earlier = {e["eventID"] for e in events(either, "customs", eventUpdatedDateTimeMax=bound)}
        assert later == {i for i, updated in whole.items() if updated >= bound}
        assert earlier == {i for i, updated in whole.items() if updated <= bound}


def test_papers_of_a_box_in_two_bills_are_each_their_own_party_s(port: TestPort):
    both = manifest(transportDocumentReference="SECONDBILL", forwarder={"code": "SECOND", "name": "Second"})
    port.customs(role="carrier", manifests=[manifest(), both | {"consignee": None}])
    port.customs(
        role="carrier",
        carrierReleases=[
            {"transportDocumentReference": bill, "status": "RELEASED", "releasedAt": at(n)}
            for n, bill in enumerate((BILL, "SECONDBILL"))
        ],
    )
    told(port, discharged())
    for party, bill, others in (("FORWARDER", BILL, "SECONDBILL"), ("SECOND", "SECONDBILL", BILL)):
        answer = ask(port, "forwarder", party)
        assert sorted(kinds(answer.json()["events"])) == ["DISCHARGED", "RELEASED"]
        assert (bill in answer.text, others in answer.text) == (True, False)
        assert events(port, "forwarder", party, transportDocumentReference=others) == []


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
