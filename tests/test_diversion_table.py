"""The typed table: read whole or refused by row and column, hashed by content, said in two languages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given

from build_diversion import (
    GRANITE,
    NOT_DRAWN,
    TOYS,
    asks,
    case,
    decided,
    row,
    ruleset,
    rulesets,
    site,
    standing,
    written,
)
from events.types import Reason, Route
from port.diversion.checks import Problem, RulesetInvalid
from port.diversion.compiler import compile_ruleset
from port.diversion.explain import explain
from port.diversion.loading import load, load_default
from port.diversion.table import Operator, Ruleset

STONE = row("INSPECTION", asks("hs_code", "prefix", ["6802"]), asks("origin_country", "in", ["IN"]))


def problems(table: Mapping[str, object] | str) -> list[tuple[str, str, str]]:
    with pytest.raises(RulesetInvalid) as refused:
        load(table if isinstance(table, str) else json.dumps(table))
    return [(one.row, one.column, one.message) for one in refused.value.problems]


@given(rulesets(lanes=True))
def test_a_table_reads_back_as_it_was_written(rules: Ruleset):
    again = load(rules.to_json())
    assert again.model_dump() == rules.model_dump()
    assert again.content_hash == rules.content_hash


def test_the_hash_is_of_the_content_and_not_of_its_layout():
    table = written(STONE)
    shuffled = json.dumps(dict(reversed(table.items())), indent=4, ensure_ascii=False)
    assert load(shuffled).content_hash == load(json.dumps(table)).content_hash


@pytest.mark.parametrize(
    "changed",
    [
        written(STONE | {"route": "SCAN"}),
        written(STONE, default="HOLD"),
        written(STONE, lanes=[{"route": "YARD", "minimum_random_rate": 0.01}]),
        written(STONE, sites=[site("XMCY1", "INSPECTION")]),
        written(STONE, STONE | {"id": "twice"}),
    ],
)
def test_another_content_has_another_hash(changed: dict[str, object]):
    assert load(json.dumps(changed)).content_hash != ruleset(STONE).content_hash


def test_a_changed_copy_does_not_keep_the_hash():
    rules = ruleset(STONE)
    renamed = rules.model_copy(update={"name": rules.content_hash})
    assert renamed.content_hash != rules.content_hash
    assert renamed != rules


def test_a_table_is_compiled_once_for_its_content():
    assert compile_ruleset(ruleset(STONE)) is compile_ruleset(ruleset(STONE))


@pytest.mark.parametrize(
    ("condition", "column", "message"),
    [
        (asks("colour", "equals", "red"), "colour", "is no fact of the catalogue"),
        (asks("hs_code", "less", 5), "hs_code", "less cannot be asked of a TEXT"),
        (asks("gross_mass_kg", "prefix", ["2"]), "gross_mass_kg", "prefix cannot be asked of a NUMBER"),
        (asks("is_lcl", "in", ["true"]), "is_lcl", "in cannot be asked of a FLAG"),
        (asks("hs_code", "prefix"), "hs_code", "needs a value or a list, and only one of them"),
        (asks("hs_code", "in", ["680223"], list="stone"), "hs_code", "needs a value or a list, and only one of them"),
        (asks("hs_code", "prefix", list="stone"), "hs_code", "there is no list 'stone'"),
        (asks("hs_code", "prefix", []), "hs_code", "needs at least one value"),
        (asks("hs_code", "prefix", "6802"), "hs_code", "needs at least one value"),
        (asks("hs_code", "prefix", ["68", "6802x"]), "hs_code", "'6802x' is no HS code"),
        (asks("hs_code", "in", ["6802"]), "hs_code", "'6802' is no HS code"),
        (
            asks("origin_country", "prefix", ["I"]),
            "origin_country",
            "country of origin cannot be asked by its beginning",
        ),
        (asks("origin_country", "equals", "India"), "origin_country", "'India' is no country of origin"),
        (
            asks("consignee_credit_grade", "in", ["GOLD"]),
            "consignee_credit_grade",
            "'GOLD' is no consignee's credit grade",
        ),
        (asks("dangerous_goods_classes", "equals", "X"), "dangerous_goods_classes", "'X' is no dangerous goods class"),
        (asks("gross_mass_kg", "less", "5"), "gross_mass_kg", "'5' is no gross mass"),
        (asks("gross_mass_kg", "at_least", -1), "gross_mass_kg", "-1 is no gross mass"),
        (asks("gross_mass_kg", "between", 5), "gross_mass_kg", "needs two numbers, from and to"),
        (asks("gross_mass_kg", "between", [2, 1]), "gross_mass_kg", "from 2 is more than to 1"),
        (asks("is_lcl", "equals", 1), "is_lcl", "needs true or false"),
        (asks("is_lcl", "equals", "yes"), "is_lcl", "needs true or false"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused_by_row_and_fact(
    condition: Mapping[str, object], column: str, message: str
):
    assert problems(written(STONE, row("SCAN", condition))) == [("scan", column, message)]


@pytest.mark.parametrize(
    ("table", "found"),
    [
        (written(STONE, STONE), [("inspection", "id", "another row has this id")]),
        (
            written(STONE | {"id": "default"}),
            [("default", "id", "is kept for the default row, the draw and the top-up")],
        ),
        (written(row("SCAN")), [("scan", "when", "a row without conditions would hide every row below it")]),
        (written(STONE, default="DIRECT_RELEASE"), [("default", "route", "what no row speaks of may not be released")]),
        (
            written(STONE, lists=[{"name": "stone", "title": {"zh": "石", "en": "stone"}, "values": []}]),
            [("lists", "stone", "is empty")],
        ),
        (
            written(STONE, lanes=[{"route": "HOLD", "minimum_random_rate": 0.1}]),
            [("lanes", "HOLD", "a draw for INSPECTION changes nothing there")],
        ),
        (
            written(STONE, sites=[site("A", "HOLD"), site("A", "SCAN")]),
            [
                ("sites", "A", "another site has this code"),
                ("sites", "A", "serves one or more of INSPECTION, SCAN and YARD"),
            ],
        ),
    ],
)
def test_a_table_that_makes_no_sense_is_refused_with_all_its_problems(
    table: dict[str, object], found: list[tuple[str, str, str]]
):
    assert problems(table) == found


def test_a_cell_that_cannot_be_read_is_named_by_row_and_column():
    table = written(
        STONE,
        row("SCAN", asks("gross_mass_kg", "less", {"kg": 5}), id="heavy"),
        row("TOLL", asks("hs_code", "begins", ["68"]), id="second"),
        lanes=[{"route": "YARD", "minimum_random_rate": 2}],
        mood="good",
    )
    assert [(place, column) for place, column, _ in problems(table)] == [
        ("rows 2 (heavy)", "gross_mass_kg"),
        ("rows 3 (second)", "hs_code"),
        ("rows 3 (second)", "route"),
        ("lanes 1", "minimum_random_rate"),
        ("ruleset", "mood"),
    ]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"rows": 5}', '{"name": NaN}', "\x00", r'"\ud800"'])
def test_what_is_no_table_is_refused(text: str):
    assert problems(text)


def test_a_number_that_is_none_is_refused():
    text = json.dumps(written(row("SCAN", asks("gross_mass_kg", "less", float("nan")))))
    assert problems(text)[0][:2] == ("file", "JSON")


def test_an_unsound_table_is_not_compiled_even_when_built_by_hand():
    rules = ruleset(STONE).model_copy(update={"default": load_default().rows[-1]})
    with pytest.raises(RulesetInvalid) as refused:
        compile_ruleset(rules)
    assert refused.value.problems == (Problem("default", "route", "what no row speaks of may not be released"),)


def test_each_row_is_one_chinese_and_one_english_sentence():
    rules = ruleset(
        row("HOLD", asks("dangerous_goods_classes", "prefix", ["1", "7"])),
        row("INSPECTION", asks("direction", "equals", "IMPORT"), asks("hs_code", "prefix", list="stone")),
        row("SCAN", asks("gross_mass_kg", "at_least", 32500)),
        row("YARD", asks("value_per_kg", "between", [0.5, 2]), asks("is_lcl", "equals", False)),
        row("DIRECT_RELEASE", asks("net_mass_kg", "less", 1e6), asks("declaration_mode", "equals", "ADVANCE")),
        lists=[{"name": "stone", "title": {"zh": "石材", "en": "stone"}, "values": ["2515", "6802"]}],
    )
    said = [verdict.sentence for verdict in explain(case(), rules, {})]
    assert [one.zh for one in said] == [
        "若危险品类别以 1、7 开头，则暂停，待关员处理。",
        "若进出口为 进口，且商品编号以 “石材”（2515、6802） 开头，则查验。",
        "若毛重不低于 32,500 kg，则机检。",
        "若每千克申报价格在 0.5 至 2 之间，且不是拼箱，则进堆场。",
        "若净重低于 1,000,000 kg，且申报模式为 提前申报，则直提直装。",
        "若以上各行均不适用，则进堆场。",
    ]
    assert [one.en for one in said] == [
        "If the dangerous goods class starts with 1 or 7, then hold for an officer.",
        "If the direction is import and the HS code starts with “stone” (2515 or 6802), then inspection.",
        "If the gross mass is at least 32,500 kg, then scan.",
        "If the declared value per kg is between 0.5 and 2 and it is not a shared box (LCL), then yard.",
        "If the net mass is less than 1,000,000 kg and the declaration mode is in advance, then direct release.",
        "If none of the rows above holds, then yard.",
    ]


def test_the_default_ruleset_fails_safe_and_releases_only_by_a_row():
    rules = load_default()
    assert rules.default.route is Route.YARD
    assert [one.id for one in rules.rows if one.route is Route.DIRECT_RELEASE] == [
        "aeo-in-advance",
        "ordinary-in-advance",
    ]
    assert {lane.minimum_random_rate for lane in rules.lanes} == {0.01}


WINE = {"hs_code": "2204210000", "origin_country": "FR", "net_mass_kg": 9000.0, "currency": "USD", "value_per_kg": 0.4}


@pytest.mark.parametrize(
    ("facts", "line", "route", "decided_by"),
    [
        ({}, TOYS, Route.DIRECT_RELEASE, "ordinary-in-advance"),
        ({"consignee_credit_grade": "AEO"}, TOYS, Route.DIRECT_RELEASE, "aeo-in-advance"),
        ({"declaration_mode": "TWO_STEP"}, TOYS, Route.DIRECT_RELEASE, "ordinary-in-advance"),
        ({"declaration_mode": "ARRIVAL"}, TOYS, Route.YARD, "default"),
        ({"direction": "EXPORT"}, TOYS, Route.DIRECT_RELEASE, "ordinary-in-advance"),
        ({}, GRANITE, Route.INSPECTION, "stone-under-watch"),
        ({"consignee_credit_grade": "AEO"}, GRANITE, Route.INSPECTION, "stone-under-watch"),
        ({"direction": "EXPORT"}, GRANITE, Route.DIRECT_RELEASE, "ordinary-in-advance"),
        ({}, {**GRANITE, "origin_country": "IT"}, Route.DIRECT_RELEASE, "ordinary-in-advance"),
        ({}, {**GRANITE, "hs_code": "3915100000"}, Route.HOLD, "banned-waste"),
        ({}, {**GRANITE, "hs_code": "7404000010"}, Route.INSPECTION, "metal-scrap"),
        ({}, {**GRANITE, "hs_code": "0202300010"}, Route.INSPECTION, "meat"),
        ({}, {**GRANITE, "hs_code": "0303670000"}, Route.SCAN, "seafood"),
        ({}, {**GRANITE, "hs_code": "4403210090"}, Route.INSPECTION, "plants-and-timber"),
        ({}, {**GRANITE, "hs_code": "8507600090"}, Route.SCAN, "batteries-not-reported"),
        ({}, WINE, Route.INSPECTION, "undervalued-drink"),
        ({}, {**WINE, "value_per_kg": 8.0}, Route.DIRECT_RELEASE, "ordinary-in-advance"),
        ({"direction": "EXPORT"}, {**TOYS, "hs_code": "3604100000"}, Route.INSPECTION, "fireworks-out"),
        ({"consignee_credit_grade": "DISTRUSTED"}, TOYS, Route.INSPECTION, "distrusted-party"),
        ({"status": "UNDER_REVIEW"}, TOYS, Route.YARD, "under-review"),
    ],
)
def test_the_default_ruleset_by_example(
    facts: dict[str, str], line: Mapping[str, object], route: Route, decided_by: str
):
    told = standing(facts.pop("status", "DECLARED"), lines=[line], **facts)
    outcome = decided(case(told), load_default(), draw=NOT_DRAWN)
    assert (outcome.route, outcome.reason, outcome.rows) == (route, Reason.RULE, ((told.key, decided_by),))


@pytest.mark.parametrize(
    ("facts", "route", "decided_by"),
    [
        ({"has_dangerous_goods": True, "dangerous_goods_classes": ("3",)}, Route.SCAN, "dangerous-goods"),
        ({"has_dangerous_goods": True, "dangerous_goods_classes": ("1.4S",)}, Route.HOLD, "explosive-or-radioactive"),
        ({"bill_count": 3, "is_lcl": True}, Route.YARD, "shared-box"),
    ],
)
def test_the_default_ruleset_by_example_of_boxes(facts: dict[str, object], route: Route, decided_by: str):
    outcome = decided(case(**facts), load_default(), draw=NOT_DRAWN)
    assert (outcome.route, outcome.rows[0][1]) == (route, decided_by)


@pytest.mark.parametrize("missing", ["consignee_credit_grade", "declaration_mode"])
def test_the_default_ruleset_releases_no_box_about_which_it_lacks_a_fact(missing: str):
    outcome = decided(case(standing(without=[missing])), load_default())
    assert (outcome.route, outcome.reason, outcome.undetermined) == (Route.YARD, Reason.FACTS_MISSING, (missing,))


def test_the_docs_tell_every_row_of_the_default_ruleset_and_every_operator():
    docs = (Path(__file__).parents[1] / "docs" / "diversion.md").read_text(encoding="utf-8")
    rows = [(one.id, one.route.value) for one in load_default().rows]
    assert re.findall(r"^\| `([a-z-]+)` \| ([A-Z_]+) \|", docs, flags=re.MULTILINE) == rows
    assert re.findall(r"^\| `([a-z_]+)` \| [a-z]", docs, flags=re.MULTILINE) == [one.value for one in Operator]
    assert [one.code for one in load_default().sites if f"`{one.code}`" not in docs] == []
