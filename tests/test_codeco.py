from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.edifact import EdiMessage
from adapters.interchange import MessageType, decoder_of
from adapters.registry import MESSAGE_TYPES
from adapters.rejection import Reason, Rejected
from adapters.seam import Accepted, Item, Message, SenderProfile
from build_codeco import EQD, one, report
from build_formats import NOW, decode, facts, interchange, kept, local, outcomes, reasons, sender, warned
from events.types import (
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


def test_a_gate_in_without_an_envelope_is_taken_with_a_warning():
    [item] = decode("edifact", kept("codeco/gate_in_without_envelope.edi"))
    assert item == Accepted(
        EquipmentEvent(
            type_code=EquipmentEventType.GTIN,
            container_number="XMLU1044773",
            event_datetime=local("2026-11-20T13:05"),
            facility_code="XMEG",
            un_location_code="CNXMN",
            vessel=VesselRef(call_sign="BQAX7", vessel_name="EGRET ISLAND", voyage="118E"),
            transport_document_reference="8104427731",
            iso_equipment_code="22G1",
            empty_indicator=Ladenness.LADEN,
            movement_type=MovementType.EXPORT,
            mode_of_transport=TransportMode.TRUCK,
            seals=("XM440917", "CT0099281"),
            gross_mass_kg=19870,
            truck_plate="MD88210",
            position="EGGT",
        ),
        "message 1, EQD 1",
        item.warnings,
    )
    assert warned([item]) == [("ENVELOPE_MISSING", "UNB"), ("ENVELOPE_MISSING", "UNZ")]


def test_a_gate_out_behind_tabs_with_a_size_of_zeros():
    [item] = decode("edifact", kept("codeco/gate_out_tabs.edi"))
    assert item.fact == EquipmentEvent(
        type_code=EquipmentEventType.GTOT,
        container_number="HTSU7712038",
        event_datetime=local("2026-11-20T17:09"),
        event_created_datetime=local("2026-11-20T17:12"),
        facility_code="XMEG",
        un_location_code="CNXMN",
        iso_equipment_code="0000",
        empty_indicator=Ladenness.LADEN,
        movement_type=MovementType.IMPORT,
        mode_of_transport=TransportMode.TRUCK,
        position="CNXMN22",
    )
    assert warned([item]) == [("OLD_SIZE_CODE", "message 1, segment 4 EQD")]


def test_semicolons_stray_text_and_a_train():
    [item] = decode("edifact", kept("codeco/semicolons.edi"))
    assert item.fact == EquipmentEvent(
        type_code=EquipmentEventType.GTOT,
        container_number="HTSU4088627",
        event_datetime=local("2026-11-20T18:18"),
        event_created_datetime=local("2026-11-20T18:30"),
        facility_code="XMEG",
        un_location_code="CNXMN",
        vessel=VesselRef(vessel_imo_number="9123453", vessel_name="EGRET ISLAND", voyage="119W"),
        transport_document_reference="XMLN26110042",
        iso_equipment_code="45R1",
        empty_indicator=Ladenness.LADEN,
        movement_type=MovementType.IMPORT,
        mode_of_transport=TransportMode.RAIL,
        vgm_kg=28040.5,
        position="EGGT",
        dangerous_goods=(DangerousGoods(un_number="1993", imo_class="3"),),
        reefer_set_point_celsius=-18.5,
        document=ReportedDocument(message_type="CODECO", reference="EG93001"),
    )
    assert warned([item]) == [
        ("TEXT_BETWEEN_SEGMENTS", "before the first segment"),
        ("TEXT_BETWEEN_SEGMENTS", "message 1, after segment 5"),
    ]


def test_the_release_character_frees_signs_in_numbers_and_names():
    event = one(kept("codeco/release_character.edi"))
    assert event.vessel == VesselRef(call_sign="BQAX7", vessel_name="CAPTAIN O'BRIEN ? CO", voyage="120E")
    assert event.seals == ("A+B77",)
    assert event.document == ReportedDocument(message_type="CODECO", reference="EG+56:A")


def test_other_separators_and_a_decimal_comma():
    event = one(kept("codeco/other_separators.edi"))
    assert (event.container_number, event.gross_mass_kg, event.seals) == ("XMLU2309157", 12.5, ("A#B+C'77",))


def test_lines_wrapped_anywhere_are_put_together():
    event = one(kept("codeco/wrapped.edi"))
    assert event.vessel == VesselRef(call_sign="BQAX7", vessel_name="EGRET ISLAND", voyage="120E")
    assert (event.event_datetime, event.position) == (local("2026-11-20T13:58"), "EGGT")


def test_chinese_text_is_read_whatever_unb_says():
    assert one(kept("codeco/chinese_text.edi")).truck_plate == "闽D88210"


def test_an_empty_returned_by_barge_in_a_functional_group():
    assert one(kept("codeco/groups_and_barge.edi"), facilities=frozenset({"XMD9"})) == EquipmentEvent(
        type_code=EquipmentEventType.GTIN,
        container_number="QZKU5503188",
        event_datetime=local("2026-11-21T08:50"),
        event_created_datetime=local("2026-11-21T09:14"),
        facility_code="XMD9",
        un_location_code="CNXMN",
        iso_equipment_code="22G1",
        empty_indicator=Ladenness.EMPTY,
        movement_type=MovementType.RESTOW,
        mode_of_transport=TransportMode.BARGE,
        document=ReportedDocument(message_type="CODECO", reference="DP60"),
    )


@pytest.mark.parametrize(
    ("name", "outcome", "fix"),
    [
        (
            "codeco/depot_inventory.edi",
            Rejected(
                Reason.UNKNOWN_CODE,
                "message 1, segment 2 BGM",
                message="CODECO with the document code '393' is not taken.",
                fix="Send 34 (gate-in report) or 36 (gate-out report) in BGM.",
            ),
            "BGM",
        ),
        (
            "codeco/not_a_container.edi",
            Rejected(
                Reason.BAD_CONTAINER_NUMBER,
                "message 1, segment 4 EQD",
                message="'WXYD7654321' is not a container number.",
            ),
            "owner's",
        ),
    ],
)
def test_a_report_that_cannot_be_understood_is_refused_in_words(name, outcome, fix):
    [item] = decode("edifact", kept(name))
    assert item.rejected == outcome
    assert fix in item.rejected.fix


def test_the_same_interchange_twice_gives_the_same_items():
    body = kept("codeco/gate_in_without_envelope.edi")
    assert decode("edifact", body) == decode("edifact", body)


@pytest.mark.parametrize(
    ("group", "by", "reason", "where"),
    [
        ("EQD+CN+XMLU1044774'DTM+7:202611201305:203'", {}, Reason.BAD_CONTAINER_NUMBER, "segment 3 EQD"),
        ("EQD+CN'DTM+7:202611201305:203'", {}, Reason.BAD_CONTAINER_NUMBER, "segment 3 EQD"),
        ("EQD+CH+XMLU1044773'DTM+7:202611201305:203'", {}, Reason.UNKNOWN_CODE, "segment 3 EQD"),
        ("EQD+CN+XMLU1044773'", {}, Reason.TIME_MISSING, "segment 3 EQD"),
        ("EQD+CN+XMLU1044773'DTM+137:202611201305:203'", {}, Reason.TIME_MISSING, "segment 3 EQD"),
        ("EQD+CN+XMLU1044773'DTM+7:20261120:102'", {}, Reason.DATE_WITHOUT_TIME, "segment 4 DTM"),
        ("EQD+CN+XMLU1044773'DTM+7:soon:203'", {}, Reason.BAD_VALUE, "segment 4 DTM"),
        ("EQD+CN+XMLU1044773'DTM+7:202611201305:777'", {}, Reason.UNKNOWN_CODE, "segment 4 DTM"),
        ("EQD+CN+XMLU1044773'DTM+7:202611212016:203'", {}, Reason.FUTURE_TIME, "segment 4 DTM"),
        (EQD, {"facilities": frozenset({"XMEG", "XMNW"})}, Reason.FACILITY_MISSING, "segment 3 EQD"),
        (
            EQD + "LOC+165+CNXMN:139:6+XMHT:TER:ZZZ'",
            {"known_facilities": frozenset({"XMEG", "XMHT"})},
            Reason.FOREIGN_FACILITY,
            "segment 3 EQD",
        ),
    ],
)
def test_a_wrong_container_group_is_refused_alone(group, by, reason, where):
    good = "EQD+CN+XMLU2309157'DTM+7:202611201305:203'LOC+165+CNXMN:139:6+XMEG'"
    items = decode("edifact", report(group, good), sender(**by))
    assert reasons(items) == [(reason, f"message 1, {where}")]
    assert outcomes(items)[1] == ("message 1, EQD 2", "XMLU2309157")


def test_a_clock_may_be_a_quarter_of_an_hour_ahead():
    assert one(report("EQD+CN+XMLU1044773'DTM+7:202611212015:203'")).event_datetime == local("2026-11-21T20:15")


@pytest.mark.parametrize(
    ("body", "by", "path", "reason"),
    [
        (interchange("CODECO'" + EQD), {}, "message 1", Reason.SEGMENT_MISSING),
        (report(), {}, "message 1", Reason.SEGMENT_MISSING),
        (report(EQD, bgm="BGM+34+EG1+3'"), {}, "message 1", Reason.UNKNOWN_CODE),
        (report(EQD, bgm="BGM+34++5'"), {}, "message 1", Reason.FIELD_MISSING),
        (report(EQD, bgm="BGM+34+0000+1'"), {}, "message 1", Reason.FIELD_MISSING),
        (report(EQD), {"role": Role.TALLY}, "message 1", Reason.NOT_ALLOWED),
        (interchange("COPINO'BGM+661+EG1+9'"), {}, "message 1", Reason.UNKNOWN_MESSAGE_TYPE),
        (report(EQD)[:-20], {}, "message 1", Reason.TRUNCATED),
    ],
)
def test_a_message_that_is_wrong_as_a_whole_is_one_refused_item(body, by, path, reason):
    assert outcomes(decode("edifact", body, sender(**by))) == [(path, reason.value)]


def test_a_broken_message_does_not_touch_its_neighbours():
    body = interchange(f"CODECO'BGM+34+EG1+9'{EQD}", "COPINO'BGM++1'", f"CODECO'BGM+36+EG2+9'{EQD}")
    assert outcomes(decode("edifact", body)) == [
        ("message 1, EQD 1", "XMLU1044773"),
        ("message 2", "UNKNOWN_MESSAGE_TYPE"),
        ("message 3, EQD 1", "XMLU1044773"),
    ]


def test_a_fault_of_ours_refuses_one_message_and_says_so():
    def fail(edi: EdiMessage, message: Message, by: SenderProfile) -> Iterator[Item]:
        raise ZeroDivisionError

    broken = decoder_of({**MESSAGE_TYPES, "COARRI": MessageType(fail, frozenset(Role))})
    body = interchange(f"COARRI'BGM+44+EG1+9'{EQD}", f"CODECO'BGM+36+EG2+9'{EQD}")
    assert outcomes(broken(Message(body, None, NOW), sender())) == [
        ("message 1", "INTERNAL_ERROR"),
        ("message 2, EQD 1", "XMLU1044773"),
    ]


def test_a_time_without_a_zone_is_warned_of_unless_the_zone_is_agreed():
    assert warned(decode("edifact", report(EQD), sender(is_time_zone_agreed=False))) == [
        ("TIME_ZONE_ASSUMED", "message 1, segment 4 DTM")
    ]
    assert warned(decode("edifact", report(EQD))) == []


def test_a_wrong_container_count_is_warned_of():
    assert warned(decode("edifact", report(EQD, "CNT+16:2'"))) == [("COUNT_WRONG", "message 1, segment 5 CNT")]
    assert warned(decode("edifact", report(EQD, "CNT+16:0001'"))) == []
    assert warned(decode("edifact", report(EQD, "CNT+1:0'"))) == []


def test_a_cancellation_takes_the_whole_document_back():
    document = ReportedDocument(message_type="CODECO", reference="EG1", function=DocumentFunction.CANCEL)
    created = local("2026-11-20T14:00")
    assert facts(decode("edifact", report("EQD+CN+XMLU1044773'", "EQD+CN+XMLU2309157'", bgm="BGM+34+EG1+1'"))) == [
        Withdrawal(container_number="XMLU1044773", event_created_datetime=created, document=document),
        Withdrawal(container_number="XMLU2309157", event_created_datetime=created, document=document),
    ]
    assert facts(decode("edifact", report(bgm="BGM+34+EG1+1'"))) == [
        Withdrawal(event_created_datetime=created, document=document)
    ]


def test_more_than_ten_thousand_containers_are_too_many():
    body = report(*(["EQD+CN+XMLU1044773'"] * 10_001))
    with pytest.raises(Rejected) as raised:
        decode("edifact", body)
    assert raised.value == Rejected(Reason.TOO_MANY_ITEMS)
