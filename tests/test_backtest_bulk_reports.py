"""A back-test in columns tells to the last bit what one tells that decides case by case, as the port does live."""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.declarations import DeclarationFile
from build_bulk import Drawn, crowds
from build_declarations import as_csv, season
from build_diversion import rulesets
from build_rulesets import targeting
from port.diversion import backtest_lots
from port.diversion.backtest import Budget, backtest
from port.diversion.case import Case
from port.diversion.loading import load_default
from port.diversion.outcomes import PastCase, Stratum
from port.diversion.report import Report
from port.diversion.table import Ruleset

pytestmark = pytest.mark.slow

BEGAN = datetime(2024, 3, 4, 9, 30, tzinfo=UTC)


def past_cases(told: Drawn, chance: random.Random) -> list[PastCase]:
    """These boxes on some days, most of them with an outcome."""
    return [
        PastCase(
            case=replace(case, container_number=f"BOX{number}"),
            at=BEGAN + timedelta(hours=chance.randrange(200)),
            stratum=chance.choice(list(Stratum)),
            found=chance.choice((True, False, None)),
            has_hour=chance.random() < 0.8,
            draws=draws,
        )
        for number, (case, draws) in enumerate(told)
    ]


def both_ways(cases: list[PastCase], ruleset: Ruleset, **asked: Any) -> tuple[Report, Report]:
    """The report made in columns, and the one made case by case."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(backtest_lots, "FEWEST_IN_BULK", 1)
        in_bulk = backtest(cases, ruleset, **asked)
        patched.setattr(backtest_lots, "FEWEST_IN_BULK", sys.maxsize)
        return in_bulk, backtest(cases, ruleset, **asked)


@pytest.mark.slow
@settings(max_examples=50)
@given(crowds(), rulesets(risk=True), rulesets(risk=True), st.sampled_from((None, Budget(0.3, 0.2))), st.randoms())
def test_both_ways_give_one_report_whatever_the_cases_and_the_tables(
    told: Drawn, ruleset: Ruleset, against: Ruleset, budget: Budget | None, chance: random.Random
):
    cases = past_cases(told, chance)
    in_bulk, one_by_one = both_ways(cases, ruleset, against=against, budget=budget)
    assert in_bulk.to_json() == one_by_one.to_json()


@pytest.mark.parametrize("budget", [None, Budget(0.1, 0.2)], ids=["as the table has it", "by a budget"])
@pytest.mark.parametrize("against", [None, load_default()], ids=["alone", "against another"])
def test_they_do_with_profiles_over_thousands_of_declarations(budget: Budget | None, against: Ruleset | None):
    body = as_csv(season(date(2024, 1, 1), 3000, first_id=1)).encode()
    cases = [row.to_case() for row in DeclarationFile.of_bytes(body)]
    cases[::50] = [replace(one, case=several(one.case)) for one in cases[::50]]
    in_bulk, one_by_one = both_ways(cases, targeting(), against=against, budget=budget)
    assert in_bulk.cases == 3000
    assert in_bulk == one_by_one


def several(case: Case) -> Case:
    """The same box with two declarations, which is weighed by itself between the others."""
    (standing,) = case.standings
    return replace(case, standings=(standing, replace(standing, declaration="second")))
