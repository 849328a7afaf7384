from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.rejection import Reason, Rejected
from build_formats import MESSAGES, decode, facts, kept, local, outcomes, reasons, refusal, sender, warned
from events.types import (
    EquipmentEvent,
    EquipmentEventType,
    Ladenness,
    MovementType,
    TransportMode,
    VesselRef,
    Withdrawal,
)

BOX = "50:LJGU1200453:45G1:F:I:::9914:202611211652'"
KEPT = sorted(path.read_bytes() for path in (MESSAGES / "platform_file").iterdir())


def told(*records: str, head: str = "00:GATEIN::9:EGGT:XMPORT:202611211730'", trailer: str | None = None) -> bytes:
    return "\n".join([head, *records, trailer or f"99:{len(records) + 2}'"]).encode()


def test_a_gate_list_in_chinese_characters():
    shared = {
        "type_code": EquipmentEventType.GTIN,
        "event_created_datetime": local("2026-11-21T15:20"),
        "facility_code": "XMEG",
        "vessel": VesselRef(vessel_imo_number="9123453", vessel_name="EGRET ISLAND", voyage="119E"),
        "iso_equipment_code": "22G1",
        "movement_type": MovementType.EXPORT,
        "mode_of_transport": TransportMode.TRUCK,
    }
    assert facts(decode("platform-file", kept("platform_file/gate_in.txt"))) == [
        EquipmentEvent(
            container_number="XMLU1044773",
            event_datetime=local("2026-11-21T15:05"),
            empty_indicator=Ladenness.LADEN,
            transport_document_reference="8104427731",
            seals=("XM440917",),
            gross_mass_kg=19870,
            truck_plate="闽D88210",
            position="GATE 3",
            **shared,
        ),
        EquipmentEvent(
            container_number="ZZSU8155344",
            event_datetime=local("2026-11-21T15:08:12"),
            empty_indicator=Ladenness.EMPTY,
            truck_plate="MD88211",
            **shared,
        ),
    ]


def test_a_discharge_list_with_escapes_and_oddities():
    items = decode("platform-file", kept("platform_file/discharge.txt"))
    shared = {
        "type_code": EquipmentEventType.DISC,
        "event_created_datetime": local("2026-11-21T17:30"),
        "facility_code": "XMEG",
        "vessel": VesselRef(call_sign="BQAX7", vessel_name="CAPTAIN O'BRIEN ? CO", voyage="118W"),
        "empty_indicator": Ladenness.LADEN,
        "mode_of_transport": TransportMode.VESSEL,
    }
    assert [item.fact for item in items] == [
        EquipmentEvent(
            container_number="LJGU1200453",
            event_datetime=local("2026-11-21T16:52"),
            iso_equipment_code="45G1",
            movement_type=MovementType.IMPORT,
            transport_document_reference="EGLV26110071",
            seals=("A:B77",),
            gross_mass_kg=9914.5,
            position="380886",
            **shared,
        ),
        EquipmentEvent(
            container_number="LJGU3366905",
            event_datetime=local("2026-11-21T16:55"),
            iso_equipment_code="2200",
            movement_type=MovementType.TRANSSHIPMENT,
            **shared,
        ),
    ]
    assert [item.path for item in items] == ["record 3", "record 4"]
    assert warned(items) == [
        ("COUNT_WRONG", "record 5, field 2"),
        ("OLD_SIZE_CODE", "record 4, field 3"),
        ("VALUE_IGNORED", "record 4, field 8"),
    ]


def test_a_load_list_on_one_line_with_a_record_of_somebody_elses():
    shared = {
        "type_code": EquipmentEventType.LOAD,
        "event_created_datetime": local("2026-11-21T19:10"),
        "facility_code": "XMEG",
        "vessel": VesselRef(vessel_imo_number="9123453", vessel_name="EGRET ISLAND", voyage="119E"),
        "empty_indicator": Ladenness.LADEN,
        "mode_of_transport": TransportMode.VESSEL,
    }
    assert facts(decode("platform-file", kept("platform_file/loaded_one_line.txt"))) == [
        EquipmentEvent(
            container_number="XMLU2309157",
            event_datetime=local("2026-11-21T18:55"),
            iso_equipment_code="22R1",
            movement_type=MovementType.EXPORT,
            transport_document_reference="8104427731",
            seals=("A?B",),
            gross_mass_kg=18300,
            position="0380286",
            **shared,
        ),
        EquipmentEvent(
            container_number="ZZSU6022717",
            event_datetime=local("2026-11-21T18:59:01"),
            iso_equipment_code="45G1",
            movement_type=MovementType.TRANSSHIPMENT,
            transport_document_reference="7700157890",
            gross_mass_kg=24150,
            **shared,
        ),
    ]


