"""Which cases a budget goes to: rows first, then risk, then the lot; and never by what came of them."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.declarations import DeclarationFile
from build_declarations import as_csv, season
from build_rulesets import targeting
from port.diversion.backtest import Budget, backtest
from port.diversion.backtest_selection import Candidates, choose
from port.diversion.outcomes import PastCase
from port.diversion.profiles import Profiles
from port.diversion.profiles_of_cases import teach

HISTORY = season(date(2024, 1, 1), 600, first_id=1)
TESTED = season(date(2024, 4, 1), 400, first_id=10_001)


def cases(rows: list[dict[str, str]]) -> list[PastCase]:
    return [row.to_case() for row in DeclarationFile.of_bytes(as_csv(rows).encode())]


def taught(rows: list[dict[str, str]]) -> Profiles:
    profiles = Profiles()
    for past in cases(rows):
        teach(profiles, past.case, found=bool(past.found))
    return profiles


def candidates(*told: tuple[bool, float]) -> Candidates:
    made = Candidates(7)
    for number, (is_ruled, risk) in enumerate(told):
        made.add(f"D{number}", is_ruled=is_ruled, risk=risk, found=None, day=1)
    return made


def test_rows_come_first_and_then_the_riskiest():
    choice = choose(candidates((False, 0.9), (True, 0.1), (False, 0.5), (True, 0.2)), Budget(0.75))
    assert list(choice.targeted) == [3, 1, 0]


def test_a_budget_is_a_share_of_all_cases_and_the_floor_a_share_of_the_budget():
    assert Budget(0.05, 0.2).of(8000) == (400, 80)
    assert Budget(0, 0.2).of(8000) == (0, 0)
    assert Budget(1, 1).of(3) == (3, 3)
    for share, floor in ((1.1, 0), (-0.1, 0), (0.5, 1.5)):
        with pytest.raises(ValueError, match="between 0 and 1"):
            Budget(share, floor)


@given(
    st.lists(st.tuples(st.booleans(), st.floats(-5, 5)), max_size=60),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_nobody_is_chosen_twice_and_the_budget_is_spent(told, share, floor):
    budget = Budget(share, floor)
    choice = choose(candidates(*told), budget)
    chosen = [*choice.targeted, *choice.random]
    assert len(chosen) == len(set(chosen)) == budget.of(len(told))[0]
    assert set(choice.instead).isdisjoint(choice.targeted)


def test_equal_risks_are_told_apart_by_a_key_that_nobody_can_foresee():
    told = [(False, 0.5)] * 200
    chosen = [list(choose(replace(candidates(*told), seed=7), Budget(0.1)).targeted) for _ in range(2)]
    assert chosen[0] == chosen[1] != list(range(20))
    other = Candidates(8)
    for number in range(200):
        other.add(f"D{number}", is_ruled=False, risk=0.5, found=None, day=1)
    assert list(choose(other, Budget(0.1)).targeted) != chosen[0]


def test_the_lot_is_a_fair_sample_of_the_rest():
    made = candidates(*[(False, float(number < 1000)) for number in range(10_000)])
    drawn = choose(made, Budget(0.2, 0.5)).random
    # 1,000 of the 9,000 that were not targeted, and of any third of them about a third.
    thirds = [sum(1000 + third * 3000 <= one < 4000 + third * 3000 for one in drawn) for third in range(3)]
    assert sum(thirds) == 1000
    assert all(270 < third < 400 for third in thirds)


@pytest.mark.parametrize("floor", [0.0, 0.2])
def test_what_came_of_the_cases_under_test_changes_nothing_about_which_are_chosen(floor):
    history, tested, budget = taught(HISTORY), cases(TESTED), Budget(0.1, floor)
    plain = backtest(tested, targeting(), history=history, budget=budget)
    outcomes = [past.found for past in tested]
    random.Random(3).shuffle(outcomes)
    shuffled = [replace(past, found=found) for past, found in zip(tested, outcomes, strict=True)]
    blank = [replace(past, found=None) for past in tested]
    assert len(plain.chosen) == 40
    for other in (shuffled, blank):
        assert backtest(other, targeting(), history=history, budget=budget).chosen == plain.chosen


def test_the_order_of_the_rows_of_a_file_changes_nothing():
    history, budget = taught(HISTORY), Budget(0.1, 0.2)
    plain = backtest(cases(TESTED), targeting(), history=history, budget=budget)
    mixed = TESTED[:]
    random.Random(5).shuffle(mixed)
    again = backtest(iter(cases(mixed)), targeting(), history=history, budget=budget)
    assert again.to_json() == plain.to_json()
    assert again.chosen == plain.chosen


def test_learning_changes_nothing_in_the_history_that_is_given():
    history = taught(HISTORY)
    before = sorted(history.tallies())
    backtest(cases(TESTED), targeting(), history=history, budget=Budget(0.1))
    assert sorted(history.tallies()) == before


def test_with_history_the_worst_goods_are_chosen():
    told = backtest(cases(TESTED), targeting(), history=taught(HISTORY), budget=Budget(0.1))
    assert told.selection is not None
    assert told.selection.overall.finds == 40
    assert {one.why for one in told.chosen} == {"ROWS"}


def test_the_price_of_the_lot_is_what_it_found_less_than_the_riskiest_would_have():
    told = backtest(cases(TESTED), targeting(), history=taught(HISTORY), budget=Budget(0.1, 0.5))
    floor = told.random_floor
    assert floor is not None
    assert (floor.budget, floor.price_in_finds) == (20, pytest.approx(20 - floor.finds))
    assert told.by_rules.finds == 20
    assert told.random.inspected == 20


def test_recall_comes_from_the_lot_and_stands_beside_the_one_over_known_outcomes():
    tested = cases(TESTED)
    told = backtest(tested, targeting(), history=taught(HISTORY), budget=Budget(0.2, 0.5))
    finds = sum(bool(past.found) for past in tested)
    assert told.selection is not None
    assert told.selection.known_recall is not None
    assert told.recall is not None
    assert told.selection.known_recall.value == told.selection.overall.finds / finds
    assert told.recall.low <= told.by_rules.finds / finds <= told.recall.high
    assert backtest(tested, targeting(), history=taught(HISTORY), budget=Budget(0.2)).recall is None


def test_without_outcomes_precision_and_recall_are_not_known():
    blank = [replace(past, found=None) for past in cases(TESTED)]
    told = backtest(blank, targeting(), history=taught(HISTORY), budget=Budget(0.1, 0.2))
    assert told.selection is not None
    assert (told.selection.overall.precision, told.selection.known_recall, told.recall) == (None, None, None)
    assert told.random_floor is not None
    assert (told.random_floor.price_in_finds, told.unknown) == (None, 400)


def test_a_file_without_rows_gives_a_report_without_figures():
    told = backtest([], targeting(), history=taught(HISTORY), budget=Budget(0.1))
    assert (told.cases, told.chosen, told.series) == (0, (), ())
