"""Intervals: as wide as the sample is small, and never outside of what a share can be."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port.diversion.intervals import Estimate, projected_recall, wilson


def test_wilson_gives_the_figures_of_the_literature():
    told = wilson(15, 50)
    assert told is not None
    assert (told.value, told.low, told.high) == (
        pytest.approx(0.3),
        pytest.approx(0.1910, abs=5e-5),
        pytest.approx(0.4375, abs=5e-5),
    )


@given(st.integers(1, 10_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_an_interval_holds_its_value_and_lies_within_0_and_1(told):
    found = wilson(*told)
    assert found is not None
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_a_share_of_nothing_is_not_known():
    assert wilson(0, 0) is None


def test_a_share_of_0_or_all_is_no_certainty():
    assert wilson(0, 10) == Estimate(0, 0, pytest.approx(0.2775, abs=1e-4), 10)
    assert wilson(10, 10) == Estimate(1, pytest.approx(0.7225, abs=1e-4), 1, 10)


def test_recall_is_projected_from_what_a_sample_of_the_rest_found():
    # 5 of 100 drawn found something, so of a rest of 1000 about 50 would have: 50 of 100 finds were caught.
    told = projected_recall(50, 100, 5, 1000)
    assert told is not None
    rest = wilson(5, 100)
    assert rest is not None
    assert told == Estimate(
        0.5, pytest.approx(50 / (50 + 1000 * rest.high)), pytest.approx(50 / (50 + 1000 * rest.low)), 100
    )


def test_recall_without_a_sample_is_not_known():
    assert projected_recall(50, 0, 0, 1000) is None
    assert projected_recall(0, 100, 0, 1000) is None


def test_recall_of_all_there_is_is_1():
    assert projected_recall(50, 0, 0, 0) == Estimate(1, 1, 1, 50)


def test_a_drawn_sample_covers_the_true_recall_about_as_often_as_it_says():
    rng, covered, rounds = random.Random(5), 0, 400
    rest = [1] * 120 + [0] * 1880
    for _ in range(rounds):
        told = projected_recall(80, 200, sum(rng.sample(rest, 200)), len(rest))
        assert told is not None
        covered += told.low <= 80 / 200 <= told.high
    assert 0.92 <= covered / rounds <= 1
