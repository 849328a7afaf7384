"""Declarations told as columns of any type: read as the same values would be in a case, and never as anything laxer."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings

from build_bulk import Told, columns_told, live
from build_diversion import TABLE, asks, row, ruleset, rulesets
from events.types import InspectAt
from port.diversion.bulk import decide_bulk, frame_of, frame_of_columns
from port.diversion.case import Case, Standing
from port.diversion.facts import CustomsStatus, Level, find_fact
from port.diversion.table import Ruleset

pytestmark = pytest.mark.slow


def cases_of(columns: dict[str, pl.Series]) -> list[Case]:
    """The same declarations one by one; null is a fact nobody told."""
    lines = zip(*(column.to_list() for column in columns.values()), strict=True)
    told = [{name: value for name, value in zip(columns, line, strict=True) if value is not None} for line in lines]
    return [_case(facts) for facts in told]


def _case(facts: dict[str, object]) -> Case:
    box, declaration, line = (
        {name: value for name, value in facts.items() if find_fact(name).level is level} for level in Level
    )
    status = CustomsStatus(facts.get("customs_status", "DECLARED"))
    place = InspectAt(facts.get("inspect_at", "PORT"))
    return Case("CSQU3054383", box, (Standing("B", "D", status, place, declaration, (line,)),))


@pytest.mark.slow
@settings(max_examples=500)
@given(columns_told(), rulesets(risk=True))
def test_columns_are_decided_as_the_cases_they_tell_of(columns: dict[str, pl.Series], rules: Ruleset):
    cases = cases_of(columns)
    draws = [(0.25 + 0.5 * number) % 1 for number in range(len(cases))]
    found = decide_bulk(frame_of_columns(columns, pl.Series(draws)), rules)
    told = zip(cases, draws, strict=True)
    assert [Told(*line) for line in found.iter_rows()] == [live(one, rules, {"D": draw}) for one, draw in told]


def test_a_column_says_how_the_declaration_stands():
    columns = {
        "customs_status": pl.Series(["HELD", "DECLARED", None, "RELEASED", "SCAN_ORDERED"]),
        "inspect_at": pl.Series(["PORT", "PORT", "DESTINATION", "PORT", "DESTINATION"]),
        "hs_code": pl.Series(["6802231000"] * 5),
        "origin_country": pl.Series(["IN"] * 5),
    }
    frame = frame_of_columns(columns)
    cases = [Told(*line) for line in decide_bulk(frame, TABLE).iter_rows()]
    assert cases == [live(one, TABLE, {}) for one in cases_of(columns)]
    assert [line.reason for line in cases] == ["CUSTOMS_ORDER", "RULE", "RULE", "RELEASED", "RULE"]


def test_a_column_that_is_no_fact_is_refused():
    with pytest.raises(LookupError, match="hs_kode"):
        frame_of_columns({"hs_kode": pl.Series(["6802231000"])})


@pytest.mark.parametrize("columns", [{}, {"hs_code": pl.Series(["6802"]), "origin_country": pl.Series(["IN", "VN"])}])
def test_columns_of_several_lengths_are_refused_and_so_are_none(columns: dict[str, pl.Series]):
    with pytest.raises(ValueError, match="one length"):
        frame_of_columns(columns)


def test_a_whole_number_is_compared_to_its_last_digit():
    rules = ruleset(row("SCAN", asks("net_mass_kg", "equals", 2**60)), row("YARD", asks("net_mass_kg", "less", 2**60)))
    columns = {"net_mass_kg": pl.Series([2**60 - 1, 2**60, 2**60 + 1])}
    assert decide_bulk(frame_of_columns(columns), rules)["row"].to_list() == ["yard", "scan", "default"]
    assert decide_bulk(frame_of(cases_of(columns)), rules)["row"].to_list() == ["yard", "scan", "default"]


def test_what_no_fact_can_be_holds_the_box():
    columns = {"consignee_credit_grade": pl.Series([date(2026, 11, 22)]), "hs_code": pl.Series(["6801"])}
    assert decide_bulk(frame_of_columns(columns), TABLE)["reason"].to_list() == ["RULE_FAULT"]
