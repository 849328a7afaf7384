"""A ruleset tried on the past: what goes elsewhere, what each row does, and only what is really known of finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from build_rulesets import row, table
from port.diversion.backtest import CHUNK, Cancelled, backtest
from port.diversion.case import Case, Standing
from port.diversion.facts import CustomsStatus
from port.diversion.intervals import wilson
from port.diversion.outcomes import PastCase, Stratum
from port.diversion.report_parts import Calibration, FlipCase, FlipCell, Hour, RandomFloor
from port.diversion.report_parts import Stratum as Inspections

MONDAY = datetime(2024, 3, 4, 9, 30, tzinfo=UTC)
SITE = {"code": "Y1", "title": {"zh": "查验场", "en": "yard"}, "kinds": ["INSPECTION"], "capacity_per_hour": 2}
SHOES_LOOKED_AT = row("shoes", "INSPECTION", hs_code=("prefix", ["64"]))


def past(
    number: int = 1,
    *,
    at: datetime = MONDAY,
    stratum: Stratum = Stratum.NOT_INSPECTED,
    found: bool | None = None,
    status: CustomsStatus = CustomsStatus.DECLARED,
    draw: float | None = 0.9,
    facts: Mapping[str, object] | None = None,
    **line: object,
) -> PastCase:
    goods = {"hs_code": "950300", "origin_country": "CN", **line}
    declared = {"direction": "IMPORT", "consignee_code": "SHOP", **(facts or {})}
    here = Standing(f"B{number}", f"D{number}", status, facts=declared, lines=(goods,))
    draws = {} if draw is None else {f"D{number}": draw}
    case = Case(f"BOX{number}", {}, (here,))
    return PastCase(case=case, at=at, stratum=stratum, found=found, draws=draws, decision_id=f"decision-{number}")


def shoes(number: int = 1, **told: object) -> PastCase:
    return past(number, hs_code="640399", **told)  # type: ignore[arg-type]


def test_flips_are_counted_by_route_and_the_cases_that_change_are_named():
    active, draft = table([]), table([SHOES_LOOKED_AT])
    told = backtest([past(1), shoes(2), shoes(3)], draft, against=active)
    assert told.flips == (FlipCell("YARD", "YARD", 1), FlipCell("YARD", "INSPECTION", 2))
    assert told.flip_cases == (
        FlipCase("BOX2", "decision-2", "YARD", "INSPECTION", "shoes"),
        FlipCase("BOX3", "decision-3", "YARD", "INSPECTION", "shoes"),
    )
    assert (told.ruleset, told.against, told.cases) == (draft.content_hash, active.content_hash, 3)


def test_of_each_cell_only_the_first_cases_are_kept():
    told = backtest((shoes(number) for number in range(250)), table([SHOES_LOOKED_AT]), against=table([]))
    assert told.flips == (FlipCell("YARD", "INSPECTION", 250),)
    assert len(told.flip_cases) == 200


def test_without_another_ruleset_nothing_flips():
    told = backtest([past(1)], table([]))
    assert (told.flips, told.flip_cases, told.against) == ((), (), None)


def test_a_row_is_told_by_what_it_holds_for_decides_and_alone_holds_for():
    ruleset = table([SHOES_LOOKED_AT, row("cn", "SCAN", origin_country=("in", ["CN"]))])
    told = backtest([shoes(1, found=True), shoes(2, origin_country="VN"), past(3, found=False)], ruleset)
    first, second, default = told.rows
    assert (first.hits, first.incremental, first.exclusive) == (2, 2, 1)
    assert (second.hits, second.incremental, second.exclusive) == (2, 1, 1)
    assert (default.row, default.hits, default.incremental) == ("default", 0, 0)
    assert (first.known, first.finds, first.precision) == (1, 1, wilson(1, 1))
    assert (second.known, second.finds, second.precision) == (2, 1, wilson(1, 2))
    assert first.en == "If the HS code starts with 64, then inspection."
    assert first.zh.startswith("若商品编号以 64")


def test_a_row_hits_once_however_many_lines_it_holds_for():
    lines = ({"hs_code": "640399"}, {"hs_code": "640411"})
    here = Standing("B", "D", CustomsStatus.DECLARED, lines=lines)
    told = backtest([PastCase(case=Case("BOX", {}, (here,)), at=MONDAY)], table([SHOES_LOOKED_AT]))
    assert (told.rows[0].hits, told.rows[0].incremental) == (1, 1)


def test_a_box_that_was_never_opened_is_unknown_and_not_clean():
    told = backtest([shoes(1, found=True, stratum=Stratum.BY_RULES), shoes(2), past(3)], table([SHOES_LOOKED_AT]))
    assert told.by_rules == Inspections(2, 1, 1, wilson(1, 1))
    assert told.unknown == 2
    assert told.recall is None


def test_recall_comes_from_the_boxes_drawn_at_random_alone():
    drawn = [shoes(number, found=True, stratum=Stratum.RANDOM) for number in range(3)]
    missed = [past(3, found=True, stratum=Stratum.RANDOM), past(4, found=False, stratum=Stratum.RANDOM)]
    chosen = [shoes(number, found=True, stratum=Stratum.BY_RULES) for number in range(5, 60)]
    told = backtest([*drawn, *missed, *chosen], table([SHOES_LOOKED_AT]))
    assert told.recall == wilson(3, 4)
    assert told.random == Inspections(5, 5, 4, wilson(4, 5))
    assert told.by_rules == Inspections(58, 58, 58, wilson(58, 58))
    assert told.random_floor == RandomFloor(5, 4, 5 * (1 - 4 / 5))


def test_a_price_that_nobody_can_tell_is_not_told():
    told = backtest([past(1, stratum=Stratum.RANDOM)], table([SHOES_LOOKED_AT]))
    assert told.random_floor == RandomFloor(1, 0, None)


def test_what_customs_ordered_is_no_work_of_the_rules():
    ordered = shoes(1, status=CustomsStatus.INSPECTION_ORDERED, found=True, stratum=Stratum.ORDERED)
    told = backtest([ordered], table([SHOES_LOOKED_AT]))
    assert told.by_rules == Inspections(0, 0, 0, None)
    assert told.rows[0].hits == 0
    assert told.series[0].inspections == 1


def test_profiles_know_on_each_day_only_what_was_found_before_it():
    ruleset = table([row("known", "INSPECTION", hs_origin_inspections=("at_least", 1))])
    days = [MONDAY + timedelta(days=number) for number in (0, 0, 1, 2)]
    cases = [shoes(number, at=at, found=True) for number, at in enumerate(days)]
    told = backtest(cases, ruleset)
    # On the first day nothing was known, though both its boxes were opened; from the second on it was.
    assert told.rows[0].hits == 2
    assert told.learnt_inspections == 3
    assert told.faults == 2


def test_an_outcome_that_became_known_later_is_not_known_before():
    ruleset = table([row("known", "INSPECTION", hs_origin_inspections=("at_least", 1))])
    first = replace(shoes(0, found=True), known_at=MONDAY + timedelta(days=3))
    cases = [first, *(shoes(number, at=MONDAY + timedelta(days=number)) for number in range(1, 6))]
    # Known on Thursday, so learnt for Friday and Saturday.
    assert backtest(cases, ruleset).rows[0].hits == 2


def test_a_list_is_put_in_the_order_of_its_days_and_a_stream_must_come_in_it():
    ruleset = table([row("known", "INSPECTION", hs_origin_inspections=("at_least", 1))])
    late, early = shoes(1, at=MONDAY + timedelta(days=1), found=True), shoes(2, found=True)
    assert backtest([late, early], ruleset).rows[0].hits == 1
    with pytest.raises(ValueError, match="asked for after"):
        backtest(iter([late, early]), ruleset)


def test_profile_facts_that_a_case_was_decided_with_are_kept():
    ruleset = table([row("known", "INSPECTION", hs_origin_inspections=("at_least", 5))])
    told = backtest([shoes(1, hs_origin_inspections=7)], ruleset)
    assert told.rows[0].hits == 1


def test_inspections_by_hour_stand_beside_what_the_sites_can_do():
    ruleset = table([SHOES_LOOKED_AT], sites=[SITE])
    cases = [shoes(1), shoes(2, at=MONDAY.replace(minute=59)), past(3, at=MONDAY.replace(hour=11))]
    told = backtest(cases, ruleset, against=table([]))
    nine, eleven = MONDAY.replace(minute=0), MONDAY.replace(hour=11, minute=0)
    assert told.per_hour == (Hour(nine, 2, 0, 2.0), Hour(eleven, 0, 0, 2.0))


def test_the_capacity_is_not_known_when_one_site_does_not_say():
    silent = {**SITE, "code": "Y2", "capacity_per_hour": None}
    told = backtest([shoes(1)], table([SHOES_LOOKED_AT], sites=[SITE, silent]))
    assert [one.capacity for one in told.per_hour] == [None]


def test_facts_that_are_missing_or_unreadable_are_counted_by_case():
    ruleset = table([row("heavy", "SCAN", gross_mass_kg=("at_least", 1), hs_code=("prefix", ["64"]))])
    told = backtest([past(1), shoes(2, origin_country="??"), past(3, hs_code="95")], ruleset)
    assert [(one.fact, one.asked, one.missing, one.unreadable) for one in told.missing_facts] == [
        ("gross_mass_kg", 3, 3, 0),
        ("hs_code", 3, 0, 1),
    ]
    assert told.faults == 2


def test_the_top_up_is_calibrated_to_the_rate_that_is_meant():
    lane = {"route": "YARD", "minimum_random_rate": 0.1, "expected_rate": 0.4}
    ruleset = table([], lanes=[lane], risk=[{"fact": "value_per_kg", "weight": 1.0}])
    told = backtest([past(number, value_per_kg=float(number)) for number in range(100)], ruleset)
    # A tenth is drawn; a third of the remaining nine tenths makes it four tenths: the 33 riskiest of 100.
    assert told.calibration == (Calibration("YARD", 0.4, 67.0, pytest.approx(0.1 + 0.9 * 0.33)),)


def test_equal_risks_are_topped_up_together_or_not_at_all():
    lane = {"route": "YARD", "minimum_random_rate": 0.0, "expected_rate": 0.3}
    ruleset = table([], lanes=[lane], risk=[{"fact": "value_per_kg", "weight": 1.0}])
    told = backtest([past(number, value_per_kg=float(number >= 50)) for number in range(100)], ruleset)
    assert told.calibration == (Calibration("YARD", 0.3, None, 0.0),)


def test_a_case_without_its_draw_is_given_one_that_stays_the_same():
    lane = {"route": "YARD", "minimum_random_rate": 0.5}
    cases = [past(number, draw=None) for number in range(200)]
    first, second = (backtest(cases, table([], lanes=[lane]), against=table([])) for _ in range(2))
    drawn = {(cell.was, cell.now): cell.count for cell in first.flips}
    assert 70 < drawn["YARD", "INSPECTION"] < 130
    assert first.to_text() == second.to_text()
    assert first.faults == 0


def test_the_draw_kept_with_a_decision_is_the_one_that_counts():
    lane = {"route": "YARD", "minimum_random_rate": 0.5}
    told = backtest([past(1, draw=0.1), past(2, draw=0.9)], table([], lanes=[lane]), against=table([]))
    assert [case.container_number for case in told.flip_cases] == ["BOX1"]


def test_it_says_how_far_it_is_and_stops_when_asked():
    heard: list[tuple[int, str]] = []
    cases = [past(number) for number in range(CHUNK + 1)]
    backtest(cases, table([]), progress=lambda done, stage: heard.append((done, stage)))
    assert heard == [(CHUNK, "cases"), (CHUNK + 1, "cases"), (CHUNK + 1, "report")]
    with pytest.raises(Cancelled):
        backtest(cases, table([]), is_cancelled=lambda: True)
