"""The fold as a whole: it does not see the order, the place in the log or the hour of hearing."""

from __future__ import annotations

import dataclasses
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from build_history import histories, uncorrected_histories
from build_visit import (
    BOX,
    OTHER_BOX,
    RULES,
    SITE,
    at,
    declaration,
    disc,
    drop,
    folded,
    gtin,
    gtot,
    manifest,
    notice,
    release,
    the_visit,
    told,
)
from events.types import DangerousGoods, MovementType, Recorded
from port.vessel import stays
from port.visit import (
    Carrier,
    Charges,
    Customs,
    CustomsArrival,
    Equipment,
    Folded,
    MovementState,
    TimelineLine,
    fold,
    timeline,
)

LATE = datetime(2030, 1, 1, tzinfo=UTC)
quick = settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def judged(events: list[Recorded], box: str = BOX) -> Folded:
    return fold(box, events, stays(events), RULES)


def public(told_of: Folded) -> list[tuple[object, ...]]:
    """What both halves of convergence hold equal: keys, facets, timelines without the hour of hearing."""
    return [
        (
            visit.visit_key,
            visit.direction,
            (visit.movement, visit.customs, visit.customs_arrival, visit.carrier, visit.charges),
            [unheard(line) for line in timeline(visit.events)],
        )
        for visit in told_of.visits
    ]


def unheard(line: TimelineLine) -> TimelineLine:
    return dataclasses.replace(line, received_at=LATE)


@given(histories, st.randoms(use_true_random=False))
@settings(quick, max_examples=200)
def test_the_fold_does_not_depend_on_the_order_of_its_events(events: list[Recorded], chance: random.Random):
    order_says_nothing(events, chance)


@pytest.mark.slow
@given(histories, st.randoms(use_true_random=False))
@quick
def test_nor_does_it_in_two_thousand_histories(events: list[Recorded], chance: random.Random):
    order_says_nothing(events, chance)


def order_says_nothing(events: list[Recorded], chance: random.Random) -> None:
    shuffled = list(events)
    chance.shuffle(shuffled)
    for box in (BOX, OTHER_BOX):
        assert judged(shuffled, box) == judged(events, box)


@given(histories, st.randoms(use_true_random=False))
@settings(quick, max_examples=300)
def test_facts_heard_in_any_order_and_again_converge(events: list[Recorded], chance: random.Random):
    heard = [*events, *chance.choices(events, k=3)]
    chance.shuffle(heard)
    elsewhere = [
        replace(event, position=place, received_at=LATE + timedelta(seconds=chance.randrange(99)))
        for place, event in enumerate(heard)
    ]
    assert public(judged(elsewhere)) == public(judged(events))


@given(uncorrected_histories, st.data())
@settings(quick, max_examples=300)
def test_a_movement_told_again_in_another_message_changes_nothing_but_the_count(
    events: list[Recorded], data: st.DataObject
):
    movements = [event for event in events if event.fact.kind == "equipment"]
    if not movements:
        return
    again = data.draw(st.sampled_from(movements))
    copy = replace(again, event_id=again.event_id + "x", sender="TALLY", receipt_id="rx")
    assert [line[:3] for line in public(judged([*events, copy]))] == [line[:3] for line in public(judged(events))]


@given(histories)
@settings(quick, max_examples=500)
def test_every_event_of_the_container_has_exactly_one_place(events: list[Recorded]):
    told_of = judged(events)
    places = [placed.recorded.event_id for visit in told_of.visits for placed in visit.events]
    places += [placed.recorded.event_id for placed in told_of.unplaced]
    assert len(places) == len(set(places))
    own = {event.event_id for event in events if getattr(event.fact, "container_number", None) == BOX}
    assert own <= set(places)


@given(histories)
@settings(quick, max_examples=500)
def test_visits_stand_in_time_order_under_keys_of_their_own(events: list[Recorded]):
    visits = judged(events).visits
    assert len({visit.visit_key for visit in visits}) == len(visits)
    begun = [visit.begun_at or LATE for visit in visits]
    assert begun == sorted(begun)
    for visit in visits:
        assert visit.is_expected == (visit.movement is MovementState.EXPECTED)
        assert not (visit.is_in_port and visit.ended_at)


# The story of issue 2's named cases, end to end


def test_an_import_from_manifest_to_gate_out():
    events = [
        manifest(name="m"),
        declaration(declared_at=at(1), name="d"),
        disc(at(2), name="disc", position="Q1", iso_equipment_code="22G1", seals=("S1",)),
        notice("RELEASED", at(2, 5), name="rel"),
        release("BL1", at(2, 6), name="order"),
        gtot(at(3), name="out"),
    ]
    visit = the_visit(*events)
    assert visit.visit_key == f"{BOX}:DISC:2026-11-03T00:00:00+00:00:XMHT"
    assert (visit.direction, visit.is_laden) == (MovementType.IMPORT, True)
    assert (visit.movement, visit.customs, visit.customs_arrival, visit.carrier, visit.charges) == (
        MovementState.GATED_OUT,
        Customs.RELEASED,
        CustomsArrival.NOT_REPORTED,
        Carrier.RELEASED,
        Charges.UNKNOWN,
    )
    assert (visit.begun_at, visit.ended_at, visit.is_exit_reported) == (at(2), at(3), True)
    assert visit.event_ids == {"m", "d", "disc", "rel", "order", "out"}
    assert not visit.left_without_release
    assert visit.last_fact.event_id == "out"


def test_each_field_of_the_box_is_from_the_telling_that_has_it_and_came_last():
    events = [
        disc(at(1), position="Q1", seals=("S1",), gross_mass_kg=24000.0, event_created_datetime=at(1, 2)),
        disc(at(1), seals=("S2",), event_created_datetime=at(1, 1), sender="TALLY"),
        drop(at(2), position="Y9", reefer_set_point_celsius=-18.0),
        told("RSEA", at(3), seals=("S3",), dangerous_goods=(DangerousGoods(un_number="1263"),)),
    ]
    assert the_visit(*events[:2]).equipment == Equipment(position="Q1", seals=("S1",), gross_mass_kg=24000.0)
    assert the_visit(*events).equipment == Equipment(
        position="Y9",
        seals=("S3",),
        gross_mass_kg=24000.0,
        dangerous_goods=(DangerousGoods(un_number="1263"),),
        reefer_set_point_celsius=-18.0,
    )


def test_where_the_box_stood_is_forgotten_when_it_moves_on():
    events = [disc(at(1)), drop(at(1, 1), position="Y9")]
    assert the_visit(*events).equipment.position == "Y9"
    assert the_visit(*events, gtin(at(1, 5), SITE)).equipment.position is None
    assert the_visit(*events, gtot(at(2))).equipment.position is None


def test_nothing_told_is_no_visit():
    assert folded() == Folded(BOX, (), ())
