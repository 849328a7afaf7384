from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.rejection import Reason, Rejected
from adapters.seam import Accepted
from build_formats import decode, facts, kept, local, outcomes, reasons, refusal, sender, warned
from events.types import (
    Classifier,
    DangerousGoods,
    EquipmentEvent,
    EquipmentEventType,
    Ladenness,
    MovementType,
    TransportMode,
    VesselRef,
    Withdrawal,
)

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


def test_a_terminals_morning_in_the_forms_its_system_writes():
    items = decode("gate", kept("gate/morning.json"))
    assert [getattr(item, "fact", None) for item in items] == [
        EquipmentEvent(
            type_code=EquipmentEventType.GTIN,
            container_number="XMLU1044773",
            event_datetime=local("2026-11-21T07:58:41"),
            facility_code="XMEG",
            vessel=VesselRef(vessel_imo_number="9123453", voyage="119E"),
            transport_document_reference="8104427731",
            iso_equipment_code="22G1",
            empty_indicator=Ladenness.LADEN,
            movement_type=MovementType.EXPORT,
            mode_of_transport=TransportMode.TRUCK,
            seals=("XM440917", "CT0099281"),
            gross_mass_kg=19870,
            vgm_kg=19870.5,
            truck_plate="闽D88210",
            position="GATE 3",
        ),
        EquipmentEvent(
            type_code=EquipmentEventType.GTOT,
            container_number="HTSU7712038",
            event_datetime=local("2026-11-21T07:59:59.999"),
            facility_code="XMEG",
            to_facility_code="XMCY",
            empty_indicator=Ladenness.EMPTY,
            mode_of_transport=TransportMode.BARGE,
        ),
        EquipmentEvent(
            type_code=EquipmentEventType.DROP,
            container_number="XMLU1044773",
            event_datetime=local("2026-11-21T08:07"),
            facility_code="XMEG",
            position="B-12-3",
            dangerous_goods=(DangerousGoods(un_number="1263", imo_class="3"),),
            reefer_set_point_celsius=-18,
        ),
        None,
    ]
    assert reasons(items) == [(Reason.BAD_CONTAINER_NUMBER, "events[3].equipmentReference")]


def gate(*events: Any) -> dict[str, Any]:
    return {"messageID": "EG-1", "events": list(events)}


def moved(**changed: Any) -> dict[str, Any]:
    return {**MOVED, **changed}


def test_a_whole_event_is_read_and_written_in_one_way():
    assert decode("gate", gate(WHOLE)) == [
        Accepted(
            EquipmentEvent(
                type_code=EquipmentEventType.GTIN,
                classifier=Classifier.ACT,
                container_number="XMLU1044773",
                event_datetime=local("2026-11-20T15:04:05"),
                event_created_datetime=local("2026-11-20T15:10:00"),
                facility_code="XMEG",
                un_location_code="CNXMN",
                vessel=VesselRef(
                    vessel_imo_number="9123453", call_sign="BQAX7", vessel_name="Egret Island", voyage="119E"
                ),
                transport_document_reference="XMLN26110042",
                iso_equipment_code="45R1",
                empty_indicator=Ladenness.LADEN,
                movement_type=MovementType.EXPORT,
                mode_of_transport=TransportMode.TRUCK,
                seals=("AB123",),
                gross_mass_kg=24310,
                vgm_kg=24310.5,
                truck_plate="闽D88210",
                position="GATE 3",
                dangerous_goods=(DangerousGoods(un_number="1263", imo_class="3"),),
                reefer_set_point_celsius=-18.0,
            ),
            "events[0]",
        )
    ]


def test_what_may_be_absent_may_be_absent_or_null():
    [bare] = facts(decode("gate", gate(MOVED)))
    [nulls] = facts(decode("gate", gate({**dict.fromkeys(WHOLE), **MOVED})))
    assert (
        bare
        == nulls
        == EquipmentEvent(
            type_code=EquipmentEventType.DISC,
            container_number="XMLU1044773",
            event_datetime=local("2026-11-20T15:04:05"),
            facility_code="XMEG",
        )
    )


@pytest.mark.parametrize("body", [MOVED, {**MOVED, "messageID": "EG-2"}])
def test_one_bare_event_is_a_message_of_one_item(body):
    assert outcomes(decode("gate", body)) == [("$", "XMLU1044773")]


def test_a_bare_events_faults_are_told_without_a_prefix():
    assert reasons(decode("gate", moved(eventDateTime="2026-11-20"))) == [(Reason.DATE_WITHOUT_TIME, "eventDateTime")]


