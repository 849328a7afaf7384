"""Which event is the diversion point of its visit."""

from __future__ import annotations

import pytest

from build_visit import (
    CALL,
    EMPTY,
    OTHER_CALL,
    QUAY_2,
    SITE,
    at,
    disc,
    drop,
    folded,
    gtin,
    gtot,
    load,
    manifest,
    told,
)
from events.types import MovementType, Recorded, TransportMode
from port.visit import PointVerdict, point_of

BARGE, RAIL = TransportMode.BARGE, TransportMode.RAIL


def verdict(event: Recorded, *others: Recorded) -> str:
    visit = folded(event, *others).find_visit(event.event_id)
    assert visit is not None
    return point_of(visit, event.event_id)


def test_the_laden_discharge_of_an_import_is_a_point():
    assert verdict(disc(at(1))) == "DISCHARGE"
    assert verdict(disc(at(1), empty_indicator=None)) == "DISCHARGE"
    assert verdict(disc(at(1)), manifest()) == "DISCHARGE"


def test_the_laden_gate_in_that_opens_an_export_is_a_point():
    assert verdict(gtin(at(1))) == "GATE_IN"
    assert verdict(gtin(at(1), SITE, movement_type=MovementType.EXPORT)) == "GATE_IN"


@pytest.mark.parametrize(
    "says", [MovementType.TRANSSHIPMENT, MovementType.RESTOW, MovementType.DOMESTIC, MovementType.STORAGE]
)
def test_what_is_neither_import_nor_export_has_no_point(says):
    assert verdict(disc(at(1), movement_type=says)) == "NONE"
    assert verdict(gtin(at(1), movement_type=says)) == "NONE"
    assert verdict(disc(at(1), movement_type=says, mode_of_transport=BARGE)) == "NONE"


def test_empties_have_no_point():
    assert verdict(disc(at(1), empty_indicator=EMPTY)) == "NONE"
    assert verdict(gtin(at(1), empty_indicator=EMPTY, movement_type=MovementType.EXPORT)) == "NONE"
    assert verdict(disc(at(1), empty_indicator=EMPTY, mode_of_transport=BARGE)) == "NONE"


def test_a_gate_in_of_an_import_and_a_discharge_of_an_export_are_no_points():
    assert verdict(gtin(at(1), movement_type=MovementType.IMPORT)) == "NONE"
    assert verdict(disc(at(1), movement_type=MovementType.EXPORT)) == "NONE"


@pytest.mark.parametrize("mode", [BARGE, RAIL])
def test_a_box_by_barge_or_rail_that_does_not_say_import_goes_to_the_yard_undirected(mode):
    assert verdict(disc(at(1), mode_of_transport=mode)) == "DIRECTION_UNKNOWN"
    assert verdict(gtin(at(1), mode_of_transport=mode)) == "DIRECTION_UNKNOWN"
    says_export = gtin(at(1), mode_of_transport=mode, movement_type=MovementType.EXPORT)
    assert verdict(says_export) == "DIRECTION_UNKNOWN"
    says_import = disc(at(1), mode_of_transport=mode, movement_type=MovementType.IMPORT)
    assert verdict(says_import) == "DISCHARGE"


def test_a_point_reported_after_the_box_has_moved_on_is_late():
    assert verdict(disc(at(1)), drop(at(1, 1))) == "LATE_REPORT"
    assert verdict(disc(at(1)), gtot(at(1, 1))) == "LATE_REPORT"
    assert verdict(gtin(at(1)), load(at(2))) == "LATE_REPORT"
    assert verdict(disc(at(1, 1)), gtot(at(1))) == "LATE_REPORT"
    assert verdict(disc(at(1)), disc(at(9), vessel=OTHER_CALL)) == "LATE_REPORT"


def test_a_status_that_is_no_movement_makes_nothing_late():
    assert verdict(disc(at(1)), told("AVPU", at(2))) == "DISCHARGE"


def test_any_telling_of_the_opening_is_the_opening():
    first, tally = disc(at(1, 0, 0, 5)), disc(at(1, 0, 0, 50), sender="TALLY")
    assert verdict(first, tally) == verdict(tally, first) == "DISCHARGE"
    confirmed = disc(at(1, 0, 20), sender="TALLY")
    assert verdict(confirmed, disc(at(1))) == "DISCHARGE"


def test_only_the_movement_that_opens_the_visit_is_a_point():
    continued = gtin(at(1, 3), SITE)
    assert verdict(continued, disc(at(1))) == "NONE"
    elsewhere = gtin(at(1, 3), QUAY_2, vessel=CALL)
    assert verdict(elsewhere, gtin(at(1), vessel=CALL)) == "NONE"
    back = disc(at(3))
    assert verdict(back, gtin(at(1)), load(at(2))) == "NONE"
    assert verdict(drop(at(1, 1)), disc(at(1))) == "NONE"


def test_what_cuts_nothing_is_no_point():
    planned = disc(at(1), classifier="PLN")
    assert verdict(planned) == "NONE"
    assert PointVerdict("NONE") is PointVerdict.NONE
