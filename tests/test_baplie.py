from __future__ import annotations

import pytest

from adapters.rejection import Reason
from build_formats import decode, facts, interchange, kept, local, outcomes, reasons, refusal, sender
from events.types import (
    Classifier,
    DangerousGoods,
    DocumentFunction,
    EquipmentEvent,
    EquipmentEventType,
    Ladenness,
    ReportedDocument,
    TransportMode,
    VesselRef,
    Withdrawal,
)
from port.actor import Role

CELL = "LOC+147+0380886::5'LOC+11+CNXMN:139:6'EQD+CN+LJGU1200453+45G1+++5'"
ETA = "DTM+132:202611222130:203'"
PLAN = {
    "type_code": EquipmentEventType.DISC,
    "classifier": Classifier.EST,
    "event_datetime": local("2026-11-22T21:30"),
    "event_created_datetime": local("2026-11-21T03:05"),
    "vessel": VesselRef(call_sign="BQAX7", vessel_name="EGRET ISLAND", voyage="118W"),
    "mode_of_transport": TransportMode.VESSEL,
    "document": ReportedDocument(message_type="BAPLIE", reference="391651645"),
}


def plan(*cells: str, bgm: str = "BGM++EG1+9'", head: str = ETA) -> bytes:
    return interchange(f"BAPLIE'{bgm}{head}{''.join(cells)}")


def test_a_bayplan_says_what_a_vessel_brings_here_and_carries_on():
    assert facts(decode("edifact", kept("baplie/arriving.edi"), sender(known_facilities=frozenset({"XMEG"})))) == [
        EquipmentEvent(
            container_number="LJGU1200453",
            facility_code="XMEG",
            un_location_code="CNXMN",
            iso_equipment_code="45G1",
            empty_indicator=Ladenness.LADEN,
            gross_mass_kg=9914,
            position="0380886",
            **PLAN,
        ),
        EquipmentEvent(
            container_number="ZZSU8155344",
            un_location_code="VNSGN",
            is_at_port=False,
            iso_equipment_code="22G1",
            empty_indicator=Ladenness.EMPTY,
            gross_mass_kg=2200,
            position="0060282",
            **PLAN,
        ),
        EquipmentEvent(
            container_number="HTSU4088627",
            facility_code="XMEG",
            un_location_code="CNXMN",
            transport_document_reference="EGLV26110071",
            iso_equipment_code="45R1",
            empty_indicator=Ladenness.LADEN,
            vgm_kg=21400,
            reefer_set_point_celsius=-18,
            dangerous_goods=(DangerousGoods(un_number="1993", imo_class="3"),),
            position="0020106",
            **PLAN,
        ),
    ]


def test_a_plan_of_the_newer_guide_says_the_port_after_the_box():
    known = sender(known_facilities=frozenset({"XMEG"}))
    items = decode("edifact", kept("baplie/smdg31.edi"), known)
    shared = PLAN | {
        "event_created_datetime": local("2026-11-21T11:10"),
        "vessel": VesselRef(vessel_imo_number="9123453", vessel_name="EGRET ISLAND", voyage="118W"),
        "document": ReportedDocument(message_type="BAPLIE", reference="EGB2611210310"),
    }
    assert [getattr(item, "fact", None) for item in items] == [
        EquipmentEvent(
            container_number="LJGU1200453",
            facility_code="XMEG",
            un_location_code="CNXMN",
            transport_document_reference="EGLV26110071",
            iso_equipment_code="45G1",
            empty_indicator=Ladenness.LADEN,
            vgm_kg=9914,
            position="0380886",
            **shared,
        ),
        EquipmentEvent(
            container_number="HTSU7712038",
            facility_code="XMEG",
            un_location_code="CNXMN",
            iso_equipment_code="45R1",
            empty_indicator=Ladenness.LADEN,
            gross_mass_kg=28000,
            reefer_set_point_celsius=-18,
            dangerous_goods=(DangerousGoods(un_number="3480", imo_class="9"),),
            position="0060282",
            **shared,
        ),
        None,
        EquipmentEvent(
            container_number="ZZSU8155344",
            un_location_code="SGSIN",
            is_at_port=False,
            iso_equipment_code="22G1",
            empty_indicator=Ladenness.EMPTY,
            gross_mass_kg=2200,
            position="0060682",
            **shared,
        ),
    ]
    assert reasons(items) == [(Reason.UNKNOWN_CODE, "message 1, segment 29 EQD")]


def test_a_departing_ships_plan_expects_nothing_here_not_even_a_box_without_a_port():
    shared = PLAN | {
        "event_datetime": local("2026-11-28T06:00"),
        "event_created_datetime": local("2026-11-21T03:10"),
        "vessel": VesselRef(vessel_imo_number="9123453", vessel_name="EGRET ISLAND", voyage="119E"),
        "document": None,
        "is_at_port": False,
    }
    assert facts(decode("edifact", kept("baplie/departing.edi"))) == [
        EquipmentEvent(
            container_number="XMLU1044773",
            un_location_code="SGSIN",
            iso_equipment_code="22G0",
            empty_indicator=Ladenness.LADEN,
            gross_mass_kg=21400,
            position="0100482",
            **shared,
        ),
        EquipmentEvent(
            container_number="XMLU2309157",
            iso_equipment_code="22G1",
            empty_indicator=Ladenness.EMPTY,
            gross_mass_kg=2230,
            position="0100484",
            **shared,
        ),
    ]


