from __future__ import annotations

import pytest

from adapters import equipment_report
from adapters.equipment_group import read_group
from adapters.rejection import Reason
from build_formats import (
    box_numbers,
    decode,
    facts,
    interchange,
    kept,
    local,
    outcomes,
    reasons,
    refusal,
    sender,
    warned,
)
from events.types import (
    DocumentFunction,
    EquipmentEvent,
    EquipmentEventType,
    Ladenness,
    MovementType,
    ReportedDocument,
    VesselRef,
    Withdrawal,
)
from port.actor import Role

CARRIER = sender(Role.CARRIER)
STS = "STS+1+UV'DTM+334:202611210952:203'LOC+175+CNXMN:139:6'EQD+CN+LJGU1200453'"


def report(*statuses: str, bgm: str = "BGM+23+EG1+9'") -> bytes:
    return interchange(f"IFTSTA'{bgm}{''.join(statuses)}")


def test_statuses_here_and_elsewhere_and_one_that_is_no_movement():
    items = decode("edifact", kept("iftsta/carrier_statuses.edi"), CARRIER)
    shared = {
        "event_created_datetime": local("2026-11-21T10:20"),
        "transport_document_reference": "EGLV26110071",
        "document": ReportedDocument(message_type="IFTSTA", reference="EGS26112101"),
    }
    gated_in = {
        "type_code": EquipmentEventType.GTIN,
        "event_datetime": local("2026-11-18T09:05"),
        "un_location_code": "KRPUS",
        "is_at_port": False,
        "empty_indicator": Ladenness.LADEN,
    }
    assert [getattr(item, "fact", None) for item in items] == [
        EquipmentEvent(
            type_code=EquipmentEventType.DISC,
            container_number="LJGU1200453",
            event_datetime=local("2026-11-21T09:52"),
            un_location_code="CNXMN",
            vessel=VesselRef(call_sign="BQAX7", vessel_name="EGRET ISLAND", voyage="118W"),
            iso_equipment_code="45G1",
            empty_indicator=Ladenness.LADEN,
            **shared,
        ),
        EquipmentEvent(container_number="LJGU1200453", iso_equipment_code="45G1", **gated_in, **shared),
        EquipmentEvent(container_number="HTSU4088627", iso_equipment_code="45R1", **gated_in, **shared),
        None,
        EquipmentEvent(
            type_code=EquipmentEventType.AVPU,
            container_number="ZZSU6022717",
            event_datetime=local("2026-11-21T10:10"),
            un_location_code="CNXMN",
            **shared,
        ),
    ]
    assert [item.path for item in items] == [
        "message 1, STS 1, EQD 1",
        "message 1, STS 2, EQD 1",
        "message 1, STS 2, EQD 2",
        "message 1, STS 3",
        "message 1, STS 4",
    ]
    assert reasons(items) == [(Reason.UNKNOWN_CODE, "message 1, segment 19 STS")]
    assert items[3].rejected.message == "IFTSTA with the status code 'VD' is not taken."
    assert warned(items) == []


def test_a_terminals_statuses_in_gb18030_and_one_of_another_category():
    items = decode("edifact", kept("iftsta/terminal_statuses.edi"), sender(known_facilities=frozenset({"XMEG"})))
    shared = {
        "event_created_datetime": local("2026-11-21T11:39"),
        "facility_code": "XMEG",
        "document": ReportedDocument(message_type="IFTSTA", reference="XMS881"),
    }
    discharged = shared | {
        "type_code": EquipmentEventType.DISC,
        "event_datetime": local("2026-11-21T10:12"),
        "un_location_code": "CNXMN",
        "vessel": VesselRef(vessel_imo_number="9123453", vessel_name="白鹭岛", voyage="118W"),
        "transport_document_reference": "EGLV26110071",
        "empty_indicator": Ladenness.LADEN,
        "movement_type": MovementType.IMPORT,
    }
    assert [getattr(item, "fact", None) for item in items] == [
        EquipmentEvent(container_number="LJGU1200453", iso_equipment_code="45G1", **discharged),
        EquipmentEvent(container_number="LJGU3366905", iso_equipment_code="22G1", **discharged),
        EquipmentEvent(
            type_code=EquipmentEventType.RSEA,
            container_number="LJGU1200453",
            event_datetime=local("2026-11-21T11:00"),
            **shared,
        ),
        None,
    ]
    assert (items[3].rejected.reason, items[3].rejected.message) == (
        Reason.UNKNOWN_CODE,
        "A status of the category '3' is not taken.",
    )