def test_a_wrong_item_does_not_refuse_its_neighbours():
    assert outcomes(decode("gate", gate(MOVED, moved(voyge="1E"), 7, MOVED))) == [
        ("events[0]", "XMLU1044773"),
        ("events[1]", "UNKNOWN_FIELD"),
        ("events[2]", "BAD_VALUE"),
        ("events[3]", "XMLU1044773"),
    ]


def test_an_event_may_correct_another():
    [event] = facts(decode("gate", gate(moved(supersedes="0b9d6a3e-5c1f-8d20-9e4b-1f2a3c4d5e6f"))))
    assert event.supersedes == "0b9d6a3e-5c1f-8d20-9e4b-1f2a3c4d5e6f"


def test_an_event_may_be_taken_back_by_its_id():
    told = moved(isRetracted=True, supersedes="0b9d6a3e", eventCreatedDateTime="2026-11-20T16:00:00+08:00")
    assert facts(decode("gate", gate(told))) == [
        Withdrawal(
            container_number="XMLU1044773",
            retracts="0b9d6a3e",
            event_created_datetime=local("2026-11-20T16:00:00"),
        )
    ]


def test_an_event_may_be_taken_back_by_saying_it_again():
    assert facts(decode("gate", gate(moved(isRetracted=True)))) == [
        Withdrawal(
            container_number="XMLU1044773",
            type_code=EquipmentEventType.DISC,
            facility_code="XMEG",
            event_datetime=local("2026-11-20T15:04:05"),
        )
    ]


@pytest.mark.parametrize(
    ("changed", "reason", "where"),
    [
        ({"equipmentReference": "XMLU1044774"}, Reason.BAD_CONTAINER_NUMBER, "equipmentReference"),
        ({"equipmentReference": ""}, Reason.BAD_CONTAINER_NUMBER, "equipmentReference"),
        ({"equipmentReference": None}, Reason.FIELD_MISSING, "equipmentReference"),
        ({"equipmentReference": 1044773}, Reason.BAD_VALUE, "equipmentReference"),
        ({"equipmentEventTypeCode": "GATE"}, Reason.UNKNOWN_CODE, "equipmentEventTypeCode"),
        ({"equipmentEventTypeCode": None}, Reason.FIELD_MISSING, "equipmentEventTypeCode"),
        ({"eventClassifierCode": "REQ"}, Reason.UNKNOWN_CODE, "eventClassifierCode"),
        ({"eventType": "TRANSPORT"}, Reason.UNKNOWN_CODE, "eventType"),
        ({"movementType": "import"}, Reason.UNKNOWN_CODE, "movementType"),
        ({"modeOfTransport": 1}, Reason.UNKNOWN_CODE, "modeOfTransport"),
        ({"eventDateTime": None}, Reason.TIME_MISSING, "eventDateTime"),
        ({"eventDateTime": ""}, Reason.TIME_MISSING, "eventDateTime"),
        ({"eventDateTime": "2026-11-20"}, Reason.DATE_WITHOUT_TIME, "eventDateTime"),
        ({"eventDateTime": "2026-11-20T15:04:05"}, Reason.TIME_WITHOUT_ZONE, "eventDateTime"),
        ({"eventDateTime": "2026-11-31T15:04:05Z"}, Reason.BAD_VALUE, "eventDateTime"),
        ({"eventDateTime": "0001-01-01T00:00:00+08:00"}, Reason.BAD_VALUE, "eventDateTime"),
        ({"eventDateTime": "2026-11-20T15:04:05+99:00"}, Reason.BAD_VALUE, "eventDateTime"),
        ({"eventDateTime": 1_790_000_000}, Reason.BAD_VALUE, "eventDateTime"),
        ({"eventDateTime": "1790000000"}, Reason.BAD_VALUE, "eventDateTime"),
        ({"eventDateTime": "2026-11-21T20:15:01+08:00"}, Reason.FUTURE_TIME, "eventDateTime"),
        ({"eventCreatedDateTime": "2026-11-20T15:04:05"}, Reason.TIME_WITHOUT_ZONE, "eventCreatedDateTime"),
        ({"facilityCode": "XMHT"}, Reason.FOREIGN_FACILITY, "facilityCode"),
        ({"UNLocationCode": "XIAMEN"}, Reason.BAD_VALUE, "UNLocationCode"),
        ({"ISOEquipmentCode": "forty"}, Reason.BAD_VALUE, "ISOEquipmentCode"),
        ({"vesselIMONumber": "EGRET"}, Reason.BAD_VALUE, "vesselIMONumber"),
        ({"vesselIMONumber": 9123453}, Reason.BAD_VALUE, "vesselIMONumber"),
        ({"voyage": "1" * 18}, Reason.BAD_VALUE, "voyage"),
        ({"voyage": "1\x00E"}, Reason.BAD_VALUE, "voyage"),
        ({"truckPlate": "A\nB"}, Reason.BAD_VALUE, "truckPlate"),
        ({"seals": "AB123"}, Reason.BAD_VALUE, "seals"),
        ({"seals": ["1"] * 21}, Reason.BAD_VALUE, "seals"),
        ({"seals": ["ok", 5]}, Reason.BAD_VALUE, "seals[1]"),
        ({"grossMassKg": -1}, Reason.BAD_VALUE, "grossMassKg"),
        ({"grossMassKg": "24310"}, Reason.BAD_VALUE, "grossMassKg"),
        ({"grossMassKg": True}, Reason.BAD_VALUE, "grossMassKg"),
        ({"grossMassKg": float("nan")}, Reason.BAD_VALUE, "grossMassKg"),
        ({"vgmKg": float("inf")}, Reason.BAD_VALUE, "vgmKg"),
        ({"vgmKg": 10**400}, Reason.BAD_VALUE, "vgmKg"),
        ({"dangerousGoods": [{"unNumber": "126"}]}, Reason.BAD_VALUE, "dangerousGoods[0].unNumber"),
        ({"dangerousGoods": [{"imoClass": "3"}]}, Reason.FIELD_MISSING, "dangerousGoods[0].unNumber"),
        ({"dangerousGoods": [{"unNumber": "1263", "un": 1}]}, Reason.UNKNOWN_FIELD, "dangerousGoods[0].un"),
        ({"reefer": {"setPointCelsius": -400}}, Reason.BAD_VALUE, "reefer.setPointCelsius"),
        ({"isRetracted": "true"}, Reason.BAD_VALUE, "isRetracted"),
        ({"supersedes": ""}, Reason.BAD_VALUE, "supersedes"),
        ({"container_number": "XMLU1044773"}, Reason.UNKNOWN_FIELD, "container_number"),
        ({"is_at_port": False}, Reason.UNKNOWN_FIELD, "is_at_port"),
    ],
)
def test_a_wrong_field_is_refused_where_it_stands(changed, reason, where):
    assert reasons(decode("gate", gate(moved(**changed)))) == [(reason, f"events[0].{where}")]