def test_other_separators_and_a_chinese_name():
    text = plan(CELL, head=ETA + "TDT+20+1W++++++BQAX7:103:ZZZ:白鹭岛'").decode()
    other = text.translate(str.maketrans({"+": "#", ":": "|", "'": "~"}))
    [item] = decode("edifact", f"UNA|#.? ~{other}".encode())
    assert item.fact.vessel.vessel_name == "白鹭岛"


def test_a_plan_of_more_than_ten_thousand_boxes_is_refused_whole():
    assert refusal("edifact", plan(*[CELL] * 10_001)).reason is Reason.TOO_MANY_ITEMS


def test_a_carriers_bayplan_names_no_facility_of_its_own():
    [fact] = facts(decode("edifact", plan(CELL), sender(Role.CARRIER)))
    assert (fact.facility_code, fact.is_at_port) == (None, True)


def test_without_an_arrival_the_departure_before_is_the_estimate():
    [fact] = facts(decode("edifact", plan(CELL, head="DTM+178:202611200400:203'DTM+133:202611201135:203'")))
    assert fact.event_datetime == local("2026-11-20T11:35")


def test_flats_bundled_in_one_cell_are_an_item_each():
    items = decode("edifact", plan(CELL + "EQD+CN+LJGU3366905+22P1+++4'"))
    assert outcomes(items) == [("message 1, EQD 1", "LJGU1200453"), ("message 1, EQD 2", "LJGU3366905")]
    assert [fact.position for fact in facts(items)] == ["0380886", "0380886"]


def test_a_plan_that_replaces_or_cancels_says_which():
    [fact] = facts(decode("edifact", plan(CELL, bgm="BGM+659+EG1+5'")))
    assert fact.document == ReportedDocument(message_type="BAPLIE", reference="EG1", function=DocumentFunction.REPLACE)
    assert facts(decode("edifact", plan(bgm="BGM++EG1+1'"))) == [
        Withdrawal(
            event_created_datetime=local("2026-11-20T14:00"),
            document=ReportedDocument(message_type="BAPLIE", reference="EG1", function=DocumentFunction.CANCEL),
        )
    ]


@pytest.mark.parametrize(
    ("body", "by", "reason", "where"),
    [
        (plan(CELL.replace("0453", "0454")), {}, Reason.BAD_CONTAINER_NUMBER, "message 1, segment 6 EQD"),
        (plan(CELL.replace("+CN+LJ", "+BB+LJ")), {}, Reason.UNKNOWN_CODE, "message 1, segment 6 EQD"),
        (plan(CELL, bgm="BGM+12+EG1+9'"), {}, Reason.UNKNOWN_CODE, "message 1, segment 2 BGM"),
        (plan(CELL, bgm="BGM++EG1+33'"), {}, Reason.UNKNOWN_CODE, "message 1, segment 2 BGM"),
        (plan(CELL, bgm="BGM+++5'"), {}, Reason.FIELD_MISSING, "message 1, segment 2 BGM"),
        (plan(CELL, head=""), {}, Reason.TIME_MISSING, "message 1, segment 5 EQD"),
        (plan(CELL, head="DTM+132:261122:101'"), {}, Reason.DATE_WITHOUT_TIME, "message 1, segment 3 DTM"),
        (plan(CELL, head="DTM+132:soon:203'"), {}, Reason.BAD_VALUE, "message 1, segment 3 DTM"),
        (plan("LOC+147+0380886::5'"), {}, Reason.SEGMENT_MISSING, "message 1"),
        (plan(CELL, bgm=""), {}, Reason.SEGMENT_MISSING, "message 1"),
        (plan(CELL), {"facilities": frozenset({"XMEG", "XMNW"})}, Reason.FACILITY_MISSING, "message 1, segment 6 EQD"),
        (
            plan(CELL.replace("CNXMN:139:6", "CNXMN:139:6+XMHT")),
            {"known_facilities": frozenset({"XMHT"})},
            Reason.FOREIGN_FACILITY,
            "message 1, segment 6 EQD",
        ),
        (plan(CELL), {"role": Role.CUSTOMS}, Reason.NOT_ALLOWED, "message 1, UNH"),
    ],
)
def test_what_is_refused_says_why_and_where(body, by, reason, where):
    assert reasons(decode("edifact", body, sender(**by))) == [(reason, where)]


def test_the_same_plan_twice_gives_the_same_items():
    body = kept("baplie/arriving.edi")
    assert decode("edifact", body) == decode("edifact", body)


def test_of_a_cut_off_plan_nothing_is_taken():
    body = kept("baplie/arriving.edi")
    assert outcomes(decode("edifact", body[: body.index(b"DGS")])) == [("message 1", "TRUNCATED")]


def test_the_escape_character_frees_signs_in_a_name():
    body = plan(CELL, head=ETA + "TDT+20+1W++++++BQAX7:103:ZZZ:O?'HARA ?+ CO??'")
    [item] = decode("edifact", body)
    assert item.fact.vessel.vessel_name == "O'HARA + CO?"