def test_a_gate_list_by_rail_and_barge_behind_a_mark():
    items = decode("platform-file", kept("platform_file/gate_out_bom.txt"))
    shared = {
        "type_code": EquipmentEventType.GTOT,
        "event_created_datetime": local("2026-11-21T17:40"),
        "facility_code": "XMEG",
    }
    assert [item.fact for item in items] == [
        EquipmentEvent(
            container_number="HTSU7712038",
            event_datetime=local("2026-11-21T17:33"),
            iso_equipment_code="45R1",
            empty_indicator=Ladenness.LADEN,
            movement_type=MovementType.IMPORT,
            transport_document_reference="EGLV26110071",
            seals=("封条'7:1",),
            gross_mass_kg=21400.5,
            mode_of_transport=TransportMode.RAIL,
            position="GATE :3",
            **shared,
        ),
        EquipmentEvent(
            container_number="QZKU5503188",
            event_datetime=local("2026-11-21T17:36"),
            iso_equipment_code="22G1",
            empty_indicator=Ladenness.EMPTY,
            movement_type=MovementType.STORAGE,
            mode_of_transport=TransportMode.BARGE,
            **shared,
        ),
    ]
    assert warned(items) == [("VALUE_IGNORED", "record 3, field 11")]


def test_an_escaped_nul_in_a_ships_name_is_passed_over():
    items = decode("platform-file", told("10:BQAX7:EGRET?\x00 ISLAND:1?\x0718W'", BOX))
    assert items[0].fact.vessel == VesselRef(call_sign="BQAX7")
    assert warned(items) == [("VALUE_IGNORED", "record 2, field 3"), ("VALUE_IGNORED", "record 2, field 4")]


def test_of_a_long_field_the_first_characters_count():
    [fact] = facts(decode("platform-file", told(BOX.replace("F:I::", f"F:I:{'B' * 300}:{'S' * 300}"))))
    assert (fact.transport_document_reference, fact.seals) == ("B" * 35, ("S" * 35,))


@pytest.mark.parametrize("cut", range(2, 60))
def test_a_file_cut_off_before_its_trailer_is_refused_whole(cut):
    body = kept("platform_file/gate_in.txt").rstrip()
    assert refusal("platform-file", body[: -cut - 1]).reason in (Reason.TRUNCATED, Reason.SEGMENT_MISSING)


def test_a_deletion_takes_back_the_movements_it_repeats():
    assert facts(decode("platform-file", kept("platform_file/deletion.txt"))) == [
        Withdrawal(
            container_number="ZZSU8155344",
            type_code=EquipmentEventType.GTIN,
            facility_code="XMEG",
            event_datetime=local("2026-11-21T15:08:12"),
            event_created_datetime=local("2026-11-21T16:00"),
        )
    ]


@pytest.mark.parametrize(
    ("name", "type_code", "mode"),
    [
        ("GATEIN", EquipmentEventType.GTIN, None),
        ("gateot", EquipmentEventType.GTOT, None),
        ("DISCHG", EquipmentEventType.DISC, TransportMode.VESSEL),
        ("LOADED", EquipmentEventType.LOAD, TransportMode.VESSEL),
    ],
)
def test_the_head_says_what_happened_to_all_of_them(name, type_code, mode):
    [fact] = facts(decode("platform-file", told(BOX, head=f"00:{name}::9::'")))
    assert (fact.type_code, fact.mode_of_transport, fact.event_created_datetime) == (type_code, mode, None)


