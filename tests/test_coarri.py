from __future__ import annotations

import pytest

from adapters.rejection import Reason
from adapters.seam import Accepted
from build_formats import decode, facts, interchange, kept, local, outcomes, reasons, sender, warned
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

EQD = "EQD+CN+LJGU1200453+45G1:102:5++3+5'DTM+203:202611190913:203'"
EGRET = {"call_sign": "BQAX7", "vessel_name": "EGRET ISLAND"}


def report(*groups: str, bgm: str = "BGM+44+EG1+9'", head: str = "") -> bytes:
    return interchange(f"COARRI'{bgm}{head}{''.join(groups)}")


def test_a_discharge_and_a_loading_report_in_one_interchange():
    items = decode("edifact", kept("coarri/discharge_and_load.edi"))
    created = local("2026-11-20T17:28")
    discharged = {
        "type_code": EquipmentEventType.DISC,
        "event_created_datetime": created,
        "facility_code": "XMEG",
        "un_location_code": "CNXMN",
        "vessel": VesselRef(voyage="118W", **EGRET),
        "iso_equipment_code": "45G1",
        "empty_indicator": Ladenness.LADEN,
        "mode_of_transport": TransportMode.VESSEL,
        "document": ReportedDocument(message_type="COARRI", reference="4486187970001"),
    }
    assert [item.fact for item in items] == [
        EquipmentEvent(
            container_number="LJGU1200453",
            event_datetime=local("2026-11-19T09:13"),
            movement_type=MovementType.IMPORT,
            gross_mass_kg=9914,
            position="380886",
            **discharged,
        ),
        EquipmentEvent(
            container_number="LJGU3366905",
            event_datetime=local("2026-11-19T09:11"),
            movement_type=MovementType.TRANSSHIPMENT,
            gross_mass_kg=10528,
            seals=("XM771",),
            position="380686",
            **discharged,
        ),
        EquipmentEvent(
            type_code=EquipmentEventType.LOAD,
            container_number="ZZSU6022717",
            event_datetime=local("2026-11-20T14:38"),
            event_created_datetime=created,
            facility_code="XMEG",
            un_location_code="CNXMN",
            vessel=VesselRef(voyage="119E", **EGRET),
            transport_document_reference="7700157890",
            iso_equipment_code="42G1",
            empty_indicator=Ladenness.LADEN,
            movement_type=MovementType.EXPORT,
            mode_of_transport=TransportMode.VESSEL,
            seals=("H73175",),
            gross_mass_kg=21500,
            position="261386",
            dangerous_goods=(DangerousGoods(un_number="2735", imo_class="8"),),
            document=ReportedDocument(message_type="COARRI", reference="4486181970001"),
        ),
    ]
    assert [item.path for item in items] == ["message 1, EQD 1", "message 1, EQD 2", "message 2, EQD 1"]
    assert warned(items) == [("VALUE_IGNORED", "message 1, segment 15 SEL")]


def test_wrong_counts_and_old_sizes_are_taken_with_warnings_on_the_first_item():
    first, second = decode("edifact", kept("coarri/discharge_wrong_counts.edi"))
    assert warned([first]) == [
        ("COUNT_WRONG", "message 1, UNT"),
        ("COUNT_WRONG", "message 1, segment 19 CNT"),
        ("VALUE_IGNORED", "message 1, segment 11 SEL"),
        ("OLD_SIZE_CODE", "message 1, segment 6 EQD"),
    ]
    assert second == Accepted(
        EquipmentEvent(
            type_code=EquipmentEventType.DISC,
            container_number="ZZSU8155344",
            event_datetime=local("2026-11-20T21:10"),
            event_created_datetime=local("2026-11-20T22:04"),
            facility_code="XMEG",
            un_location_code="CNXMN",
            vessel=VesselRef(voyage="118W", **EGRET),
            iso_equipment_code="2200",
            empty_indicator=Ladenness.LADEN,
            movement_type=MovementType.IMPORT,
            mode_of_transport=TransportMode.VESSEL,
            gross_mass_kg=23700,
            position="0110282",
            dangerous_goods=(DangerousGoods(un_number="0593"),),
            document=ReportedDocument(message_type="COARRI", reference="261120220452"),
        ),
        "message 1, EQD 2",
        second.warnings,
    )
    assert warned([second]) == [("OLD_SIZE_CODE", "message 1, segment 13 EQD")]


def test_a_vessel_with_a_name_only_and_a_document_number_of_zeros():
    [item] = decode("edifact", kept("coarri/vessel_without_call_sign.edi"))
    assert item.fact == EquipmentEvent(
        type_code=EquipmentEventType.DISC,
        container_number="HTSU7712038",
        event_datetime=local("2026-11-20T17:08"),
        event_created_datetime=local("2026-11-20T17:07"),
        facility_code="XMEG",
        vessel=VesselRef(vessel_name="7KX", voyage="1180"),
        iso_equipment_code="0000",
        empty_indicator=Ladenness.EMPTY,
        mode_of_transport=TransportMode.VESSEL,
    )
    assert warned([item]) == [("OLD_SIZE_CODE", "message 1, segment 5 EQD")]


