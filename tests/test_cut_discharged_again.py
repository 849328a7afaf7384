"""A box discharged again: told twice, late, from another call, or after it was loaded."""

from __future__ import annotations

import pytest

from build_visit import (
    NEXT_CALL,
    OTHER_CALL,
    QUAY,
    QUAY_2,
    UNNAMED,
    at,
    disc,
    gtin,
    gtot,
    load,
    the_visit,
    vessel_call,
    visits,
)
from events.types import MovementType, VesselRef
from port.visit import MovementState


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
