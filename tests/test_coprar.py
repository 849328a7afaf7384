from __future__ import annotations

import pytest

from adapters.rejection import Reason
from build_formats import decode, facts, interchange, kept, local, outcomes, reasons, refusal, sender, warned
from events.types import (
    Classifier,
    DangerousGoods,
    DocumentFunction,
    EquipmentEvent,
    EquipmentEventType,
    Ladenness,
    MovementType,
    ReportedDocument,
    TransportMode,
    VesselRef,
    Withdrawal,
)
from port.actor import Role

EQD = "EQD+CN+LJGU1200453+45G1:102:5++3+5'"
ETA = "DTM+132:202611221930:203'"


def order(*groups: str, bgm: str = "BGM+43+EG1+9'", head: str = ETA) -> bytes:
    return interchange(f"COPRAR'{bgm}{head}{''.join(groups)}")


def test_a_discharge_order_plans_a_discharge_for_each_box():
    shared = {
        "type_code": EquipmentEventType.DISC,
        "classifier": Classifier.PLN,
        "event_datetime": local("2026-11-22T19:30"),
        "event_created_datetime": local("2026-11-20T08:10"),
        "facility_code": "XMEG",
        "un_location_code": "CNXMN",
        "vessel": VesselRef(vessel_imo_number="9123453", vessel_name="EGRET ISLAND", voyage="118W"),
        "empty_indicator": Ladenness.LADEN,
        "mode_of_transport": TransportMode.VESSEL,
        "document": ReportedDocument(message_type="COPRAR", reference="EGO26112001"),
    }
    assert facts(decode("edifact", kept("coprar/discharge_order.edi"))) == [
        EquipmentEvent(
            container_number="LJGU1200453",
            transport_document_reference="EGLV26110071",
            iso_equipment_code="45G1",
            movement_type=MovementType.IMPORT,
            gross_mass_kg=9914,
            position="0380886",
            **shared,
        ),
        EquipmentEvent(
            container_number="LJGU3366905",
            iso_equipment_code="22G1",
            movement_type=MovementType.TRANSSHIPMENT,
            vgm_kg=10528,
            dangerous_goods=(DangerousGoods(un_number="1263", imo_class="3"),),
            **shared,
        ),
    ]


def test_a_load_order_that_replaces_an_earlier_one_with_signs_in_its_number():
    assert facts(decode("edifact", kept("coprar/load_order.edi"))) == [
        EquipmentEvent(
            type_code=EquipmentEventType.LOAD,
            classifier=Classifier.PLN,
            container_number="ZZSU6022717",
            event_datetime=local("2026-11-23T12:00"),
            event_created_datetime=local("2026-11-20T08:15"),
            facility_code="XMEG",
            un_location_code="CNXMN",
            vessel=VesselRef(call_sign="BQAX7", vessel_name="EGRET'S ISLAND", voyage="119E"),
            transport_document_reference="7700157890",
            iso_equipment_code="42G1",
            empty_indicator=Ladenness.LADEN,
            movement_type=MovementType.EXPORT,
            mode_of_transport=TransportMode.VESSEL,
            reefer_set_point_celsius=-18,
            document=ReportedDocument(message_type="COPRAR", reference="EGO+77", function=DocumentFunction.REPLACE),
        )
    ]


LOADED = {
    "type_code": EquipmentEventType.LOAD,
    "classifier": Classifier.PLN,
    "event_datetime": local("2026-11-23T12:00"),
    "event_created_datetime": local("2026-11-20T22:15:41"),
    "facility_code": "XMEG",
    "un_location_code": "CNXMN",
    "vessel": VesselRef(call_sign="BQAX7", vessel_name="EGRET ISLAND", voyage="119E"),
    "empty_indicator": Ladenness.LADEN,
    "movement_type": MovementType.EXPORT,
    "mode_of_transport": TransportMode.VESSEL,
    "document": ReportedDocument(message_type="COPRAR", reference="20261120221541"),
}


def test_a_carriers_load_list_with_old_sizes_and_empties_that_have_no_number_yet():
    items = decode("edifact", kept("coprar/load_list_of_a_carrier.edi"))
    assert [getattr(item, "fact", None) for item in items] == [
        EquipmentEvent(container_number="ZZSU6022717", iso_equipment_code="4510", vgm_kg=24150, **LOADED),
        EquipmentEvent(
            container_number="XMLU2309157",
            iso_equipment_code="2230",
            vgm_kg=18300,
            reefer_set_point_celsius=-18,
            dangerous_goods=(DangerousGoods(un_number="3480", imo_class="9"),),
            **LOADED,
        ),
        None,
    ]
    assert reasons(items) == [(Reason.BAD_CONTAINER_NUMBER, "message 1, segment 24 EQD")]
    assert [reason for reason, _ in warned(items)] == ["OLD_SIZE_CODE", "OLD_SIZE_CODE"]


def test_an_addition_in_other_separators_with_a_chinese_name_and_a_time_in_utc():
    assert facts(decode("edifact", kept("coprar/discharge_addition.edi"))) == [
        EquipmentEvent(
            type_code=EquipmentEventType.DISC,
            classifier=Classifier.PLN,
            container_number="HTSU4088627",
            event_datetime=local("2026-11-22T19:30"),
            event_created_datetime=local("2026-11-21T09:04"),
            facility_code="XMEG",
            un_location_code="CNXMN",
            vessel=VesselRef(vessel_imo_number="9123453", vessel_name="白鹭岛", voyage="118W"),
            transport_document_reference="EGLV26110071",
            iso_equipment_code="45R1",
            empty_indicator=Ladenness.LADEN,
            movement_type=MovementType.IMPORT,
            mode_of_transport=TransportMode.VESSEL,
            position="0020106",
            reefer_set_point_celsius=-18.5,
            document=ReportedDocument(message_type="COPRAR", reference="EGO26112003"),
        )
    ]


