"""The headline says one word, and nothing a facet denies."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from build_visit import (
    CALL,
    EMPTY,
    OTHER_CALL,
    SITE,
    at,
    declaration,
    disc,
    gtin,
    gtot,
    load,
    manifest,
    notice,
    release,
    the_visit,
    visits,
)
from events.types import Direction, InstructionStep, MovementType, Route
from port import words
from port.headline import HeldBy, InstructionState, status, withdrawn
from port.vessel import CallTimes
from port.visit import IN_PORT, Carrier, Charges, Customs, CustomsArrival, MovementState, Visit

IN, OUT = MovementType.IMPORT, MovementType.EXPORT
OUTBOUND = Direction.EXPORT
PAPERS = [manifest(), declaration(declared_at=at(1))]
OUT_PAPERS = [manifest(direction=OUTBOUND), declaration(direction=OUTBOUND)]
RELEASED = [notice("RELEASED", at(2)), release("BL1", at(2, 1))]


def code(*events, **more) -> str:
    return status(the_visit(*events), **more).headline.code


# An import, word by word


def test_an_import_is_told_step_by_step():
    steps = [
        ("EXPECTED", "WAIT_FOR_VESSEL", PAPERS),
        ("AWAITING_RELEASE", "WAIT_FOR_CUSTOMS", [disc(at(1))]),
        ("INSPECTION", "BRING_TO_INSPECTION", [notice("INSPECTION_ORDERED", at(1, 1))]),
        ("INSPECTION", "BRING_TO_INSPECTION", [gtot(at(1, 2), to_facility_code=SITE)]),
        ("INSPECTING", "WAIT_FOR_RESULT", [gtin(at(1, 3), SITE), notice("INSPECTION_STARTED", at(1, 4))]),
        ("RELEASED", "LEAVE_SITE", [notice("RELEASED", at(2))]),
        ("RELEASED", "GET_CARRIER_RELEASE", [gtot(at(2, 1), SITE), gtin(at(2, 2))]),
        ("READY", "PICK_UP", [release("BL1", at(2, 3))]),
        ("GONE", "NONE", [gtot(at(3))]),
    ]
    told: list = []
    for headline, next_step, events in steps:
        told += events
        said = status(the_visit(*told))
        assert (said.headline.code, said.next_step.code) == (headline, next_step)


def test_the_vessel_in_port_is_joined_when_read():
    visit = the_visit(*PAPERS)
    said = status(visit, CallTimes(ata=at(1), atb=at(1, 1)))
    assert (said.movement, said.headline.code, said.held_by) == ("ON_VESSEL", "ON_VESSEL", HeldBy("carrier", at(1, 1)))
    assert status(visit, CallTimes(eta=at(1))).movement == "EXPECTED"
    expected_export = the_visit(*OUT_PAPERS)
    assert status(expected_export, CallTimes(ata=at(1))).movement == "EXPECTED"


def test_loaded_is_departed_once_the_vessel_left_after_it():
    visit = the_visit(gtin(at(1)), load(at(2)))
    assert visit.exit_call == CALL
    assert status(visit, CallTimes(atd=at(2))).movement == "DEPARTED"
    assert status(visit, CallTimes(atd=at(1))).movement == "LOADED"
    assert status(visit).headline.code == "LOADED"


def test_an_import_is_ready_when_customs_and_carrier_released_it_in_port():
    said = status(the_visit(disc(at(1)), *PAPERS, *RELEASED))
    assert (said.is_ready_for_pickup, said.may_load, said.blockers) == (True, False, ())
    assert (said.headline.zh, said.headline.en) == ("可以提箱", "Ready")
    assert said.held_by == HeldBy("consignee", at(2, 1))


def test_an_import_tells_everything_that_blocks_it():
    said = status(the_visit(disc(at(1)), gtot(at(1, 2), to_facility_code=SITE), *PAPERS))
    assert said.blockers == ("IN_TRANSFER", "CUSTOMS_DECLARED", "CARRIER_UNKNOWN")
    gone = status(the_visit(disc(at(1)), *PAPERS, *RELEASED, gtot(at(3))))
    assert (gone.blockers, gone.is_ready_for_pickup) == (("NOT_IN_PORT",), False)


def test_a_box_whose_exit_was_not_reported_is_not_ready():
    old, _ = visits(disc(at(1)), *PAPERS, *RELEASED, disc(at(9), vessel=OTHER_CALL))
    said = status(old)
    assert (said.is_ready_for_pickup, said.headline.code) == (False, "EXIT_NOT_REPORTED")


def test_an_export_may_load_when_released_and_its_arrival_is_reported():
    events = [gtin(at(1), vessel=CALL), *OUT_PAPERS, notice("RELEASED", at(2))]
    waiting = status(the_visit(*events))
    assert (waiting.may_load, waiting.blockers) == (False, ("ARRIVAL_NOT_REPORTED",))
    assert waiting.headline.code == "AWAITING_ARRIVAL"
    said = status(the_visit(*events, notice("ARRIVAL_REPORTED", at(2, 1))))
    assert (said.may_load, said.is_ready_for_pickup, said.blockers) == (True, False, ())
    assert said.headline.code == "MAY_LOAD"


@pytest.mark.parametrize("says", [MovementType.TRANSSHIPMENT, MovementType.STORAGE, MovementType.DOMESTIC])
def test_what_is_neither_import_nor_export_has_no_blockers_to_name(says):
    said = status(the_visit(disc(at(1), movement_type=says)))
    assert (said.blockers, said.headline.code) == (("NOT_APPLICABLE",), "DISCHARGED")


def test_an_empty_box_is_not_said_to_miss_its_declaration():
    assert code(disc(at(1), empty_indicator=EMPTY)) == "DISCHARGED"


def test_charges_due_block_and_unknown_ones_do_not():
    visit = replace(the_visit(disc(at(1)), *PAPERS, *RELEASED), charges=Charges.DUE)
    said = status(visit)
    assert (said.blockers, said.headline.code) == (("CHARGES_DUE",), "CHARGES_DUE")


# With the instruction


def test_an_officers_hold_blocks_whoever_looks():
    visit = the_visit(disc(at(1)), *PAPERS, *RELEASED)
    held = InstructionState(Route.HOLD, InstructionStep.EXECUTED)
    seen = status(visit, instruction=held)
    assert (seen.is_ready_for_pickup, seen.blockers, seen.headline.code) == (False, ("HOLD",), "WITH_CUSTOMS")
    assert seen.instruction == "HOLD:EXECUTED"
    hidden = status(visit, instruction=dataclasses.replace(held, is_shown=False))
    assert (hidden.is_ready_for_pickup, hidden.blockers) == (False, ("WITH_CUSTOMS",))
    assert (hidden.headline.code, hidden.instruction) == ("WITH_CUSTOMS", None)
    assert status(visit, instruction=InstructionState(Route.HOLD, InstructionStep.CANCELLED)).is_ready_for_pickup


def test_a_placement_by_rule_alone_is_shown_as_such_to_who_may_know():
    visit = the_visit(disc(at(1)), *PAPERS)
    placed = InstructionState(Route.INSPECTION, place="B1")
    assert status(visit, instruction=placed).headline.code == "AWAITING_ORDER"
    assert status(visit, instruction=placed).instruction == "INSPECTION:ISSUED"
    assert status(visit, instruction=dataclasses.replace(placed, is_shown=False)) == status(visit)


def test_an_order_says_inspection_whatever_the_instruction():
    visit = the_visit(disc(at(1)), *PAPERS, notice("INSPECTION_ORDERED", at(1, 1)))
    for route in Route:
        assert status(visit, instruction=InstructionState(route)).headline.code == "INSPECTION"


def test_a_withdrawn_visit_says_so():
    assert withdrawn().headline == words.Words("REPORT_WITHDRAWN", "报告已撤回", "Report withdrawn")


# Never against a facet

BASE = the_visit(disc(at(1)), *PAPERS)
REAL = [state for state in MovementState if state not in (MovementState.ON_VESSEL, MovementState.DEPARTED)]
visits_of_any_facets = st.builds(
    lambda **facets: replace(BASE, **facets),
    movement=st.sampled_from(REAL),
    customs=st.sampled_from(Customs),
    customs_arrival=st.sampled_from(CustomsArrival),
    carrier=st.sampled_from(Carrier),
    charges=st.sampled_from(Charges),
    direction=st.sampled_from([None, *MovementType]),
    is_laden=st.sampled_from([None, True, False]),
)
instructions = st.none() | st.builds(
    InstructionState,
    st.sampled_from(Route),
    st.sampled_from([None, *InstructionStep]),
    st.none(),
    st.booleans(),
)
calls = st.none() | st.builds(CallTimes, ata=st.sampled_from([None, at(1)]), atd=st.sampled_from([None, at(9)]))

CUSTOMS_WORDS = {
    "HELD": {Customs.HELD},
    "INSPECTING": {Customs.INSPECTING},
    "INSPECTION": {Customs.INSPECTION_ORDERED},
    "SCAN": {Customs.SCAN_ORDERED},
    "REJECTED": {Customs.REJECTED},
    "NOT_DECLARED": {Customs.NOT_DECLARED},
    "VOID": {Customs.VOID},
    "AWAITING_RELEASE": {Customs.UNDER_REVIEW, Customs.DECLARED},
    "NO_INSPECTION": {Customs.NO_INSPECTION},
    "AWAITING_ORDER": {Customs.UNDER_REVIEW, Customs.DECLARED},
}
AFTER_RELEASE = ["RELEASED", "READY", "MAY_LOAD", "AWAITING_CARRIER", "AWAITING_ARRIVAL", "CHARGES_DUE"]
CUSTOMS_WORDS |= {word: {Customs.RELEASED} for word in AFTER_RELEASE}


def holds(instruction: InstructionState | None) -> bool:
    ended = (InstructionStep.CANCELLED, InstructionStep.EXPIRED)
    return instruction is not None and instruction.route is Route.HOLD and instruction.step not in ended


@given(visits_of_any_facets, calls, instructions)
@settings(max_examples=2000, deadline=None)
def test_the_headline_never_contradicts_a_facet(visit: Visit, times, instruction):
    said = status(visit, times, instruction=instruction)
    word = said.headline.code
    in_port = said.movement in IN_PORT
    released = visit.customs is Customs.RELEASED and not holds(instruction)
    away = said.movement in (MovementState.IN_TRANSFER, MovementState.AT_INSPECTION)
    ready = (
        visit.direction is IN
        and in_port
        and not away
        and released
        and visit.carrier is Carrier.RELEASED
        and visit.charges is not Charges.DUE
    )
    loads = (
        visit.direction is OUT
        and in_port
        and said.movement is not MovementState.AT_INSPECTION
        and released
        and visit.customs_arrival is CustomsArrival.REPORTED
    )
    assert (said.is_ready_for_pickup, said.may_load) == (ready, loads)
    assert (word == "READY", word == "MAY_LOAD") == (ready, loads)
    if visit.direction in (IN, OUT):
        assert (said.blockers == ()) == (ready or loads)
    else:
        assert said.blockers == ("NOT_APPLICABLE",)
    if word in CUSTOMS_WORDS:
        assert visit.customs in CUSTOMS_WORDS[word]
    if word in MovementState.__members__:
        assert said.movement == word
    assert (word == "GONE") == (said.movement is MovementState.GATED_OUT and visit.direction is IN)
    if word in ("AWAITING_CARRIER", "CHARGES_DUE", "AWAITING_ARRIVAL"):
        facts = (visit.carrier, visit.charges, visit.customs_arrival)
        told = {"AWAITING_CARRIER": Carrier.NOT_RELEASED, "CHARGES_DUE": Charges.DUE}
        assert told.get(word, CustomsArrival.NOT_REPORTED) in facts
    if instruction is None or not instruction.is_shown:
        assert word != "AWAITING_ORDER"
        assert said.instruction is None
        assert "HOLD" not in said.blockers


def every_word() -> list[words.Words]:
    told = [value for value in vars(words).values() if isinstance(value, words.Words)]
    return told + [said[0] for said in [*words.MOVED.values(), *words.CUSTOMS.values()]]


def test_headlines_are_short_and_never_say_targeting():
    for word in every_word():
        assert "布控" not in word.zh
    for said in [*words.MOVED.values(), *words.CUSTOMS.values()]:
        assert len(said[0].zh) <= 6
        assert len(said[0].en.split()) <= 3
    named = ["READY", "MAY_LOAD", "GONE", "RELEASED", "WITH_CUSTOMS", "AWAITING_CARRIER", "AWAITING_ARRIVAL"]
    for name in [*named, "CHARGES_DUE", "TO_BE_CONFIRMED", "REPORT_WITHDRAWN"]:
        word = getattr(words, name)
        assert len(word.zh) <= 6
        assert len(word.en.split()) <= 3