def test_the_older_guides_codes_and_a_barge():
    [event] = facts(decode("edifact", kept("coarri/old_codes.edi")))
    assert event == EquipmentEvent(
        type_code=EquipmentEventType.LOAD,
        container_number="XMLU1044773",
        event_datetime=local("2026-11-20T18:10"),
        event_created_datetime=local("2026-11-20T18:25"),
        facility_code="XMEG",
        un_location_code="CNXMN",
        vessel=VesselRef(vessel_imo_number="9123453", voyage="119E"),
        iso_equipment_code="22G1",
        empty_indicator=Ladenness.LADEN,
        movement_type=MovementType.DOMESTIC,
        mode_of_transport=TransportMode.BARGE,
        position="EGGT",
        document=ReportedDocument(message_type="COARRI", reference="EG60"),
    )


def test_a_replacement_says_which_document_it_replaces():
    [event] = facts(decode("edifact", kept("coarri/replacement.edi")))
    assert event.document == ReportedDocument(
        message_type="COARRI", reference="4486187970001", function=DocumentFunction.REPLACE
    )
    assert event.event_created_datetime == local("2026-11-20T19:30")


def test_a_cancellation_takes_back_a_document_with_or_without_naming_containers():
    created = local("2026-11-20T20:30")

    def cancelled(reference: str) -> ReportedDocument:
        return ReportedDocument(message_type="COARRI", reference=reference, function=DocumentFunction.CANCEL)

    assert facts(decode("edifact", kept("coarri/cancellation.edi"))) == [
        Withdrawal(event_created_datetime=created, document=cancelled("4486187970001")),
        Withdrawal(container_number="ZZSU6022717", event_created_datetime=created, document=cancelled("4486181970001")),
    ]


def test_a_code_of_nobodys_is_refused_and_the_known_ones_named():
    [item] = decode("edifact", kept("coarri/wrong_code.edi"))
    assert (item.rejected.reason, item.rejected.where) == (Reason.UNKNOWN_CODE, "message 1, segment 2 BGM")
    assert item.rejected.fix == "Send 44 or 98 (discharge report), 46 or 270 (loading report) in BGM."


@pytest.mark.parametrize(
    ("code", "type_code"),
    [
        ("44", EquipmentEventType.DISC),
        ("98", EquipmentEventType.DISC),
        ("46", EquipmentEventType.LOAD),
        ("270", EquipmentEventType.LOAD),
    ],
)
def test_the_document_code_says_whether_it_came_off_or_went_on(code, type_code):
    [event] = facts(decode("edifact", report(EQD, bgm=f"BGM+{code}+EG1+9'")))
    assert event.type_code is type_code


def test_the_tally_may_tell_of_the_quay_and_not_of_the_gate():
    tally = sender(Role.TALLY)
    assert outcomes(decode("edifact", report(EQD), tally)) == [("message 1, EQD 1", "LJGU1200453")]
    assert outcomes(decode("edifact", interchange(f"CODECO'BGM+34+EG1+9'{EQD}"), tally)) == [
        ("message 1", "NOT_ALLOWED")
    ]


def test_a_facility_of_the_platform_in_the_head_is_a_claim():
    head = "LOC+11+CNXMN:139:6+XMHT:TER:ZZZ'"
    known = frozenset({"XMEG", "XMHT"})
    assert reasons(decode("edifact", report(EQD, head=head), sender(known_facilities=known))) == [
        (Reason.FOREIGN_FACILITY, "message 1, segment 4 EQD")
    ]
    [event] = facts(decode("edifact", report(EQD, head=head), sender(Role.TERMINAL, "XMHT", known_facilities=known)))
    assert (event.facility_code, event.position) == ("XMHT", None)


def test_the_port_of_the_voyages_other_end_is_no_place_of_the_movement():
    [event] = facts(decode("edifact", report(EQD + "LOC+9+NLRTM:139:6'")))
    assert event.un_location_code is None


def test_the_same_interchange_twice_gives_the_same_items():
    body = kept("coarri/discharge_and_load.edi")
    assert decode("edifact", body) == decode("edifact", body)


def test_in_a_cut_off_interchange_the_complete_message_counts():
    body = kept("coarri/discharge_and_load.edi")
    cut = body[: body.index(b"SEL+H73175")]
    assert outcomes(decode("edifact", cut)) == [
        ("message 1, EQD 1", "LJGU1200453"),
        ("message 1, EQD 2", "LJGU3366905"),
        ("message 2", "TRUNCATED"),
    ]


@pytest.mark.parametrize(
    ("group", "reason"),
    [
        ("EQD+CN+LJGU1200454'DTM+203:202611190913:203'", Reason.BAD_CONTAINER_NUMBER),
        ("EQD+CN+LJGU1200453'", Reason.TIME_MISSING),
        ("EQD+CN+LJGU1200453'DTM+203:20261119:102'", Reason.DATE_WITHOUT_TIME),
        ("EQD+CN+LJGU1200453'DTM+203:202611320913:203'", Reason.BAD_VALUE),
        ("EQD+CN+LJGU1200453'DTM+203:202612190913:203'", Reason.FUTURE_TIME),
    ],
)
def test_a_wrong_container_group_is_refused_alone(group, reason):
    items = decode("edifact", report(group, EQD))
    assert [found for found, _ in reasons(items)] == [reason]
    assert outcomes(items)[1] == ("message 1, EQD 2", "LJGU1200453")