def test_what_is_longer_than_anything_real_is_cut_to_what_the_port_keeps():
    head = ETA + f"TDT+20+{'9' * 900}+1+++++BQAX7:103::{'N' * 900}'"
    [fact] = facts(decode("edifact", order(EQD + f"RFF+BM:{'B' * 900}'LOC+147+{'1' * 900}'", head=head)))
    assert fact.vessel == VesselRef(call_sign="BQAX7", vessel_name="N" * 200, voyage="9" * 17)
    assert (fact.transport_document_reference, fact.position) == ("B" * 35, "1" * 35)


def test_an_order_of_more_than_ten_thousand_boxes_is_refused_whole():
    assert refusal("edifact", order(*[EQD] * 10_001)).reason is Reason.TOO_MANY_ITEMS


def test_a_cancelled_order_is_taken_back_whole():
    document = ReportedDocument(message_type="COPRAR", reference="EG1", function=DocumentFunction.CANCEL)
    [fact] = facts(decode("edifact", order(bgm="BGM+43+EG1+1'", head="DTM+137:202611201405:203'")))
    assert fact == Withdrawal(document=document, event_created_datetime=local("2026-11-20T14:05"))


def test_a_carriers_order_for_another_port_is_not_at_this_one():
    carrier = sender(Role.CARRIER)
    [here] = facts(decode("edifact", order(EQD, head=ETA + "LOC+11+CNXMN:139:6'"), carrier))
    [there] = facts(decode("edifact", order(EQD, head=ETA + "LOC+11+NLRTM:139:6'"), carrier))
    assert [(fact.facility_code, fact.un_location_code, fact.is_at_port) for fact in (here, there)] == [
        (None, "CNXMN", True),
        (None, "NLRTM", False),
    ]


def test_the_day_may_lie_ahead_and_the_zone_is_remarked_on():
    [item] = decode("edifact", order(EQD), sender(is_time_zone_agreed=False))
    assert item.fact.event_datetime == local("2026-11-22T19:30")
    assert warned([item]) == [("TIME_ZONE_ASSUMED", "message 1, segment 3 DTM")]


@pytest.mark.parametrize(
    ("body", "by", "reason", "where"),
    [
        (order("EQD+CN+LJGU1200454'"), {}, Reason.BAD_CONTAINER_NUMBER, "message 1, segment 4 EQD"),
        (order(EQD, bgm="BGM+44+EG1+9'"), {}, Reason.UNKNOWN_CODE, "message 1, segment 2 BGM"),
        (order(EQD, bgm="BGM+43+EG1+3'"), {}, Reason.UNKNOWN_CODE, "message 1, segment 2 BGM"),
        (order(EQD, bgm="BGM+43++5'"), {}, Reason.FIELD_MISSING, "message 1, segment 2 BGM"),
        (order("EQD+CH+LJGU1200453'"), {}, Reason.UNKNOWN_CODE, "message 1, segment 4 EQD"),
        (order(EQD, head=""), {}, Reason.TIME_MISSING, "message 1, segment 3 EQD"),
        (order(EQD, head="DTM+132:20261122:102'"), {}, Reason.DATE_WITHOUT_TIME, "message 1, segment 3 DTM"),
        (order(EQD, head="DTM+132:202611322000:203'"), {}, Reason.BAD_VALUE, "message 1, segment 3 DTM"),
        (order(EQD, head="DTM+132:202611222000:999'"), {}, Reason.UNKNOWN_CODE, "message 1, segment 3 DTM"),
        (order(), {}, Reason.SEGMENT_MISSING, "message 1"),
        (order(EQD, bgm=""), {}, Reason.SEGMENT_MISSING, "message 1"),
        (order(EQD), {"facilities": frozenset({"XMEG", "XMNW"})}, Reason.FACILITY_MISSING, "message 1, segment 4 EQD"),
        (
            order(EQD, head=ETA + "LOC+11+CNXMN:139:6+XMHT'"),
            {"known_facilities": frozenset({"XMHT"})},
            Reason.FOREIGN_FACILITY,
            "message 1, segment 5 EQD",
        ),
        (order(EQD), {"role": Role.TALLY}, Reason.NOT_ALLOWED, "message 1, UNH"),
        (order(EQD)[:-20], {}, Reason.TRUNCATED, "message 1, segment 3 DTM"),
    ],
)
def test_what_is_refused_says_why_and_where(body, by, reason, where):
    assert reasons(decode("edifact", body, sender(**by))) == [(reason, where)]


def test_the_same_order_twice_gives_the_same_items():
    body = kept("coprar/discharge_order.edi")
    assert decode("edifact", body) == decode("edifact", body)


def test_of_a_cut_off_order_nothing_is_taken():
    body = kept("coprar/discharge_order.edi")
    assert outcomes(decode("edifact", body[: body.index(b"DGS")])) == [("message 1", "TRUNCATED")]
