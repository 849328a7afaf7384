"""What only goes on with a visit: a rebuild judges it together with what comes next."""

from __future__ import annotations

import pytest

from build_visit import CALL, EMPTY, LADEN, SITE, at, declaration, disc, drop, estimated, gtot, load, the_visit
from events.types import MovementType, Recorded
from port.visit import only_goes_on

IN = the_visit(disc(at(2), empty_indicator=LADEN))
LATER = at(3)


@pytest.mark.parametrize("event", [drop(LATER), drop(LATER, empty_indicator=LADEN), drop(LATER, SITE), drop(at(2))])
def test_an_inner_movement_of_a_box_that_is_in_only_goes_on(event: Recorded):
    assert only_goes_on(IN, event.fact)


@pytest.mark.parametrize(
    "event",
    [
        disc(LATER),
        gtot(LATER),
        load(LATER),
        declaration(),
        estimated("DROP", LATER),
        drop(at(1)),
        drop(LATER, empty_indicator=EMPTY),
        drop(LATER, movement_type=MovementType.EXPORT),
        drop(LATER, transport_document_reference="BL1"),
        drop(LATER, vessel=CALL),
        drop(LATER, supersedes="e1"),
        drop(LATER, is_at_port=False),
    ],
)
def test_what_may_begin_end_turn_or_join_something_does_not(event: Recorded):
    assert not only_goes_on(IN, event.fact)


@pytest.mark.parametrize("left", [gtot(at(2, 5)), gtot(at(2, 5), to_facility_code=SITE)])
def test_nor_does_anything_of_a_box_that_has_left_or_is_on_its_way(left: Recorded):
    assert not only_goes_on(the_visit(disc(at(2)), left), drop(LATER).fact)


def test_nor_of_one_that_is_only_expected():
    assert not only_goes_on(the_visit(declaration(bill="BL1", containers=("CSQU3054383",))), drop(LATER).fact)
