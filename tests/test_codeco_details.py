"""CODECO: what each segment says about the box, its ship and its place."""

from __future__ import annotations

import pytest

from build_codeco import EQD, one, report
from build_formats import decode, local, warned
from events.types import Ladenness, MovementType, TransportMode, VesselRef


@pytest.mark.parametrize(
    ("code", "movement"),
    [
        ("1", MovementType.DOMESTIC),
        ("2", MovementType.EXPORT),
        ("02", MovementType.EXPORT),
        ("3", MovementType.IMPORT),
        ("4", MovementType.RESTOW),
        ("5", MovementType.RESTOW),
        ("6", MovementType.TRANSSHIPMENT),
        ("9", MovementType.DOMESTIC),
        ("14", MovementType.RESTOW),
        ("17", MovementType.TRANSSHIPMENT),
        ("", None),
    ],
)
def test_8249_says_which_way_the_box_goes(code, movement):
    assert one(report(f"EQD+CN+XMLU1044773+22G1++{code}+5'DTM+7:202611201305:203'")).movement_type is movement


@pytest.mark.parametrize(
    ("code", "ladenness"), [("4", Ladenness.EMPTY), ("5", Ladenness.LADEN), ("8", Ladenness.LADEN), ("", None)]
)
def test_8169_says_whether_it_is_empty(code, ladenness):
    assert one(report(f"EQD+CN+XMLU1044773+++2+{code}'DTM+7:202611201305:203'")).empty_indicator is ladenness


@pytest.mark.parametrize(
    ("segment", "where"),
    [
        ("SEL+SI+CA'", "segment 5 SEL"),
        ("MEA+AAE+G+KGM:heavy'", "segment 5 MEA"),
        ("MEA+AAE+G+STN:12'", "segment 5 MEA"),
        ("DGS+IMD+3'", "segment 5 DGS"),
        ("TMP+2+cold:CEL'", "segment 5 TMP"),
        ("TMP+2+-300:CEL'", "segment 5 TMP"),
    ],
)
def test_a_detail_that_cannot_be_read_is_passed_over_with_a_warning(segment, where):
    [item] = decode("edifact", report(EQD + segment))
    assert warned([item]) == [("VALUE_IGNORED", f"message 1, {where}")]
    assert (item.fact.seals, item.fact.gross_mass_kg, item.fact.dangerous_goods) == ((), None, ())


@pytest.mark.parametrize("eqd", ["EQD+CN+XMLU1044773+??'", "EQD+CN+XMLU1044773+++77'", "EQD+CN+XMLU1044773++++9'"])
def test_a_code_of_the_container_that_is_not_known_is_passed_over_with_a_warning(eqd):
    [item] = decode("edifact", report(eqd + "DTM+7:202611201305:203'"))
    assert warned([item]) == [("VALUE_IGNORED", "message 1, segment 3 EQD")]
    assert (item.fact.iso_equipment_code, item.fact.movement_type, item.fact.empty_indicator) == (None, None, None)


@pytest.mark.parametrize("said", ["", "NONE", "none", "N/A", "NIL"])
def test_no_seal_is_no_warning(said):
    assert one(report(EQD + f"SEL+{said}+CA'")).seals == ()


@pytest.mark.parametrize(
    ("mea", "gross", "vgm"),
    [
        ("MEA+AAE+G+KGM:21430'", 21430, None),
        ("MEA+WT++KGM:21430'", 21430, None),
        ("MEA+AAE+EGW+TNE:21.43'", 21430, None),
        ("MEA+AAE+VGM+KGM:28040.0'", None, 28040),
        ("MEA+VGM++KGM:28040'", None, 28040),
        ("MEA+AAE+T+KGM:2200'", None, None),
    ],
)
def test_gross_mass_and_vgm_are_told_from_tare(mea, gross, vgm):
    event = one(report(EQD + mea))
    assert (event.gross_mass_kg, event.vgm_kg) == (gross, vgm)


def test_a_set_point_in_fahrenheit_is_converted():
    assert one(report(EQD + "TMP+2+000:FAH'")).reefer_set_point_celsius == -17.78


@pytest.mark.parametrize(
    ("tdt", "vessel", "warnings"),
    [
        ("TDT+20+1E+1+++++9123453:146'", VesselRef(vessel_imo_number="9123453", voyage="1E"), []),
        ("TDT+20+1E+1+++++IMO9123453:146:11'", VesselRef(vessel_imo_number="9123453", voyage="1E"), []),
        ("TDT+20+1E+1+++++BQAX7:146'", VesselRef(call_sign="BQAX7", voyage="1E"), []),
        ("TDT+20+1e+1+++++bqax7:103'", VesselRef(call_sign="BQAX7", voyage="1E"), []),
        ("TDT+20++1'", VesselRef(), []),
        ("TDT+20+1E+1+++++9123454:146'", VesselRef(vessel_imo_number="9123454", voyage="1E"), ["BAD_VESSEL_NUMBER"]),
        ("TDT+20+1E+1+++++1111111:146'", VesselRef(voyage="1E"), ["BAD_VESSEL_NUMBER"]),
    ],
)
def test_the_vessels_number_is_told_from_its_call_sign_by_form(tdt, vessel, warnings):
    [item] = decode("edifact", report(EQD, head=tdt))
    assert item.fact.vessel == vessel
    assert [reason for reason, _ in warned([item])] == warnings


def test_a_voyage_may_stand_in_a_reference():
    assert one(report(EQD, head="RFF+VON:77W'")).vessel == VesselRef(voyage="77W")


@pytest.mark.parametrize(
    ("head", "tail", "mode", "plate"),
    [
        ("", "TDT+1++3+31+H:172+++MD1:146'", TransportMode.TRUCK, "MD1"),
        ("", "TDT+1++2+++++W7'", TransportMode.RAIL, None),
        ("", "TDT+1++8+++++BARGE7'", TransportMode.BARGE, None),
        ("TDT+20++3+++++MD-31-07'", "", TransportMode.TRUCK, "MD-31-07"),
        ("TDT+20+1E+1+++++BQAX7:103'", "", None, None),
        ("TDT+20+1E+8+++++BQAX7:103'", "", None, None),
    ],
)
def test_what_brings_the_box_to_the_gate_is_no_vessel(head, tail, mode, plate):
    event = one(report(EQD + tail, head=head))
    assert (event.mode_of_transport, event.truck_plate) == (mode, plate)


def test_a_time_in_the_head_goes_for_every_container():
    event = one(report("EQD+CN+XMLU1044773'", head="DTM+137:202611201400:203'DTM+7:202611201305:203'"))
    assert (event.event_datetime, event.event_created_datetime) == (
        local("2026-11-20T13:05"),
        local("2026-11-20T14:00"),
    )


@pytest.mark.parametrize(
    ("known", "facility", "position"),
    [
        ({}, "XMEG", "EGGT"),
        ({"facilities": frozenset({"EGGT"})}, "EGGT", None),
        ({"facilities": frozenset({"EGGT", "XMNW"})}, "EGGT", None),
        ({"facilities": frozenset(), "is_hub": True}, "EGGT", None),
    ],
)
def test_a_terminals_own_code_is_a_facility_only_where_the_platform_knows_it(known, facility, position):
    event = one(report(EQD + "LOC+165+CNXMN:139:6+EGGT:TER:ZZZ'"), **known)
    assert (event.facility_code, event.position) == (facility, position)


def test_a_hub_that_names_no_facility_leaves_it_open():
    assert one(report(EQD), is_hub=True, facilities=frozenset()).facility_code is None
