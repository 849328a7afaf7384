"""The stations against what queueing theory says of them, and the site's hours."""

from __future__ import annotations

from statistics import fmean

import pytest

from build_moves import BOTH, erlang_wait, mean_wait, played, small
from port.diversion.moves.comparison import spread
from port.diversion.moves.measuring import most_at_once, port_figures, quantile, time_average
from port.diversion.moves.station import Hours
from port.diversion.moves.trace import Mark

pytestmark = pytest.mark.slow

SEEDS = range(1, 9)
BOXES = 6000


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (1, 0.8), (3, 0.7), (6, 0.8)])
def test_waits_at_the_bays_are_those_of_an_m_m_c_queue(servers, load):
    rate = servers * load
    waits = [mean_wait(servers=servers, rate=rate, service=1.0, boxes=BOXES, seed=seed) for seed in SEEDS]
    found, told = spread(waits), erlang_wait(servers=servers, rate=rate, service=1.0)
    assert found.low <= told <= found.high
    assert found.mean == pytest.approx(told, rel=0.15)


@pytest.mark.parametrize("load", [0.5, 0.8])
def test_waits_at_the_scanner_are_those_of_an_m_d_1_queue(load):
    waits = [mean_wait(servers=1, rate=load, service=1.0, boxes=BOXES, seed=seed, is_fixed=True) for seed in SEEDS]
    found, told = spread(waits), load / (2 * (1 - load))
    assert found.low <= told <= found.high
    assert found.mean == pytest.approx(told, rel=0.1)


@pytest.mark.parametrize("variant", BOTH)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_littles_law_holds_at_the_site(variant, seed):
    _, run = played(small(inspection_bays=1, vessels=2), variant, seed=seed)
    marks = sorted(run.trace.marks)
    joined, begun = run.trace.times(Mark.SITE_QUEUED), run.trace.times(Mark.SITE_BEGUN)
    hours = max(begun.values()) - min(joined.values())
    arrivals_an_hour = len(joined) / hours
    wait = fmean(begun[box] - joined[box] for box in joined)
    # The queue's length is walked through mark by mark here, and not made of the waits.
    area, length, last = 0.0, 0, min(joined.values())
    for one in marks:
        if one.mark in (Mark.SITE_QUEUED, Mark.SITE_BEGUN):
            area += length * (one.at - last)
            length, last = length + (1 if one.mark is Mark.SITE_QUEUED else -1), one.at
    assert area / hours == pytest.approx(arrivals_an_hour * wait)
    assert port_figures(run).site_queue_mean == pytest.approx(area / hours)
    assert port_figures(run).site_wait_mean == pytest.approx(wait)


@pytest.mark.parametrize("variant", BOTH)
def test_no_more_boxes_are_inspected_at_a_time_than_there_are_bays(variant):
    _, run = played(small(inspection_bays=2), variant)
    assert most_at_once(list(run.trace.waits(Mark.SITE_BEGUN, Mark.SITE_FINISHED))) == 2


@pytest.mark.parametrize("variant", BOTH)
def test_no_more_boxes_stand_at_the_site_than_it_has_places(variant):
    _, run = played(small(site_places=3, inspection_rate=0.5), variant)
    assert port_figures(run).site_boxes_most == 3


@pytest.mark.parametrize("variant", BOTH)
def test_no_inspection_begins_when_the_site_is_closed(variant):
    day, run = played(small(first_hour=17.5, site_opens=9, site_closes=18, inspection_minutes=200), variant)
    begun = [(day.begins_at + at) % 24 for at in run.trace.times(Mark.SITE_BEGUN).values()]
    assert begun
    assert [hour for hour in begun if not 9 - 1e-9 <= hour < 18] == []


def test_boxes_are_served_in_the_order_they_came():
    _, run = played(small(inspection_bays=1))
    joined, begun = run.trace.times(Mark.SITE_QUEUED), run.trace.times(Mark.SITE_BEGUN)
    assert sorted(joined, key=joined.__getitem__) == sorted(begun, key=begun.__getitem__)


def test_opening_is_waited_for_and_never_longer_than_a_day():
    hours = Hours(8, 20)
    assert [hours.wait(at) for at in (8.0, 19.99, 20.0, 0.0, 7.5)] == [0, 0, 12, 8, 0.5]
    assert [Hours().wait(at) for at in (0.0, 23.99)] == [0, 0]


def test_an_average_over_time_is_the_area_under_the_steps():
    assert time_average([(0, 4), (2, 4), (2, 3)]) == pytest.approx((4 + 2 + 1) / 4)
    assert most_at_once([(0, 2), (2, 4), (1, 3)]) == 2
    assert (time_average([]), most_at_once([])) == (0, 0)
    assert (quantile([], 0.9), quantile([1], 0.9), quantile([0, 1, 2, 3, 4], 0.9)) == (0, 1, pytest.approx(3.6))