@pytest.mark.parametrize("name", list(MOVED))
def test_what_must_be_there_must_be_there(name):
    told = {key: value for key, value in MOVED.items() if key != name}
    missing = Reason.TIME_MISSING if name == "eventDateTime" else Reason.FIELD_MISSING
    assert reasons(decode("gate", gate(told))) == [(missing, f"events[0].{name}")]


def test_a_refusal_says_what_is_wrong_and_what_to_send():
    [misspelt] = decode("gate", gate(moved(sealz=[])))
    assert misspelt.rejected == Rejected(
        Reason.UNKNOWN_FIELD,
        "events[0].sealz",
        message="There is no field sealz here.",
        fix="Did you mean seals?",
    )
    [several] = decode("gate", gate(moved(movementType="in", seals=3, foo=1)))
    assert several.rejected == Rejected(
        Reason.UNKNOWN_CODE,
        "events[0].movementType",
        message="'in' is not a code of movementType."
        " Also wrong: events[0].seals (BAD_VALUE), events[0].foo (UNKNOWN_FIELD).",
        fix="Send 'IMPORT', 'EXPORT', 'TRANSSHIPMENT', 'RESTOW', 'DOMESTIC' or 'STORAGE'.",
    )
    [number] = decode("gate", gate(moved(equipmentReference="XMLU1044774")))
    assert "XMLU1044773" in number.rejected.fix


@pytest.mark.parametrize(
    ("changed", "warning"),
    [
        ({"ISOEquipmentCode": "4300"}, ("OLD_SIZE_CODE", "events[0].ISOEquipmentCode")),
        ({"vesselIMONumber": "9123454"}, ("BAD_VESSEL_NUMBER", "events[0].vesselIMONumber")),
    ],
)
def test_what_is_odd_and_may_be_so_is_taken_with_a_warning(changed, warning):
    items = decode("gate", gate(moved(**changed)))
    assert warned(items) == [warning]
    assert outcomes(items) == [("events[0]", "XMLU1044773")]


