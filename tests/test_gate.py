from __future__ import annotations

import json

import pytest

from adapters.rejection import Reason
from adapters.seam import Accepted
from build_formats import decode, facts, kept, local, outcomes, reasons, sender
from build_gate import MOVED, WHOLE, gate, moved
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


def test_the_same_message_twice_gives_the_same_items():
    assert decode("gate", gate(WHOLE, MOVED)) == decode("gate", gate(WHOLE, MOVED))


def test_a_byte_order_mark_is_passed_over():
    assert outcomes(decode("gate", b"\xef\xbb\xbf" + json.dumps(MOVED).encode())) == [("$", "XMLU1044773")]


def test_escapes_are_undone():
    [event] = facts(
        decode("gate", b'{"truckPlate":"\\u95fdD1\\"2\\\\","position":"A\\/B",' + json.dumps(MOVED).encode()[1:])
    )
    assert (event.truck_plate, event.position) == ('闽D1"2\\', "A/B")
