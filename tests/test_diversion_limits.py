"""Size stands where others have a time limit: what is too large is refused before it is read, and never runs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from build_diversion import TOYS, asks, case, decided, row, ruleset, site, standing, written
from events.types import Reason, Route
from port.diversion import decide, explain, limits
from port.diversion.case import Case, Standing
from port.diversion.checks import RulesetInvalid
from port.diversion.facts import MOST_TEXTS, CustomsStatus
from port.diversion.loading import load
from port.diversion.table import Condition, NamedList, Operator, Ruleset, Words

pytestmark = pytest.mark.slow

RELEASES = ruleset(row("DIRECT_RELEASE", asks("direction", "equals", "IMPORT")))
WORDS = Words(zh="测", en="test")


def problems(table: object) -> list[tuple[str, str, str]]:
    with pytest.raises(RulesetInvalid) as refused:
        load(json.dumps(table))
    return [(one.row, one.column, one.message) for one in refused.value.problems]


@contextmanager
def in_time(seconds: float) -> Iterator[None]:
    """Of this process, so that busy neighbours do not count."""
    begun = time.process_time()
    yield
    assert time.process_time() - begun < seconds


def test_a_table_of_too_many_rows_conditions_or_values_is_refused_at_its_place():
    many = [row("SCAN", asks("is_lcl", "equals", True), id=f"row-{n}") for n in range(limits.MOST_ROWS + 1)]
    assert problems(written(*many)) == [("rows", "number", "more than 1,000 rows")]
    wide = row("SCAN", *[asks("is_lcl", "equals", True)] * (limits.MOST_CONDITIONS + 1))
    assert problems(written(wide)) == [("scan", "when", "more than 50 conditions")]
    sites = [site(f"S{n}", "YARD") for n in range(limits.MOST_PARTS + 1)]
    assert problems(written(many[0], sites=sites)) == [("sites", "number", "more than 1,000 of them")]
    long = [f"{n:06}" for n in range(limits.MOST_VALUES + 1)]
    assert problems(written(row("SCAN", asks("hs_code", "in", long)))) == [
        ("scan", "hs_code", "with this the table compares with more than 100,000 values")
    ]
    lists = [{"name": "long", "title": {"zh": "长", "en": "long"}, "values": long}]
    assert problems(written(many[0], lists=lists)) == [("lists", "long", "more than 100,000 values")]


def test_a_list_counts_each_time_it_is_named():
    values = [f"{n:06}" for n in range(limits.MOST_VALUES // 2)]
    rows = [row("SCAN", asks("hs_code", "in", list="half"), id=f"row-{n}") for n in range(3)]
    lists = [{"name": "half", "title": {"zh": "半", "en": "half"}, "values": values}]
    ruleset(*rows[:2], lists=lists)
    assert [one[0] for one in problems(written(*rows, lists=lists))] == ["row-2"]


def test_a_file_too_large_is_not_even_read():
    with pytest.raises(RulesetInvalid) as refused:
        load(b" " * (limits.MOST_BYTES + 1))
    assert [str(one) for one in refused.value.problems] == ["file, JSON: is larger than 8,000,000 bytes"]


def test_a_list_of_a_million_values_holds_the_box_at_once():
    million = tuple(f"{n:07}" for n in range(10**6))
    asked = Condition(fact="hs_code", operator=Operator.IN, list="long")
    for update in (
        {"lists": (NamedList(name="long", title=WORDS, values=million),)},
        {"rows": (RELEASES.rows[0].model_copy(update={"when": (asked.model_copy(update={"value": million}),)}),)},
        {"rows": RELEASES.rows * 10**6},
    ):
        broken = RELEASES.model_copy(update=update)
        broken.__dict__["content_hash"] = f"made by hand: {sorted(update)}"
        with in_time(1.0):
            outcome = decided(case(), broken)
        assert (outcome.route, outcome.reason) == (Route.HOLD, Reason.RULE_FAULT)


def test_the_largest_tables_there_may_be_are_compiled_and_decided_in_time():
    def numbers(n: int) -> list[dict[str, object]]:
        return [
            asks("gross_mass_kg", "between", [n * 50 + at, n * 50 + at + 7]) for at in range(limits.MOST_CONDITIONS)
        ]

    widest = ruleset(*[row("SCAN", *numbers(n), id=f"row-{n}") for n in range(limits.MOST_ROWS)])
    codes = [f"{n:010}" for n in range(limits.MOST_VALUES)]
    longest = ruleset(
        *[row("SCAN", asks("hs_code", "prefix", codes[n::100]), id=f"row-{n}") for n in range(100)],
        default="HOLD",
    )
    for rules in (widest, longest):
        with in_time(20.0):
            decided(case(), rules)
        with in_time(0.1):
            decided(case(), rules)


def box_of(lines: int, *, documents: int = 1) -> Case:
    told = [{**TOYS, "hs_code": f"95{n % 10**4:04}"} for n in range(lines)]
    return case(*[standing(document=f"B{n}", declaration=f"D{n}", lines=told) for n in range(documents)])


def test_a_box_of_more_lines_than_a_decision_may_cost_is_held():
    assert decided(box_of(decide.MOST_LINES - 1), RELEASES).route is Route.DIRECT_RELEASE
    for endless in (box_of(decide.MOST_LINES), box_of(2, documents=decide.MOST_LINES)):
        with in_time(5.0):
            outcome = decided(endless, RELEASES)
        assert (outcome.route, outcome.reason) == (Route.HOLD, Reason.RULE_FAULT)


def test_what_customs_has_said_costs_nothing_however_many_lines_there_are():
    endless = box_of(decide.MOST_LINES)
    freed = Standing("B", "D", CustomsStatus.RELEASED, lines=endless.standings[0].lines)
    ordered = standing("INSPECTION_ORDERED", document="B2", declaration="D2")
    assert decided(case(freed), RELEASES).route is Route.DIRECT_RELEASE
    assert decided(case(*endless.standings, ordered), RELEASES).route is Route.INSPECTION


def test_a_list_of_texts_longer_than_any_box_has_is_unreadable():
    rules = ruleset(
        row("HOLD", asks("un_numbers", "in", ["0004"])), row("DIRECT_RELEASE", asks("direction", "equals", "IMPORT"))
    )
    routes = [
        decided(case(un_numbers=("1950",) * count), rules).reason for count in (MOST_TEXTS, MOST_TEXTS + 1, 10**6)
    ]
    assert routes == [Reason.RULE, Reason.RULE_FAULT, Reason.RULE_FAULT]


def test_the_explanation_of_an_endless_box_ends():
    rules = widened()
    with in_time(10.0):
        told = explain.explain(box_of(decide.MOST_LINES), rules, {})
    assert explain.MOST_VERDICTS <= len(told) < explain.MOST_VERDICTS + 2 * len(rules.rows)
    assert len(decided(box_of(90, documents=110), rules, trace=True).trace) < explain.MOST_VERDICTS + 2 * 90 * 101


def widened() -> Ruleset:
    return ruleset(
        *[row("SCAN", asks("is_lcl", "equals", True), id=f"row-{n}") for n in range(100)],
        row("DIRECT_RELEASE", asks("direction", "equals", "IMPORT")),
    )


def test_a_whole_number_that_no_reader_of_json_takes_is_refused():
    greatest = limits.MOST_WHOLE
    load(json.dumps(written(row("SCAN", asks("gross_mass_kg", "between", [0, greatest])))))
    too_great = "compares with a whole number of more than 64 bits"
    for compared in (asks("gross_mass_kg", "between", [0, greatest + 1]), asks("gross_mass_kg", "less", 10**30)):
        assert problems(written(row("SCAN", compared))) == [("scan", "gross_mass_kg", too_great)]
    endless = site("S", "SCAN") | {"bays": 10**30}
    assert problems(written(row("SCAN", asks("is_lcl", "equals", True)), sites=[endless])) == [
        ("sites", "S", "counts more than 64 bits hold")
    ]
