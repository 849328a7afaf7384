"""An instruction's life: acknowledged, executed, expired, and listed."""

from __future__ import annotations

from typing import Any

import pytest

from build_diverting import (
    OTHER,
    THIRD,
    declare,
    do,
    instructions,
    lives,
)
from build_port import (
    BOX,
    TestPort,
    discharged,
    moved,
    notice,
)


def test_a_terminal_acknowledges_and_executes_and_may_do_so_again(either_port: TestPort):
    port = either_port
    instruction_id = port.gate(discharged())["results"][0]["instruction"]["instructionID"]
    for what, state in (("acknowledge", "ACKNOWLEDGED"), ("execute", "EXECUTED")):
        port.clock.forward(minutes=1)
        first = do(port, what, instruction_id)
        port.clock.forward(minutes=1)
        again = do(port, what, instruction_id)
        assert (first.status_code, first.json()["state"]) == (200, state)
        assert again.json() == first.json()
    assert do(port, "acknowledge", instruction_id).json()["state"] == "EXECUTED"
    assert port.container(BOX)["facets"]["instruction"] == "YARD:EXECUTED"


def test_a_cancelled_instruction_is_answered_with_the_current_one(either_port: TestPort):
    port = either_port
    declare(port)
    old = port.gate(discharged())["results"][0]["instruction"]["instructionID"]
    port.customs(notices=[notice("HELD")])
    [current] = instructions(port, "ISSUED")
    for what in ("acknowledge", "execute"):
        answer = do(port, what, old)
        assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
        assert (answer.json()["reason"], answer.json()["current"]) == ("INSTRUCTION_NOT_OPEN", current)
    assert lives(port)[0][1] == "CANCELLED"


def test_an_instruction_nobody_carries_out_expires_after_two_days(port: TestPort):
    instruction_id = port.gate(discharged())["results"][0]["instruction"]["instructionID"]
    port.clock.forward(hours=48)
    assert port.run_job("expire-instructions") == 0
    port.clock.forward(seconds=1)
    assert port.run_job("expire-instructions") == 1
    assert lives(port) == [("YARD", "EXPIRED", "NOT_DONE_IN_TIME")]
    assert port.run_job("expire-instructions") == 0
    answer = do(port, "execute", instruction_id)
    assert (answer.status_code, answer.json()["current"]) == (409, None)
    assert port.container(BOX)["facets"]["instruction"] == "YARD:EXPIRED"


@pytest.mark.parametrize(
    ("statuses", "moves"),
    [
        (["RELEASED"], [moved("GTOT", minutes_ago=10)]),
        ([], [moved("DROP", minutes_ago=10)]),
        (["INSPECTION_ORDERED"], [
            moved("GTOT", minutes_ago=20, toFacilityCode="XMCY1"),
            moved("GTIN", minutes_ago=10, facilityCode="XMCY1"),
        ]),
    ],
    ids=["direct release", "yard", "inspection"],
)  # fmt: skip
def test_the_movement_that_was_told_executes_the_instruction(
    port: TestPort, statuses: list[str], moves: list[dict[str, Any]]
):
    port.key("terminal", "HUB", "*")
    if statuses:
        declare(port, *statuses)
    port.gate(discharged(minutes_ago=60))
    for event in moves:
        port.gate({"facilityCode": "XMHT"} | event, party="HUB")
    assert [state for _, state, _ in lives(port)] == ["EXECUTED"]


def test_a_terminal_sees_and_does_its_own_instructions_only(port: TestPort):
    instruction_id = port.gate(discharged())["results"][0]["instruction"]["instructionID"]
    other = {"role": "terminal", "party": "SECOND"}
    assert port.get("/v1/instructions", **other).json() == {"instructions": [], "next": None}
    foreign, absent = do(port, "execute", instruction_id, **other), do(port, "execute", "nothing", **other)
    assert (foreign.status_code, foreign.content) == (404, absent.content)
    for role in ("tally", "forwarder", "haulier", "carrier", "authority", "admin", "courier"):
        assert port.get("/v1/instructions", role=role).status_code == 403
        assert do(port, "execute", instruction_id, role=role).status_code in (403, 404)
    assert lives(port) == [("YARD", "ISSUED", None)]


def test_instructions_are_read_page_by_page(port: TestPort):
    port.gate(*(discharged(box=box) for box in (BOX, OTHER, THIRD)))
    page = port.get("/v1/instructions?limit=2", role="terminal").json()
    rest = port.get(f"/v1/instructions?limit=2&after={page['next']}", role="terminal").json()
    assert [one["equipmentReference"] for one in page["instructions"] + rest["instructions"]] == [BOX, OTHER, THIRD]
    assert rest["next"] is None


def test_ended_instructions_are_listed_newest_first(port: TestPort):
    given = [
        r["instruction"]["instructionID"] for r in port.gate(*(discharged(box=b) for b in (BOX, OTHER)))["results"]
    ]
    for instruction_id in given:
        do(port, "execute", instruction_id)
    assert [one["instructionID"] for one in instructions(port, "ended")] == given[::-1]