@pytest.mark.parametrize(
    ("box", "reason", "where"),
    [
        (BOX.replace("0453", "0454"), Reason.BAD_CONTAINER_NUMBER, "record 2, field 2"),
        ("50'", Reason.BAD_CONTAINER_NUMBER, "record 2, field 2"),
        ("50:LJGU1200453'", Reason.TIME_MISSING, "record 2, field 9"),
        (BOX.replace("202611211652", "20261121"), Reason.DATE_WITHOUT_TIME, "record 2, field 9"),
        (BOX.replace("202611211652", "202613211652"), Reason.BAD_VALUE, "record 2, field 9"),
        (BOX.replace("202611211652", "202611232000"), Reason.FUTURE_TIME, "record 2, field 9"),
        (BOX.replace("1652'", "1652:::XMHT'"), Reason.FOREIGN_FACILITY, "record 2, field 12"),
    ],
)
def test_a_wrong_record_is_refused_alone(box, reason, where):
    items = decode("platform-file", told(box, BOX))
    assert reasons(items) == [(reason, where)]
    assert outcomes(items)[1] == ("record 3", "LJGU1200453")


def test_a_key_of_two_facilities_must_name_one():
    two = sender(facilities=frozenset({"XMEG", "XMNW"}))
    assert reasons(decode("platform-file", told(BOX), two)) == [(Reason.FACILITY_MISSING, "record 2, field 12")]


@pytest.mark.parametrize(
    ("body", "reason", "where"),
    [
        (b"", Reason.SEGMENT_MISSING, "record 00"),
        (b"{}", Reason.SEGMENT_MISSING, "record 00"),
        (b"\xef", Reason.SEGMENT_MISSING, "record 00"),
        (told(BOX, head="10:BQAX7'"), Reason.SEGMENT_MISSING, "record 00"),
        (told(BOX, head="00:IFCSUM::9'"), Reason.UNKNOWN_CODE, "record 1, field 2"),
        (told(BOX, head="00:GATEIN::4'"), Reason.UNKNOWN_CODE, "record 1, field 4"),
        (told(BOX, trailer="98:1'"), Reason.TRUNCATED, "record 3"),
        (told(BOX)[:-20], Reason.TRUNCATED, "record 1"),
        (told(BOX + "51:" + "x" * 1001 + "'"), Reason.OVERSIZE, "record 3"),
        (told(), Reason.NO_ITEMS, "record 50"),
    ],
)
def test_a_file_that_cannot_be_cut_into_records_is_refused_whole(body, reason, where):
    found = refusal("platform-file", body)
    assert (found.reason, found.where) == (reason, where)


def test_a_list_of_more_than_ten_thousand_is_refused_whole():
    assert refusal("platform-file", told(*[BOX] * 10_001)).reason is Reason.TOO_MANY_ITEMS


def test_odd_ships_codes_and_zones_are_remarked_on():
    body = told("10:9123454:EGRET:119E'", BOX.replace(":F:I:", ":X:Q:"))
    assert warned(decode("platform-file", body, sender(is_time_zone_agreed=False))) == [
        ("BAD_VESSEL_NUMBER", "record 2, field 2"),
        ("TIME_ZONE_ASSUMED", "record 3, field 9"),
        ("VALUE_IGNORED", "record 3, field 4"),
        ("VALUE_IGNORED", "record 3, field 5"),
    ]


def test_the_same_file_twice_gives_the_same_items():
    body = kept("platform_file/gate_in.txt")
    assert decode("platform-file", body) == decode("platform-file", body)


@settings(max_examples=150, deadline=None)
@given(body=st.sampled_from(KEPT), at=st.integers(0, 2000), put=st.binary(max_size=6), cut=st.integers(0, 9))
def test_a_file_with_a_wound_anywhere_gives_items_or_a_reason(body, at, put, cut):
    where = at % len(body)
    with suppress(Rejected):
        decode("platform-file", body[:where] + put + body[where + cut :])


@settings(max_examples=150, deadline=None)
@given(told_records=st.lists(st.text(alphabet="0159:'?ABEF\n-.闽", max_size=40), max_size=6))
def test_records_with_anything_in_them_give_items_or_a_reason(told_records):
    with suppress(Rejected):
        decode("platform-file", told(*[f"50:LJGU1200453:{text}'" for text in told_records]))
