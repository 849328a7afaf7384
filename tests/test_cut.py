"""How movements are cut into visits, one rule a test."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain

import pytest

from build_visit import (
    CALL,
    EMPTY,
    NEXT_CALL,
    OTHER_CALL,
    QUAY,
    QUAY_2,
    RULES,
    SITE,
    YARD,
    at,
    cuts,
    declaration,
    disc,
    drop,
    estimated,
    gtin,
    gtot,
    ids,
    load,
    manifest,
    notice,
    the_visit,
    told,
    vessel_call,
    visits,
)
from events.types import MovementType, TransportMode, VesselRef
from port.visit import CutRules, MovementState

UNNAMED = VesselRef()


def test_a_box_reused_makes_a_visit_each_time():
    events = [disc(at(1)), gtot(at(3)), gtin(at(40)), load(at(42), vessel=OTHER_CALL)]
    first, second = visits(*events)
    assert [m.event_id for m in first.movements] == ids(*events[:2])
    assert [m.event_id for m in second.movements] == ids(*events[2:])
    assert (first.direction, first.movement) == (MovementType.IMPORT, MovementState.GATED_OUT)
    assert (second.direction, second.movement) == (MovementType.EXPORT, MovementState.LOADED)
    assert (first.begun_at, first.ended_at, second.begun_at, second.ended_at) == (at(1), at(3), at(40), at(42))


def test_entering_while_in_ends_the_old_visit_as_exit_not_reported():
    events = [disc(at(1)), drop(at(1, 2)), disc(at(30), vessel=OTHER_CALL)]
    old, new = visits(*events)
    assert (old.movement, old.is_exit_missing, old.is_exit_reported) == (MovementState.EXIT_NOT_REPORTED, True, False)
    assert old.ended_at == at(1, 2)
    assert (new.movement, new.ended_at) == (MovementState.DISCHARGED, None)


@pytest.mark.parametrize("type_code", ["GTOT", "LOAD", "DROP", "STRP", "INSP"])
def test_leaving_or_working_while_out_makes_a_visit_whose_entry_is_not_reported(type_code):
    visit = the_visit(told(type_code, at(1)))
    assert (visit.is_entry_reported, visit.opening, visit.begun_at) == (False, None, at(1))


@pytest.mark.parametrize("type_code", ["AVPU", "AVDO", "CUSS", "CUSI", "CUSR", "CROS"])
def test_statuses_never_cut(type_code):
    assert visits(told(type_code, at(1))) == ()
    events = [disc(at(1)), told(type_code, at(2))]
    visit = the_visit(*events)
    assert [m.event_id for m in visit.movements] == ids(events[0])
    assert visit.event_ids == set(ids(*events))


def test_only_actual_movements_at_the_port_cut():
    elsewhere = disc(at(2), is_at_port=False, vessel=OTHER_CALL)
    events = [gtin(at(1)), estimated("LOAD", at(3)), elsewhere]
    visit = the_visit(*events)
    assert [m.event_id for m in visit.movements] == ids(events[0])
    assert visit.event_ids == set(ids(*events))


def test_gate_in_and_gate_out_in_one_second_are_one_closed_visit():
    out, came = gtot(at(1, 9), name="a"), gtin(at(1, 9), name="b")
    visit = the_visit(out, came)
    assert [m.event_id for m in visit.movements] == ["b", "a"]
    assert (visit.direction, visit.movement) == (MovementType.STORAGE, MovementState.GATED_OUT)


def test_movements_of_one_second_go_in_before_they_go_out():
    when = at(1, 9)
    told_backwards = [gtot(when, name="5"), load(when, name="4"), drop(when, name="3"), gtin(when, name="2")]
    assert list(chain.from_iterable(cuts(*told_backwards, disc(when, name="1")))) == ["1", "2", "3", "4", "5"]


# Confirming


def test_a_gate_in_told_again_within_twelve_hours_confirms():
    assert len(visits(gtin(at(1)), gtin(at(1, 12)))) == 1


def test_a_gate_in_after_twelve_hours_is_another_visit():
    old, new = visits(gtin(at(1)), gtin(at(1, 12, 1)))
    assert (old.movement, new.movement) == (MovementState.EXIT_NOT_REPORTED, MovementState.GATED_IN)


def test_a_gate_in_at_another_facility_does_not_confirm():
    assert len(visits(gtin(at(1), QUAY), gtin(at(1, 1), QUAY_2))) == 2


def test_a_gate_in_for_another_call_does_not_confirm():
    assert len(visits(gtin(at(1), vessel=CALL), gtin(at(1, 1), vessel=OTHER_CALL))) == 2


def test_what_a_telling_leaves_out_agrees_with_anything():
    assert len(visits(gtin(at(1), vessel=CALL), gtin(at(1, 1), None, vessel=UNNAMED))) == 1


def test_a_telling_fills_in_the_call_of_the_entry_it_confirms():
    assert len(visits(gtin(at(1)), gtin(at(1, 1), vessel=CALL), gtin(at(1, 2), vessel=OTHER_CALL))) == 2


def test_leaving_again_like_the_last_leave_confirms_within_twelve_hours():
    assert len(visits(disc(at(1)), gtot(at(2)), gtot(at(2, 12)))) == 1
    assert len(visits(disc(at(1)), gtot(at(2)), gtot(at(2, 12, 1)))) == 2
    assert len(visits(gtin(at(1)), load(at(2)), load(at(2, 3)))) == 1


def test_leaving_again_elsewhere_or_otherwise_is_not_a_confirmation():
    assert len(visits(disc(at(1)), gtot(at(2)), gtot(at(2, 1), YARD))) == 2
    assert len(visits(gtin(at(1)), load(at(2)), gtot(at(2, 1)))) == 2
    assert len(visits(gtin(at(1)), load(at(2)), load(at(2, 1), vessel=OTHER_CALL))) == 2


def test_a_confirmation_does_not_move_the_box():
    visit = the_visit(gtin(at(1)), drop(at(1, 1)), gtin(at(1, 2)))
    assert (visit.movement, visit.latest_movement.type_code) == (MovementState.IN_YARD, "DROP")


def test_one_fact_told_twice_is_one_entry_though_the_tellings_differ_in_the_call():
    visit = the_visit(disc(at(1, 9), name="a"), disc(at(1, 9, 0, 30), vessel=OTHER_CALL, sender="TALLY", name="b"))
    assert (visit.opening_tellings, visit.movement) == ({"a", "b"}, MovementState.DISCHARGED)
    assert len(visits(gtin(at(1)), load(at(2)), load(at(2), vessel=OTHER_CALL, sender="TALLY"))) == 1


def test_one_fact_told_to_the_minute_and_to_the_second_does_not_open_a_second_visit():
    to_the_minute = [gtin(at(1, 9)), gtot(at(1, 9))]
    to_the_second = [gtin(at(1, 9, 0, 20), sender="GATE"), gtot(at(1, 9, 0, 50), sender="GATE")]
    assert the_visit(*to_the_minute, *to_the_second).movement is MovementState.GATED_OUT


# An inner after a leave


def test_work_within_the_hour_after_a_leave_at_its_facility_belongs_to_the_visit_left():
    visit = the_visit(disc(at(1)), gtot(at(2)), drop(at(2, 1)))
    assert (visit.movement, visit.ended_at) == (MovementState.GATED_OUT, at(2))


def test_work_later_than_an_hour_after_a_leave_is_a_visit_whose_entry_is_not_reported():
    _, second = visits(disc(at(1)), gtot(at(2)), drop(at(2, 1, 1)))
    assert (second.is_entry_reported, second.movement) == (False, MovementState.IN_YARD)


def test_work_at_another_facility_after_a_leave_is_another_visit():
    assert len(visits(disc(at(1)), gtot(at(2)), drop(at(2, 0, 30), YARD))) == 2


def test_work_told_of_the_facility_left_does_not_go_to_the_visit_begun_elsewhere_since():
    events = [disc(at(1)), gtot(at(2)), gtin(at(2, 0, 20), YARD, empty_indicator=EMPTY), drop(at(2, 0, 30), QUAY)]
    assert cuts(*events) == [ids(events[0], events[1], events[3]), ids(events[2])]


# Discharged again


@pytest.mark.parametrize("is_out", [False, True])
def test_a_discharge_repeated_confirms_in_or_out_however_late(is_out):
    out = [gtot(at(3))] if is_out else []
    visit = the_visit(disc(at(1)), *out, disc(at(6)))
    assert visit.movement is (MovementState.GATED_OUT if is_out else MovementState.DISCHARGED)


def test_a_voyage_number_used_again_half_a_year_later_is_another_call():
    assert len(visits(disc(at(1)), gtot(at(2)), disc(at(181)))) == 1
    assert len(visits(disc(at(1)), gtot(at(2)), disc(at(182)))) == 2


def test_a_discharge_at_another_berth_is_no_repetition():
    assert len(visits(disc(at(1), QUAY), disc(at(2), QUAY_2))) == 2


def test_a_discharge_from_another_call_is_no_repetition():
    assert len(visits(disc(at(1)), disc(at(2), vessel=NEXT_CALL))) == 2


def test_without_a_call_a_discharge_is_repeated_only_within_seventy_two_hours():
    assert len(visits(disc(at(1), vessel=UNNAMED), gtot(at(2)), disc(at(4), vessel=UNNAMED))) == 1
    assert len(visits(disc(at(1), vessel=UNNAMED), gtot(at(2)), disc(at(4, 1), vessel=UNNAMED))) == 2


def test_a_discharge_within_a_day_after_an_unannounced_gate_out_is_its_entry():
    events = [gtot(at(1)), disc(at(2))]
    visit = the_visit(*events)
    assert visit.opening is not None
    assert visit.opening.event_id == events[1].event_id
    assert (visit.movement, visit.direction, visit.ended_at) == (
        MovementState.GATED_OUT,
        MovementType.IMPORT,
        at(1),
    )
    assert visit.latest_movement.event_id == events[0].event_id


def test_a_discharge_later_than_a_day_or_elsewhere_is_not_the_entry_of_a_gate_out():
    assert len(visits(gtot(at(1)), disc(at(2, 0, 1)))) == 2
    assert len(visits(gtot(at(1)), disc(at(1, 1), QUAY_2))) == 2


def test_a_reported_entry_is_not_replaced_by_a_discharge_after_the_gate_out():
    assert len(visits(gtin(at(1)), gtot(at(2)), disc(at(2, 1)))) == 2


def test_loaded_then_discharged_on_the_same_call_reopens_the_visit():
    visit = the_visit(gtin(at(1)), load(at(2)), disc(at(3)))
    assert (visit.movement, visit.is_exit_reported, visit.direction) == (
        MovementState.DISCHARGED,
        False,
        MovementType.EXPORT,
    )


def test_a_discharge_after_the_departure_is_another_visit():
    left = vessel_call(vessel_imo_number="9074729", voyage="031W", facility_code=QUAY, atd=at(2, 12))
    assert len(visits(gtin(at(1)), load(at(2)), disc(at(3)), left)) == 2
    assert len(visits(gtin(at(1)), load(at(2)), disc(at(2, 11)), left)) == 1


def test_a_double_call_departs_when_it_leaves_its_last_berth():
    berths = [
        vessel_call(vessel_imo_number="9074729", voyage="031W", facility_code=QUAY, atd=at(2, 12)),
        vessel_call(vessel_imo_number="9074729", voyage="031W", facility_code=QUAY_2, atd=at(4)),
    ]
    assert len(visits(gtin(at(1)), load(at(2)), disc(at(3), QUAY_2), *berths)) == 1


def test_a_departure_told_from_before_the_loading_is_not_the_last_one():
    shifted = vessel_call(vessel_imo_number="9074729", voyage="031W", facility_code=QUAY, atd=at(1, 12))
    assert len(visits(gtin(at(1)), load(at(2), QUAY_2), disc(at(3), QUAY_2), shifted)) == 1


def test_loaded_then_discharged_from_another_call_is_another_visit():
    assert len(visits(gtin(at(1)), load(at(2)), disc(at(3), vessel=OTHER_CALL))) == 2


def test_the_voyages_of_one_stay_are_one_call():
    turned = vessel_call(vessel_imo_number="9074729", import_voyage="031W", export_voyage="032E")
    outbound = VesselRef(vessel_imo_number="9074729", voyage="032E")
    assert len(visits(gtin(at(1)), load(at(2), vessel=outbound), disc(at(3)), turned)) == 1
    assert len(visits(gtin(at(1)), load(at(2), vessel=outbound), disc(at(3)))) == 2


def test_rolled_cargo_stays_one_visit_until_the_next_ship_takes_it():
    visit = the_visit(gtin(at(1)), load(at(2)), disc(at(2, 5)), load(at(9), vessel=OTHER_CALL))
    assert (visit.movement, visit.direction, visit.exit_call) == (
        MovementState.LOADED,
        MovementType.EXPORT,
        OTHER_CALL,
    )


# Transfers


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


# Direction

BY_ENDS = [
    (disc, gtot, {}, MovementType.IMPORT),
    (gtin, load, {}, MovementType.EXPORT),
    (disc, load, {"vessel": OTHER_CALL}, MovementType.TRANSSHIPMENT),
    (disc, load, {}, MovementType.RESTOW),
    (gtin, gtot, {}, MovementType.STORAGE),
]


@pytest.mark.parametrize(("enters", "leaves", "more", "label"), BY_ENDS)
def test_two_known_ends_say_the_direction(enters, leaves, more, label):
    assert the_visit(enters(at(1)), leaves(at(2), **more)).direction is label


@pytest.mark.parametrize(
    ("event", "label"),
    [
        (disc(at(1)), MovementType.IMPORT),
        (gtot(at(1)), MovementType.IMPORT),
        (gtin(at(1)), MovementType.EXPORT),
        (load(at(1)), MovementType.EXPORT),
        (gtin(at(1), empty_indicator=EMPTY), MovementType.STORAGE),
        (drop(at(1)), None),
    ],
)
def test_one_known_end_says_it_when_nobody_reported_one(event, label):
    assert the_visit(event).direction is label


def test_with_one_end_unknown_the_latest_report_says_it():
    events = [
        disc(at(1), movement_type=MovementType.TRANSSHIPMENT),
        drop(at(2), movement_type=MovementType.RESTOW),
        told("PICK", at(3)),
    ]
    assert the_visit(*events).direction is MovementType.RESTOW


def test_two_known_ends_overrule_a_report():
    assert the_visit(gtin(at(1), movement_type=MovementType.IMPORT), load(at(2))).direction is MovementType.EXPORT


def test_domestic_as_reported_stays_domestic():
    domestic = the_visit(disc(at(1), movement_type=MovementType.DOMESTIC), gtot(at(2)))
    assert domestic.direction is MovementType.DOMESTIC


@pytest.mark.parametrize("mode", [TransportMode.BARGE, TransportMode.RAIL])
def test_what_came_by_barge_or_rail_keeps_its_reported_direction(mode):
    came = the_visit(disc(at(1), mode_of_transport=mode, movement_type=MovementType.EXPORT), gtot(at(2)))
    assert came.direction is MovementType.EXPORT
    silent = the_visit(disc(at(1), mode_of_transport=mode), gtot(at(2)))
    assert (silent.direction, silent.came_by_barge_or_rail) == (None, True)


def test_the_windows_are_settings():
    rules = CutRules(RULES.customs_facilities, confirm_within=timedelta(hours=1))
    assert len(visits(gtin(at(1)), gtin(at(1, 2)), rules=rules)) == 2
