"""The simulated port without a server: its numbers, its plan, its messages; and once with one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path as FilePath

import pytest
from stdnum import imo, iso6346

from build_demo import HOURS, START, Said, played, posts, segments
from web.demo import cast, numbers, telling, voyage
from web.demo.schedule import Scenario
from web.demo.world import Kind, Mishap, Path, VesselCall


@pytest.fixture(scope="module")
def half_a_day() -> list[Said]:
    said, _, _ = played(hours=HOURS)
    return said


# --- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ten", "digit"), [("CSQU305438", 3), ("TOLU473478", 7), ("HXLU000002", 0)])
def test_a_container_number_ends_in_its_check_digit(ten, digit):
    assert numbers.container_check_digit(ten) == digit
    assert iso6346.is_valid(numbers.container_number(ten[:4], int(ten[4:])))


def test_ships_and_letters_have_numbers_that_pass_their_check():
    assert numbers.imo_number(907472) == "9074729"
    assert all(imo.is_valid(vessel.imo_number) for vessel in cast.VESSELS)
    assert numbers.postal_item("RA", 47312482, "GB") == "RA473124829GB"
    assert numbers.declaration_number("3711", 2026, is_import=True, serial=42) == "371120261000000042"


def test_no_container_number_is_given_twice_in_a_week_of_calls():
    calls = [Scenario(7, START).call(number) for number in range(7)]
    seen = Counter(c.box.container_number for call in calls for c in (*call.discharges, *call.loads))
    assert seen.most_common(1)[0][1] == 1
    assert all(iso6346.is_valid(number) for number in seen)


def test_a_box_that_came_laden_goes_out_laden_eight_calls_later():
    scenario = Scenario(7, START)
    came = {c.box.container_number for c in scenario.call(1).discharges}
    goes = {c.box.container_number for c in scenario.call(9).loads}
    assert len(came & goes) == 1


# --- the plan --------------------------------------------------------------------------------------------------------


def test_the_same_seed_and_start_give_the_same_bytes(half_a_day):
    again, _, _ = played(hours=HOURS)
    assert [(one.party, one.path, one.body) for one in again] == [(one.party, one.path, one.body) for one in half_a_day]


def test_another_seed_is_another_day(half_a_day):
    other, _, _ = played(seed=8, hours=2)
    assert {one.body for one in posts(other, "gate")}.isdisjoint(
        one.body for one in posts(half_a_day, "gate") if one.body.startswith(b"{")
    )


def test_every_call_deals_each_lot_its_share():
    call = Scenario(7, START).call(2)
    assert Counter(c.kind for c in call.discharges) == {
        Kind.IMPORT: 16,
        Kind.TRANSSHIPMENT: 2,
        Kind.RESTOW: 1,
        Kind.EMPTY_IN: 2,
    }
    assert Counter(c.kind for c in call.loads) == {Kind.EXPORT: 8, Kind.EMPTY_OUT: 2}
    assert sum(c.mishap is not None for c in call.discharges) == 3


def test_sixteen_calls_show_every_path_and_every_mishap():
    calls = [Scenario(7, START).call(number) for number in range(16)]
    assert paths_in(calls) == set(Path)
    assert {c.mishap for call in calls for c in call.discharges} == {None, *Mishap}


def paths_in(calls: list[VesselCall]) -> set[Path]:
    return {
        bill.declaration.path
        for call in calls
        for consignment in (*call.discharges, *call.loads)
        for bill in consignment.bills
        if bill.declaration
    }


def test_a_groupage_box_has_a_master_bill_and_a_declaration_for_each_house():
    call = Scenario(7, START).call(0)
    [box] = [c for c in call.discharges if len(c.bills) > 1]
    master, *houses = box.bills
    assert (master.master, master.declaration) == (None, None)
    assert [house.master for house in houses] == [master.reference] * 3
    assert len({house.declaration.number for house in houses if house.declaration}) == 3


# --- the messages ----------------------------------------------------------------------------------------------------


def test_every_interchange_counts_right_unless_it_is_cut_off(half_a_day):
    whole = [one.body for one in posts(half_a_day, "edifact") if one.body.rstrip().endswith(b"'")]
    assert len(whole) > 50
    for body in whole:
        tags = [segment.split("+") for segment in segments(body)]
        assert (tags[0][0], tags[-1]) == ("UNB", ["UNZ", "1", tags[0][5]])
        assert tags[-2] == ["UNT", str(len(tags) - 2), tags[1][1]]
        assert tags[-3] == ["CNT", f"16:{sum(tag[0] == 'EQD' for tag in tags)}"]
        assert len(tags[0][5]) <= 14
    assert sum(not one.body.rstrip().endswith(b"'") for one in posts(half_a_day, "edifact")) >= 1


def test_a_discharge_report_is_written_to_the_last_segment():
    call = Scenario(7, START).call(1)
    plain = next(c for c in call.discharges if c.kind is Kind.IMPORT and c.mishap is None and len(c.bills) == 1)
    plain = replace(plain, box=replace(plain.box, un_number=None, set_point_celsius=None, gross_mass_kg=21000))
    stay = voyage._stay(Scenario(7, START), call, plain)
    report = telling.tell(stay.pen, stay.movement("DISC", datetime(2026, 11, 21, 2, 30, 15, tzinfo=UTC)))
    number = plain.box.container_number
    assert segments(next(report).body) == [
        f"UNB+UNOA:2+XMSY+DIGITALPORT+261121:1030+{plain.tag}01",
        f"UNH+{plain.tag}01+COARRI:D:95B:UN:SMDG20",
        f"BGM+44+{plain.tag}01+9",
        "DTM+137:202611211030:203",
        "TDT+20+032W+1+13+HXL:172:20+++BDEM2:103::HEXAGON BASALT",
        "RFF+VON:032W",
        "LOC+11+CNXMN:139:6+XMSY:TER:ZZZ",
        "NAD+MS+XMSY:160:ZZZ",
        "NAD+CF+HXL:160:166",
        f"EQD+CN+{number}+{plain.box.iso_code}:102:5++3+5",
        f"RFF+BM:{plain.bills[0].reference}",
        "TMD+3",
        "DTM+203:202611211030:203",
        "LOC+9+SGSIN:139:6",
        "LOC+147+0120482::5",
        "MEA+AAE+G+KGM:21000",
        f"SEL+{plain.box.seals[0]}+CA",
        "CNT+16:1",
        f"UNT+18+{plain.tag}01",
        f"UNZ+1+{plain.tag}01",
    ]


def test_nothing_is_told_before_it_happens(half_a_day):
    for one in posts(half_a_day, "gate"):
        if one.body.startswith(b"{") and b"+08:00" in one.body:
            assert all(datetime.fromisoformat(event["eventDateTime"]).tzinfo for event in one.json["events"])


def test_a_message_number_is_used_again_only_for_the_same_bytes(half_a_day):
    bodies: dict[str, set[bytes]] = {}
    for one in half_a_day:
        if found := re.search(rb'"messageID":"(\w+)"', one.body):
            bodies.setdefault(found[1].decode(), set()).add(one.body)
    assert {number: told for number, told in bodies.items() if len(told) > 1} == {}


def test_each_key_speaks_only_through_its_own_doors(half_a_day):
    doors = {(one.party, one.path) for one in half_a_day if one.path.startswith("/v1/messages/")}
    roles = {party.code: party.role for party in cast.PARTIES}
    assert {(roles[party], path.rsplit("/", 1)[1]) for party, path in doors} == {
        ("terminal", "gate"),
        ("terminal", "edifact"),
        ("depot", "gate"),
        ("tally", "edifact"),
        ("customs", "customs"),
        ("customs", "dec-result"),
        ("broker", "customs"),
        ("carrier", "customs"),
        ("agent", "customs"),
        ("courier", "courier"),
    }


@pytest.mark.parametrize(
    ("mishap", "body", "garbled"),
    [
        (Mishap.BAD_CHECK_DIGIT, b'"CSQU3054383"', b'"CSQU3054384"'),
        (Mishap.NO_TIME_ZONE, b'"2026-11-21T10:00:00+08:00"', b'"2026-11-21T10:00:00"'),
        (Mishap.UNKNOWN_CODE, b'"equipmentEventTypeCode":"GTIN"', b'"equipmentEventTypeCode":"X-GTIN"'),
        (
            Mishap.CUT_OFF,
            b"UNB+1'EQD+CN+CSQU3054383+22G1:102:5++3+5'DTM+203:26",
            b"UNB+1'EQD+CN+CSQU3054383+22G1:102:5+",
        ),
        (Mishap.NOT_JSON, b"{}", b"<html><body>gate system restarting</body></html>"),
    ],
)
def test_a_fault_spoils_a_body_in_its_own_way(mishap, body, garbled):
    assert telling.garbled(body, mishap, container="CSQU3054383") == garbled


def test_what_is_refused_is_meant_to_be_and_told_again():
    _, journal, lines = played(hours=HOURS)
    refused = [line for line in lines if "✗" in line]
    assert journal.surprises == []
    assert len(refused) == journal.counts["refused"] >= 6
    assert 0.002 < len(refused) / journal.counts["said"] < 0.02


# --- against the real server -----------------------------------------------------------------------------------------


@pytest.mark.server
@pytest.mark.slow
def test_the_real_server_never_surprises_the_demo():
    command = [sys.executable, "-m", "web.cli", "demo", "--port", "0", "--speed", "400", "--duration", "20"]
    done = subprocess.run([*command, "--headless", "--json"], capture_output=True, text=True, timeout=100, check=False)
    told, counts = map(json.loads, done.stdout.splitlines())
    assert counts["unexpected"] == []
    assert done.returncode == 0, done.stderr
    assert {one["role"] for one in told["passes"]} == {party.role for party in cast.PARTIES}
    assert counts["said"] > 100
    assert set(counts["instructions"]) >= {"DIRECT_RELEASE", "INSPECTION"}
    assert not FilePath(told["folder"]).exists()
