"""The direction of a visit, by its ends and by what was reported."""

from __future__ import annotations

import pytest

from build_visit import EMPTY, OTHER_CALL, at, disc, drop, gtin, gtot, load, the_visit, told
from events.types import MovementType, TransportMode

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