def test_one_status_a_message_as_a_network_of_carriers_sends_them():
    items = decode("edifact", kept("iftsta/one_status_a_message.edi"), CARRIER)
    assert items[0].fact == EquipmentEvent(
        type_code=EquipmentEventType.GTOT,
        container_number="ZZSU6022717",
        event_datetime=local("2026-11-21T12:45"),
        event_created_datetime=local("2026-11-21T12:59"),
        un_location_code="CNXMN",
        transport_document_reference="7700157890",
        iso_equipment_code="42G1",
        empty_indicator=Ladenness.LADEN,
        position="XIAMEN",
        document=ReportedDocument(message_type="IFTSTA", reference="1"),
    )
    assert reasons(items) == [
        (Reason.FUTURE_TIME, "message 2, segment 8 DTM"),
        (Reason.UNKNOWN_CODE, "message 3, segment 6 STS"),
    ]


def test_other_separators():
    other = report(STS).decode().translate(str.maketrans({"+": "#", ":": "|", "'": "~"}))
    assert outcomes(decode("edifact", f"UNA|#.? ~{other}".encode(), CARRIER)) == [
        ("message 1, STS 1, EQD 1", "LJGU1200453")
    ]


def test_one_status_of_thousands_of_boxes_is_read_once_and_not_once_for_each(monkeypatch):
    read: list[tuple[int, int]] = []

    def count(edi, start, end):
        read.append((start, end))
        return read_group(edi, start, end)

    monkeypatch.setattr(equipment_report, "read_group", count)
    body = report(STS + "".join(f"EQD+CN+{number}'" for number in box_numbers(5000)))
    items = decode("edifact", body, CARRIER)
    assert len(items) == 5001
    assert len(read) == 1
    assert {item.fact.un_location_code for item in items} == {"CNXMN"}


def test_what_is_odd_about_a_shared_status_is_told_with_each_box():
    items = decode("edifact", report(STS + "MEA+AAE+G+KGM:heavy'EQD+CN+HTSU4088627+????'"), CARRIER)
    assert [[warning.where for warning in item.warnings] for item in items] == [
        ["message 1, segment 7 MEA"],
        ["message 1, segment 7 MEA", "message 1, segment 8 EQD"],
    ]


def test_a_report_of_more_than_ten_thousand_statuses_is_refused_whole():
    assert refusal("edifact", report(*[STS] * 10_001), CARRIER).reason is Reason.TOO_MANY_ITEMS


@pytest.mark.parametrize(
    ("code", "type_code"),
    [
        ("12", EquipmentEventType.CUSR),
        ("28", EquipmentEventType.STRP),
        ("29", EquipmentEventType.DISC),
        ("I", EquipmentEventType.GTIN),
        ("RD", EquipmentEventType.GTIN),
        ("OA", EquipmentEventType.GTOT),
        ("EE", EquipmentEventType.GTOT),
        ("AE", EquipmentEventType.LOAD),
        ("uv", EquipmentEventType.DISC),
        ("CT", EquipmentEventType.CUSR),
        ("INSP", EquipmentEventType.INSP),
    ],
)
def test_a_status_code_says_what_happened(code, type_code):
    [fact] = facts(decode("edifact", report(STS.replace("UV", code)), CARRIER))
    assert fact.type_code is type_code


