"""What the simulated port does with an answer: a box goes where it is told."""

from __future__ import annotations

from datetime import timedelta

import httpx

from build_demo import HOURS, START, AnsweringPort, Said, movements_of, played, player
from web.demo import show
from web.demo.schedule import Scenario
from web.demo.world import Kind, Path


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