@pytest.mark.parametrize("classifier", ["EST", "PLN"])
def test_a_plan_may_lie_in_the_future(classifier):
    told = moved(eventClassifierCode=classifier, eventDateTime="2026-12-24T08:00:00+08:00")
    [event] = facts(decode("gate", gate(told)))
    assert event.classifier == Classifier(classifier)


@pytest.mark.parametrize(
    "written",
    ["2026-11-20T15:04:05+08:00", "2026-11-20t07:04:05z", "2026-11-20 07:04:05Z", "2026-11-20T15:04:05.000+0800"],
)
def test_every_form_of_rfc_3339_is_the_same_time(written):
    [event] = facts(decode("gate", gate(moved(eventDateTime=written))))
    assert event.event_datetime == local("2026-11-20T15:04:05")


def test_a_key_of_several_facilities_must_say_which_and_a_hub_need_not():
    two = sender(facilities=frozenset({"XMEG", "XMNW"}))
    assert reasons(decode("gate", gate(MOVED), two)) == [(Reason.FACILITY_MISSING, "events[0].facilityCode")]
    assert facts(decode("gate", gate(moved(facilityCode="XMNW")), two))[0].facility_code == "XMNW"
    hub = sender(facilities=frozenset(), is_hub=True)
    assert [e.facility_code for e in facts(decode("gate", gate(MOVED, moved(facilityCode="ANY")), hub))] == [
        None,
        "ANY",
    ]


@pytest.mark.parametrize(
    ("body", "reason", "where"),
    [
        (b"", Reason.NOT_JSON, ""),
        (b"{", Reason.NOT_JSON, ""),
        (b"UNB+UNOA:1'", Reason.NOT_JSON, ""),
        ('{"events":[{"truckPlate":"闽"}]}'.encode("gb18030"), Reason.NOT_JSON, ""),
        (b'{"events":' + b"[" * 5000, Reason.NOT_JSON, ""),
        (b'{"events":[' + b"9" * 5000 + b"]}", Reason.NOT_JSON, ""),
        (b'{"events":["\\ud800"]}', Reason.NOT_JSON, ""),
        (b"[]", Reason.BAD_VALUE, "$"),
        (b"5", Reason.BAD_VALUE, "$"),
        (b"{}", Reason.NO_ITEMS, "events"),
        (b'{"events":[]}', Reason.NO_ITEMS, "events"),
        (b'{"events":null}', Reason.NO_ITEMS, "events"),
        (b'{"events":{}}', Reason.BAD_VALUE, "events"),
        (b'{"event":[{}]}', Reason.UNKNOWN_FIELD, "event"),
        (b'{"messageID":5,"events":[{}]}', Reason.BAD_VALUE, "messageID"),
        (b'{"messageID":"","events":[{}]}', Reason.BAD_VALUE, "messageID"),
        (json.dumps({"messageID": "x" * 201, "events": [{}]}).encode(), Reason.BAD_VALUE, "messageID"),
        (json.dumps({"messageID": "a\x00b", "events": [{}]}).encode(), Reason.BAD_VALUE, "messageID"),
        (json.dumps({"events": [{}] * 10_001}).encode(), Reason.TOO_MANY_ITEMS, "events"),
    ],
)
def test_a_body_that_cannot_be_cut_into_items_is_refused_whole(body, reason, where):
    found = refusal("gate", body)
    assert (found.reason, found.where) == (reason, where)


def test_a_cut_off_body_is_not_json():
    body = json.dumps(gate(WHOLE)).encode()
    assert {refusal("gate", body[:length]).reason for length in range(len(body))} == {Reason.NOT_JSON}


def test_the_same_message_twice_gives_the_same_items():
    assert decode("gate", gate(WHOLE, MOVED)) == decode("gate", gate(WHOLE, MOVED))


def test_a_byte_order_mark_is_passed_over():
    assert outcomes(decode("gate", b"\xef\xbb\xbf" + json.dumps(MOVED).encode())) == [("$", "XMLU1044773")]


def test_escapes_are_undone():
    [event] = facts(
        decode("gate", b'{"truckPlate":"\\u95fdD1\\"2\\\\","position":"A\\/B",' + json.dumps(MOVED).encode()[1:])
    )
    assert (event.truck_plate, event.position) == ('闽D1"2\\', "A/B")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from([*MOVED.values()]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*WHOLE, "isRetracted", "supersedes", "x"]), values, max_size=8) | values)
def test_nothing_but_rejected_leaves_the_decoder(event):
    for body in (gate(event), gate(MOVED | event) if isinstance(event, dict) else event):
        try:
            items = decode("gate", body)
        except Rejected:
            continue
        assert all(item.path for item in items)
