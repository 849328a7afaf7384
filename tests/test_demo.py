"""The simulated port without a server: its numbers, its messages, what it does with an answer."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path as FilePath

import httpx
import pytest
from stdnum import imo, iso6346

from build_demo import START, AnsweringPort, Said, played, player, segments
from web.demo import answers, cast, numbers, show, telling, voyage
from web.demo.clock import ServerClock
from web.demo.journal import Journal
from web.demo.player import ServerGone
from web.demo.schedule import Scenario
from web.demo.steps import Answer, Expect, Instruction, Result, Speak, View
from web.demo.world import Kind, Mishap, Path, VesselCall

HOURS = 12


@pytest.fixture(scope="module")
def half_a_day() -> list[Said]:
    said, _, _ = played(hours=HOURS)
    return said


def posts(said: list[Said], door: str) -> list[Said]:
    return [one for one in said if one.path == f"/v1/messages/{door}"]


def movements_of(said: list[Said], container: str) -> list[tuple[str, str | None, str | None]]:
    """The yard's and gate's JSON about one box: type, facility, where to."""
    return [
        (event["equipmentEventTypeCode"], event["facilityCode"], event.get("toFacilityCode"))
        for one in posts(said, "gate")
        if one.body.startswith(b"{")
        for event in one.json["events"]
        if event["equipmentReference"] == container
    ]


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


# --- what is done with an answer -------------------------------------------------------------------------------------


def one_import_box(route: str | None, path: Path) -> tuple[str, list[Said]]:
    """Everything said while one call is worked whose import boxes all get this route; a box on that path."""
    number = box_on(path)
    said, _, _ = played(hours=HOURS, route_of=lambda container: route if container == number else None)
    return number, said


def box_on(path: Path) -> str:
    """The first import box at the JSON terminal that is alone under its bill, told without mishap, and on that path."""
    return next(
        consignment.box.container_number
        for number in (0, 2, 4)
        for consignment in Scenario(7, START).call(number).discharges
        if consignment.kind is Kind.IMPORT and consignment.mishap is None and len(consignment.bills) == 1
        for bill in consignment.bills
        if bill.declaration and bill.declaration.path is path and len(bill.containers) == 1
    )


def test_a_box_routed_to_inspection_goes_there_before_it_leaves():
    number, said = one_import_box("INSPECTION", Path.INSPECT)
    assert movements_of(said, number)[:8] == [
        ("DISC", "XMHT", None),
        ("GTOT", "XMHT", "XMCY1"),
        ("GTIN", "XMCY1", None),
        ("INSP", "XMCY1", None),
        ("GTOT", "XMCY1", "XMHT"),
        ("GTIN", "XMHT", None),
        ("DROP", "XMHT", None),
        ("GTOT", "XMHT", None),
    ]
    commands = [one.path for one in said if one.path.startswith("/v1/instructions/") and number in one.path]
    assert commands[0].endswith("/acknowledge")


def test_a_box_routed_to_the_scanner_is_scanned_there():
    number, said = one_import_box("SCAN", Path.SCAN)
    assert movements_of(said, number)[:4] == [
        ("DISC", "XMHT", None),
        ("GTOT", "XMHT", "XMSC1"),
        ("GTIN", "XMSC1", None),
        ("INSP", "XMSC1", None),
    ]


def test_a_box_released_at_the_ship_is_never_set_down():
    number, said = one_import_box("DIRECT_RELEASE", Path.GREEN)
    assert movements_of(said, number)[:2] == [("DISC", "XMHT", None), ("GTOT", "XMHT", None)]


def test_a_box_without_an_instruction_goes_into_the_yard():
    number, said = one_import_box(None, Path.GREEN)
    assert movements_of(said, number)[:3] == [("DISC", "XMHT", None), ("DROP", "XMHT", None), ("GTOT", "XMHT", None)]


def test_an_instruction_found_on_the_list_is_carried_out():
    number = box_on(Path.INSPECT)
    order = {"instructionID": "later", "equipmentReference": number, "route": "INSPECTION", "place": "XMCY1"}

    class Listing(AnsweringPort):
        def answer(self, path: str, request: httpx.Request) -> tuple[int, dict[str, object]]:
            if path == "/v1/instructions?state=ISSUED":
                return 200, {"instructions": [order | {"reason": "CUSTOMS_ORDER"}]}
            return super().answer(path, request)

    port = Listing()
    lines: list[str] = []
    one = player(port, lines=lines)
    show.begin(one, Scenario(7, START))
    while one.next_at < START + timedelta(hours=HOURS):
        one.play_next()
    assert [line for line in lines if "is told" in line] == [
        f"09:00  XMHT      is told: {number}  → INSPECTION at XMCY1 (CUSTOMS_ORDER)"
    ]
    assert "/v1/instructions/later/acknowledge" in [said.path for said in port.said]
    assert ("GTOT", "XMHT", "XMCY1") in movements_of(port.said, number)


def test_a_box_that_may_not_load_is_booked_on_the_next_call():
    class Forbidding(AnsweringPort):
        def answer(self, path: str, request: httpx.Request) -> tuple[int, dict[str, object]]:
            status, answer = super().answer(path, request)
            return status, answer | ({"mayLoad": False} if "mayLoad" in answer else {})

    lines: list[str] = []
    one = player(Forbidding(), lines=lines)
    show.begin(one, Scenario(7, START))
    while one.next_at < START + timedelta(hours=4):
        one.play_next()
    exported = {c.box.container_number for c in Scenario(7, START).call(0).loads if c.kind is Kind.EXPORT}
    assert {number for number in exported if any(f"rolls {number} to" in line for line in lines)} == exported
    assert not any("LOAD" in line and number in line for line in lines for number in exported)


# --- clock, player, journal ------------------------------------------------------------------------------------------


def test_the_clock_goes_on_from_what_the_server_said_and_never_back():
    seconds = [0.0]
    clock = ServerClock(factor=60, monotonic=lambda: seconds[0])
    with pytest.raises(LookupError):
        clock.now()
    clock.hear(START)
    seconds[0] = 2.0
    assert clock.now() == START + timedelta(minutes=2)
    assert clock.seconds_until(START + timedelta(minutes=5)) == 3.0
    clock.hear(START + timedelta(minutes=1))
    assert clock.now() == START + timedelta(minutes=2)
    clock.hear(START + timedelta(minutes=3))
    assert clock.now() == START + timedelta(minutes=3)


def test_a_message_is_sent_again_while_the_server_is_busy():
    replies = [httpx.Response(503), httpx.Response(429), httpx.Response(200, json={"now": "2026-11-21T01:00:00Z"})]
    naps: list[float] = []
    one = player(AnsweringPort())
    one.client = httpx.Client(transport=httpx.MockTransport(lambda request: replies.pop(0)), base_url="http://port")
    one.sleep = naps.append
    one.read_clock()
    assert naps == [0.2, 0.4]


def test_a_server_that_tells_no_time_cannot_be_played_at():
    one = player(AnsweringPort())
    one.client = httpx.Client(
        transport=httpx.MockTransport(lambda request: httpx.Response(200, json={})), base_url="http://port"
    )
    with pytest.raises(ServerGone, match="does not tell the server's time"):
        one.read_clock()


def speak(**changes) -> Speak:
    return replace(Speak(at=START, party="XMHT", path="/v1/messages/gate", says="DISC CSQU3054383"), **changes)


@pytest.mark.parametrize(
    ("step", "answer", "line", "is_surprise"),
    [
        (
            speak(),
            Answer(
                200,
                results=(
                    Result("accepted", instruction=Instruction("XMHT", "i", "CSQU3054383", "SCAN", "XMSC1", "RULE")),
                ),
            ),
            "09:00  XMHT      DISC CSQU3054383  → SCAN at XMSC1 (RULE)",
            False,
        ),
        (
            speak(expect=Expect.REFUSED),
            Answer(422, results=(Result("rejected", reason="BAD_CONTAINER_NUMBER", where="events[0]"),)),
            "09:00  XMHT      DISC CSQU3054383  ✗ BAD_CONTAINER_NUMBER at events[0]",
            False,
        ),
        (
            speak(is_minor=True),
            Answer(403, problem="FOREIGN_FACILITY"),
            "09:00  XMHT      DISC CSQU3054383  ✗ 403 FOREIGN_FACILITY  (unexpected)",
            True,
        ),
        (
            speak(expect=Expect.REFUSED),
            Answer(200, results=(Result("accepted"),)),
            "09:00  XMHT      DISC CSQU3054383",
            True,
        ),
        (
            speak(expect=Expect.DUPLICATE),
            Answer(200, is_duplicate=True),
            "09:00  XMHT      DISC CSQU3054383  = known already",
            False,
        ),
        (
            speak(method="GET", says="looks up CSQU3054383"),
            Answer(200, view=View("Awaiting release", is_ready=False, may_load=False, blockers=("CUSTOMS",))),
            "09:00  XMHT      looks up CSQU3054383  · Awaiting release (CUSTOMS)",
            False,
        ),
        (speak(is_minor=True), Answer(200), None, False),
    ],
)
def test_the_log_says_what_happened_and_what_nobody_meant(step, answer, line, is_surprise):
    lines: list[str] = []
    journal = Journal(lines.append)
    journal.note(step, answer)
    assert lines == ([line] if line else [])
    assert bool(journal.surprises) is is_surprise


def test_an_answer_of_any_shape_can_be_read():
    page = httpx.Response(502, text="<html>bad gateway</html>")
    assert answers.read(page, party="XMHT") == Answer(502, problem="no reason given")
    odd = httpx.Response(200, content=json.dumps({"results": 3, "headline": None, "receivedAt": 5}))
    assert answers.read(odd, party="XMHT") == Answer(200, view=View("", is_ready=False, may_load=False))


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
