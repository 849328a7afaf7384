"""How movements are cut into visits, one rule a test: what opens, confirms and closes one."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain

import pytest

from build_visit import (
    CALL,
    EMPTY,
    OTHER_CALL,
    QUAY,
    QUAY_2,
    RULES,
    UNNAMED,
    YARD,
    at,
    cuts,
    disc,
    drop,
    estimated,
    gtin,
    gtot,
    ids,
    load,
    the_visit,
    told,
    visits,
)
from events.types import MovementType
from port.visit import CutRules, MovementState


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


# The windows


def test_the_windows_are_settings():
    rules = CutRules(RULES.customs_facilities, confirm_within=timedelta(hours=1))
    assert len(visits(gtin(at(1)), gtin(at(1, 2)), rules=rules)) == 2
