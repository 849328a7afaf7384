"""What holds in every run of the model: no box is lost, doubled or in two places, and what is counted was made."""

from __future__ import annotations

from collections import Counter

import pytest

from build_moves import BOTH, odd, one_box, passed, played, small
from events.types import Direction, Route
from port.diversion.moves.boxes import DIVERTED, TRADITIONAL, Plan
from port.diversion.moves.measuring import fared
from port.diversion.moves.parameters import Parameters
from port.diversion.moves.paths import Flow, Kind, Place, moves_of, moves_saved
from port.diversion.moves.running import EVENTS_PER_BOX
from port.diversion.moves.trace import ENDS, Mark

pytestmark = pytest.mark.slow

DAYS = [
    small(),
    small(advance_share=0.5, advance_share_traditional=0.5, decided_in_time_share=0.5),
    small(site_places=2, inspection_bays=1, terminal_trucks=3, quay_cranes=2, scanners=1, yard_cranes=1),
    small(ship_side_share=0, direct_load_share=1, back_to_stack_share=1, rehandles=2),
    small(vessels=3, hours_between_vessels=5, loading_window_hours=2, export_cut_off_hours=0, truck_late_minutes=300),
    small(import_boxes=0),
    small(export_boxes=0, crane_cv=0, inspection_cv=0, declare_hours=0, decision_hours=0),
]


DAYS += [odd(seed) for seed in range(12)]


@pytest.mark.parametrize("parameters", DAYS)
@pytest.mark.parametrize("variant", BOTH)
def test_every_box_comes_once_is_available_once_and_ends_once(parameters, variant):
    day, run = played(parameters, variant)
    for mark in (Mark.POINT, Mark.AVAILABLE):
        assert Counter(one.box for one in run.trace.marks if one.mark is mark) == {b.number: 1 for b in day.boxes}
    ended = Counter(one.box for one in run.trace.marks if one.mark in ENDS)
    assert ended == {box.number: 1 for box in day.boxes}


@pytest.mark.parametrize("parameters", DAYS)
@pytest.mark.parametrize("variant", BOTH)
def test_no_box_is_in_two_places(parameters, variant):
    day, run = played(parameters, variant)
    begins = {True: Place.VESSEL, False: Place.GATE}
    where = {box.number: (begins[box.is_import], float("-inf")) for box in day.boxes}
    for one in run.trace.moves:
        place, since = where[one.box]
        assert one.move.origin is place, one
        assert since <= one.began <= one.ended, one
        where[one.box] = (one.move.target, one.ended)
    ends = {one.box: one.mark for one in run.trace.marks if one.mark in ENDS}
    last = {Mark.LEFT: {Place.GATE}, Mark.LOADED: {Place.VESSEL}, Mark.ROLLED: {Place.STACK, Place.QUAY}}
    assert [number for number, (place, _) in where.items() if place not in last[ends[number]]] == []


@pytest.mark.parametrize("parameters", DAYS)
@pytest.mark.parametrize("variant", BOTH)
def test_nothing_happens_to_a_box_before_its_point_but_the_crane_or_after_its_end(parameters, variant):
    day, run = played(parameters, variant)
    points, available = run.trace.times(Mark.POINT), run.trace.times(Mark.AVAILABLE)
    ends = {one.box: one.at for one in run.trace.marks if one.mark in ENDS}
    assert all(points[box.number] <= available[box.number] <= ends[box.number] for box in day.boxes)
    assert all(one.ended <= ends[one.box] for one in run.trace.moves)
    early = [one.move.origin for one in run.trace.moves if one.began < points[one.box]]
    assert set(early) <= {Place.VESSEL}


@pytest.mark.parametrize("variant", BOTH)
def test_moves_are_counted_from_what_was_made(variant):
    day, run = played(small(), variant)
    kinds = Counter((one.box, one.move.kind) for one in run.trace.moves)
    for one in fared(day, run):
        number = one.box.number
        assert (one.lifts, one.hauls) == (kinds[number, Kind.LIFT], kinds[number, Kind.HAUL])
    assert sum(one.lifts for one in fared(day, run)) == sum(one.move.kind is Kind.LIFT for one in run.trace.moves)


@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize("flow", list(Flow))
@pytest.mark.parametrize("route", [route for route in Route if route is not Route.HOLD])
@pytest.mark.parametrize("back", [0, 1])
def test_a_box_alone_makes_the_moves_that_its_route_is_said_to_cost(direction, flow, route, back):
    always = {"ship_side_share": 1, "direct_load_share": 1, "rehandles": 0, "suspicion_share": 0}
    returns = {"back_to_stack_share": back, "back_to_stack_share_traditional": back}
    parameters = Parameters().changed({**always, **returns, "truck_late_minutes": 0, "loading_window_hours": 240})
    variant = TRADITIONAL if flow is Flow.TRADITIONAL else DIVERTED
    treatment = Route.DIRECT_RELEASE if route is Route.YARD else route
    plan = Plan(Route.YARD if flow is Flow.TRADITIONAL else route, treatment)
    day, run = one_box(direction, plan, variant, parameters)
    [one] = fared(day, run)
    told = moves_of(route, direction=direction, flow=flow, parameters=parameters)
    assert (one.lifts, one.hauls) == (told.lifts, told.hauls)


def test_diverting_saves_the_moves_of_the_route_and_never_costs_any():
    for direction in Direction:
        for route in Route:
            saved = moves_saved(route, direction=direction)
            assert saved.avoided == pytest.approx(saved.traditional.moves - saved.now.moves)
            assert saved.avoided >= 0
            assert (saved.avoided == 0) == (route in (Route.YARD, Route.HOLD))


def test_a_box_fetched_at_the_ships_side_is_available_as_it_is_discharged():
    parameters = Parameters().changed({"ship_side_share": 1, "truck_late_minutes": 0})
    day, run = one_box(Direction.IMPORT, passed(), DIVERTED, parameters)
    [one] = fared(day, run)
    assert (one.lifts, one.hauls, one.available) == (1, 0, 0.0)


def test_a_truck_too_late_for_the_hook_finds_its_box_in_the_stack():
    parameters = Parameters().changed({"ship_side_share": 1, "truck_late_minutes": 0, "truck_lead_minutes": 0})
    day, run = one_box(Direction.IMPORT, passed(), DIVERTED, parameters)
    [one] = fared(day, run)
    assert (one.lifts - one.lifts % 3, one.hauls) == (3, 1)
    assert Mark.MISSED_HOOK in {mark.mark for mark in run.trace.marks}


@pytest.mark.parametrize("variant", BOTH)
def test_a_run_has_few_events(variant):
    for parameters in DAYS:
        day, run = played(parameters, variant)
        assert run.events < EVENTS_PER_BOX / 2 * len(day.boxes)
