"""Transfers: which gate-out is no exit, and which gate-in goes on with the visit."""

from __future__ import annotations

import pytest

from build_visit import (
    CALL,
    EMPTY,
    OTHER_CALL,
    QUAY,
    QUAY_2,
    SITE,
    YARD,
    at,
    declaration,
    disc,
    drop,
    gtin,
    gtot,
    load,
    manifest,
    notice,
    the_visit,
    told,
    visits,
)
from events.types import MovementType
from port.visit import MovementState


def test_a_gate_out_to_the_inspection_site_is_not_an_exit():
    visit = the_visit(disc(at(1)), gtot(at(1, 2), to_facility_code=SITE))
    assert (visit.movement, visit.is_in_port, visit.is_exit_reported, visit.ended_at) == (
        MovementState.IN_TRANSFER,
        True,
        False,
        None,
    )
    assert (visit.facility_code, visit.to_facility_code) == (QUAY, SITE)


def test_a_transfer_to_the_inspection_site_and_back_is_one_visit():
    events = [
        disc(at(1)),
        gtot(at(1, 2), to_facility_code=SITE),
        gtin(at(1, 3), SITE),
        told("STRP", at(1, 5), SITE),
        gtot(at(1, 8), SITE),
        gtin(at(1, 9), QUAY),
        gtot(at(2), QUAY),
    ]
    states = [the_visit(*events[:n]).movement.value for n in range(1, len(events) + 1)]
    assert states == [
        "DISCHARGED",
        "IN_TRANSFER",
        "AT_INSPECTION",
        "AT_INSPECTION",
        "GATED_OUT",
        "GATED_IN",
        "GATED_OUT",
    ]
    assert the_visit(*events).direction is MovementType.IMPORT


def test_a_gate_in_at_the_site_continues_though_the_gate_out_was_not_reported():
    visit = the_visit(disc(at(1)), gtin(at(1, 3), SITE))
    assert (visit.movement, visit.opening.type_code) == (MovementState.AT_INSPECTION, "DISC")


def test_the_late_gate_out_of_a_transfer_is_its_leave_for_an_hour():
    events = [disc(at(1)), gtin(at(1, 3), SITE), gtot(at(1, 4), QUAY)]
    assert the_visit(*events).movement is MovementState.AT_INSPECTION
    late = [disc(at(1)), gtin(at(1, 3), SITE), gtot(at(1, 4, 1), QUAY)]
    assert the_visit(*late).movement is MovementState.GATED_OUT


def test_the_late_gate_out_of_a_transfer_is_its_leave_though_the_box_left_the_site_since():
    visit = the_visit(disc(at(1)), gtin(at(1, 3), SITE), gtot(at(1, 3, 20), SITE), gtot(at(1, 3, 40), QUAY))
    assert (visit.movement, visit.facility_code) == (MovementState.GATED_OUT, SITE)


def test_a_gate_in_at_the_place_the_gate_out_named_continues():
    visit = the_visit(gtin(at(1)), gtot(at(2), to_facility_code=YARD), gtin(at(2, 5), YARD))
    assert visit.movement is MovementState.GATED_IN


@pytest.mark.parametrize("says", [MovementType.IMPORT, MovementType.TRANSSHIPMENT])
def test_a_gate_in_that_says_import_or_transhipment_continues(says):
    assert len(visits(disc(at(1)), gtot(at(2)), gtin(at(2, 5), YARD, movement_type=says))) == 1


def test_a_gate_in_that_says_nothing_of_the_kind_is_another_visit():
    assert len(visits(disc(at(1)), gtot(at(2)), gtin(at(2, 5), YARD))) == 2


def test_a_gate_in_naming_the_visits_call_at_another_facility_continues():
    assert len(visits(gtin(at(1), YARD, vessel=CALL), gtot(at(2), YARD), gtin(at(2, 1), QUAY, vessel=CALL))) == 1
    assert len(visits(gtin(at(1), QUAY, vessel=CALL), gtot(at(2), QUAY), gtin(at(2, 1), QUAY, vessel=CALL))) == 2


def test_a_transfer_ends_seventy_two_hours_after_the_last_movement():
    assert len(visits(disc(at(1)), gtot(at(2)), gtin(at(5), SITE))) == 1
    assert len(visits(disc(at(1)), gtot(at(2)), gtin(at(5, 0, 1), SITE))) == 2


def test_an_empty_box_does_not_continue_a_laden_visit():
    assert len(visits(disc(at(1)), gtot(at(2)), gtin(at(2, 5), SITE, empty_indicator=EMPTY))) == 2
    assert len(visits(disc(at(1)), gtot(at(2)), gtin(at(2, 5), SITE, empty_indicator=None))) == 1


def test_a_gate_in_for_another_call_does_not_continue():
    assert len(visits(disc(at(1)), gtot(at(2)), gtin(at(2, 5), SITE, vessel=OTHER_CALL))) == 2


def test_a_box_in_transhipment_may_name_the_ship_it_goes_on_with():
    onward = gtin(at(2, 5), QUAY_2, vessel=OTHER_CALL, movement_type=MovementType.TRANSSHIPMENT)
    visit = the_visit(disc(at(1)), gtot(at(2)), onward, load(at(4), QUAY_2, vessel=OTHER_CALL))
    assert visit.direction is MovementType.TRANSSHIPMENT


def test_a_gate_in_never_continues_what_was_loaded():
    assert len(visits(gtin(at(1)), load(at(2)), gtin(at(2, 5), SITE))) == 2


def test_a_site_customs_names_in_a_notice_is_under_its_control():
    papers = [manifest(), declaration(), notice("INSPECTION_ORDERED", at(1), site="NEWSITE")]
    visit = the_visit(disc(at(1)), gtot(at(1, 2), to_facility_code="NEWSITE"), *papers)
    assert visit.movement is MovementState.IN_TRANSFER


def test_a_quay_is_not_an_inspection_site_though_a_notice_names_it():
    papers = [manifest(), declaration(), notice("INSPECTION_ORDERED", at(1), site=QUAY)]
    assert the_visit(disc(at(1)), drop(at(1, 2)), *papers).movement is MovementState.IN_YARD


def test_the_second_telling_of_a_gate_out_may_say_where_the_box_was_sent():
    events = [disc(at(1)), gtot(at(2), name="x"), gtot(at(2), to_facility_code=SITE, name="y")]
    assert the_visit(*events).movement is MovementState.IN_TRANSFER
    other = [disc(at(1)), gtot(at(2), name="y"), gtot(at(2), to_facility_code=SITE, name="x")]
    assert the_visit(*other).movement is MovementState.IN_TRANSFER


def test_grounding_told_of_the_quay_left_does_not_end_a_transfer():
    visit = the_visit(disc(at(1)), gtot(at(2), to_facility_code=SITE), drop(at(2, 0, 30), QUAY))
    assert visit.movement is MovementState.IN_TRANSFER