def test_a_terminals_own_status_is_at_its_facility_unless_it_names_another_port():
    [here] = facts(decode("edifact", report(STS.replace("LOC+175+CNXMN:139:6'", ""))))
    [there] = facts(decode("edifact", report(STS.replace("CNXMN", "NLRTM"))))
    assert [(fact.facility_code, fact.is_at_port) for fact in (here, there)] == [("XMEG", True), (None, False)]


def test_a_cancelled_report_is_taken_back_whole():
    document = ReportedDocument(message_type="IFTSTA", reference="EG1", function=DocumentFunction.CANCEL)
    created = local("2026-11-20T14:00")
    assert facts(decode("edifact", report(bgm="BGM+23+EG1+1'"), CARRIER)) == [
        Withdrawal(document=document, event_created_datetime=created)
    ]


@pytest.mark.parametrize(
    ("body", "by", "reason", "where"),
    [
        (report(STS.replace("UV", "ZZ")), CARRIER, Reason.UNKNOWN_CODE, "message 1, segment 3 STS"),
        (report(STS.replace("+UV", "")), CARRIER, Reason.UNKNOWN_CODE, "message 1, segment 3 STS"),
        (report(STS.replace("0453", "0454")), CARRIER, Reason.BAD_CONTAINER_NUMBER, "message 1, segment 6 EQD"),
        (report("STS+1+UV'RFF+BM:EGLV26110071'"), CARRIER, Reason.BAD_CONTAINER_NUMBER, "message 1, segment 3 STS"),
        (report("STS+1+UV'EQD+CN+LJGU1200453'"), CARRIER, Reason.TIME_MISSING, "message 1, segment 4 EQD"),
        (report(STS.replace("0952:203", ":102")), CARRIER, Reason.DATE_WITHOUT_TIME, "message 1, segment 4 DTM"),
        (report(STS.replace("0952", "9952")), CARRIER, Reason.BAD_VALUE, "message 1, segment 4 DTM"),
        (report(STS.replace("20261121", "20261221")), CARRIER, Reason.FUTURE_TIME, "message 1, segment 4 DTM"),
        (report(STS, bgm="BGM+23+EG1+4'"), CARRIER, Reason.UNKNOWN_CODE, "message 1, segment 2 BGM"),
        (report(STS, bgm="BGM+23++5'"), CARRIER, Reason.FIELD_MISSING, "message 1, segment 2 BGM"),
        (report(STS, bgm=""), CARRIER, Reason.SEGMENT_MISSING, "message 1"),
        (report(), CARRIER, Reason.SEGMENT_MISSING, "message 1"),
        (
            report(STS),
            sender(facilities=frozenset({"XMEG", "XMNW"})),
            Reason.FACILITY_MISSING,
            "message 1, segment 6 EQD",
        ),
        (
            report(STS.replace("CNXMN:139:6", "CNXMN:139:6+XMHT")),
            sender(known_facilities=frozenset({"XMHT"})),
            Reason.FOREIGN_FACILITY,
            "message 1, segment 6 EQD",
        ),
        (report(STS), sender(Role.AGENT), Reason.NOT_ALLOWED, "message 1, UNH"),
    ],
)
def test_what_is_refused_says_why_and_where(body, by, reason, where):
    assert reasons(decode("edifact", body, by)) == [(reason, where)]


def test_the_same_report_twice_gives_the_same_items():
    body = kept("iftsta/carrier_statuses.edi")
    assert decode("edifact", body, CARRIER) == decode("edifact", body, CARRIER)


def test_of_a_cut_off_report_nothing_is_taken():
    body = kept("iftsta/carrier_statuses.edi")
    assert outcomes(decode("edifact", body[: body.index(b"CNI+2")], CARRIER)) == [("message 1", "TRUNCATED")]


def test_the_escape_character_frees_signs_in_a_name():
    body = report(STS.replace("EQD", "TDT+20+1W++++++BQAX7:103:ZZZ:O?'HARA ?+ CO??'EQD"))
    [item] = decode("edifact", body, CARRIER)
    assert item.fact.vessel == VesselRef(call_sign="BQAX7", vessel_name="O'HARA + CO?", voyage="1W")
