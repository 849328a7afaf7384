"""Test cases of a table: kept in its document, run by the live decide, refused by test and place when wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from build_diversion import GRANITE, TOYS, WORDS, asks, case, cases, row, ruleset, rulesets, site, standing, written
from events.types import Reason, Route
from port.diversion.case import Case
from port.diversion.checks import RulesetInvalid
from port.diversion.documents import dump_file, load_default_tests, load_file, load_tests
from port.diversion.lint import lint
from port.diversion.loading import load_default
from port.diversion.table import Ruleset, Words
from port.diversion.testing import Expected, TestCase, run_tests

STONE = row("INSPECTION", asks("hs_code", "prefix", ["6802"]), id="stone")
LATE = row("YARD", asks("declaration_mode", "equals", "ARRIVAL"), id="late")
DOCS = Path(__file__).parents[1] / "docs"
RULES = ruleset(STONE, LATE, lanes=[{"route": "YARD", "minimum_random_rate": 0.01}])
TITLE = Words(zh="测试", en="test")


def told(test: TestCase, rules: Ruleset = RULES) -> tuple[bool, str, str | None, str]:
    [result] = run_tests(rules, [test])
    return result.passed, result.route.value, result.row, result.reason.value


def a_test(box: Case, route: str, row: str | None = None, **draws: float) -> TestCase:
    return TestCase("t", TITLE, box, Expected(Route(route), row), draws)


def problems(*tests: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(RulesetInvalid) as refused:
        load_file(json.dumps({**written(STONE), "tests": list(tests)}))
    return [(one.row, one.column, one.message) for one in refused.value.problems]


def as_json(**parts: Any) -> dict[str, Any]:
    return {"id": "t", "title": WORDS, "case": {}, "expect": {"route": "YARD"}, **parts}


def test_the_default_ruleset_passes_its_tests_and_they_lead_to_every_row():
    rules, tests = load_default(), load_default_tests()
    assert [one.id for one in run_tests(rules, tests) if not one.passed] == []
    assert lint(rules, tests=tests) == ()


@pytest.mark.parametrize("path", sorted(DOCS.glob("rulesets/*.json")), ids=lambda path: path.stem)
def test_an_example_of_the_docs_passes_its_tests_and_lint_has_nothing_against_it(path: Path):
    rules, tests = load_file(path.read_bytes())
    assert [one.id for one in run_tests(rules, tests) if not one.passed] == []
    assert [one.to_json() for one in lint(rules, tests=tests)] == []


def test_the_document_that_the_docs_show_is_sound():
    [text] = re.findall(r"^```json\n(.*?)^```$", (DOCS / "rules.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    rules, tests = load_file(text)
    assert [one.passed for one in run_tests(rules, tests)] == [True]


def test_a_test_passes_by_route_and_by_row_where_it_names_one():
    granite = case(standing(lines=[GRANITE]))
    assert told(a_test(granite, "INSPECTION")) == (True, "INSPECTION", "stone", "RULE")
    assert told(a_test(granite, "INSPECTION", "stone")) == (True, "INSPECTION", "stone", "RULE")
    assert told(a_test(granite, "INSPECTION", "late")) == (False, "INSPECTION", "stone", "RULE")
    assert told(a_test(granite, "YARD")) == (False, "INSPECTION", "stone", "RULE")


def test_of_several_declarations_the_row_is_that_of_the_one_that_won():
    late = standing(lines=[TOYS], declaration="D-1", declaration_mode="ARRIVAL")
    granite = standing(lines=[GRANITE], declaration="D-2", document="B2")
    assert told(a_test(case(late, granite), "INSPECTION", "stone")) == (True, "INSPECTION", "stone", "RULE")


def test_nothing_is_drawn_unless_a_test_says_so():
    toys = case(standing(lines=[TOYS], declaration="D"))
    assert told(a_test(toys, "YARD", "default")) == (True, "YARD", "default", "RULE")
    assert told(a_test(toys, "INSPECTION", D=0.001)) == (True, "INSPECTION", "default", "RANDOM")


def test_orders_and_missing_facts_have_no_row():
    assert told(a_test(case(standing("HELD")), "HOLD")) == (True, "HOLD", None, "CUSTOMS_ORDER")
    stated = standing(lines=[{"origin_country": "IN"}])
    assert told(a_test(case(stated), "HOLD")) == (False, "YARD", None, "FACTS_MISSING")


def test_a_test_is_of_the_places_too():
    rules = ruleset(STONE, sites=[site("A", "SCAN"), site("B", "INSPECTION", bays=0)])
    granite = case(standing(lines=[GRANITE]), standing(lines=[TOYS], declaration="D-2"))
    assert told(a_test(granite, "YARD", "stone"), rules) == (True, "YARD", "stone", "NO_CAPACITY")


@settings(max_examples=50, deadline=None)
@given(rulesets(lanes=True), cases())
def test_a_document_reads_back_as_it_was_written(rules: Ruleset, box: Case):
    test = TestCase("t", TITLE, box, Expected(Route.YARD, "row-1"), {"D0": 0.25})
    again = load_file(dump_file(rules, [test]))
    assert again == (rules, (test,))
    assert run_tests(rules, again.tests) == run_tests(rules, [test])


def test_tests_are_no_part_of_what_a_table_is():
    plain = load_file(dump_file(RULES))
    assert plain == (RULES, ())
    tested = load_file(dump_file(RULES, [a_test(case(), "YARD")]))
    assert tested.ruleset.content_hash == plain.ruleset.content_hash


def test_a_document_leaves_out_what_says_nothing():
    text = dump_file(RULES, [a_test(case(), "YARD")])
    assert '"when": [{"fact": "declaration_mode", "operator": "equals", "value": "ARRIVAL"}],' in text
    assert "null" not in text.partition('"tests"')[0]
    assert max(map(len, text.splitlines())) <= 121


def test_a_test_is_written_without_what_goes_without_saying():
    [plain] = load_tests(json.dumps({"tests": [as_json(case={"standings": [{"lines": [TOYS]}]})]}))
    assert plain.case.standings[0].inspect_at == "PORT"
    assert json.loads(dump_file(RULES, [plain]))["tests"][0]["case"] == {"standings": [{"lines": [TOYS]}]}


def test_a_test_needs_only_what_it_is_about():
    [test] = load_tests(json.dumps({"tests": [as_json(case={"standings": [{"lines": [{"hs_code": "6802231000"}]}]})]}))
    assert told(test, ruleset(STONE)) == (False, "INSPECTION", "stone", "RULE")
    assert test.to_json()["case"]["containerNumber"] == "TEST0000000"


def test_a_value_nobody_can_read_may_be_tested():
    odd = {"standings": [{"lines": [{"hs_code": {"unreadable": "bytes"}, "net_mass_kg": {"number": "nan"}}]}]}
    [test] = load_tests(json.dumps({"tests": [as_json(case=odd, expect={"route": "HOLD"})]}))
    assert told(test) == (True, "HOLD", None, "RULE_FAULT")
    assert load_file(dump_file(RULES, [test])).tests == (test,)


@pytest.mark.parametrize(
    ("test", "column", "message"),
    [
        (as_json(case={"standings": [{}, {"staus": "HELD"}]}), "case.standings.2.staus", "Extra inputs"),
        (as_json(case={"standings": [{"status": "GONE"}]}), "case.standings.1.status", "Input should be"),
        (as_json(expect={"route": "TOLL"}), "expect.route", "Input should be"),
        (as_json(case={"container": {"hs_code": "680223"}}), "case.container.hs_code", "is a fact of the LINE"),
        (as_json(case={"container": {"colour": "red"}}), "case.container.colour", "is no fact of the catalogue"),
        (
            as_json(case={"standings": [{"lines": [{"hs_code": None}]}]}),
            "case.standings.1.lines.1.hs_code",
            "must be a text, a number",
        ),
        (as_json(case={"standings": [{}]}, draws={"X": 0.5}), "draws.X", "is no declaration of this box"),
        (as_json(case={"standings": [{}]}, draws={"D": 1.0}), "draws.D", "must be from 0 to below 1"),
    ],
)
def test_a_test_that_is_wrong_is_refused_by_its_place(test: dict[str, Any], column: str, message: str):
    [(where, place, why)] = problems(test)
    assert (where, place) == ("tests 1 (t)", column)
    assert why.startswith(message)


def test_what_is_wrong_with_table_and_tests_is_told_at_once():
    broken = {**written(row("SCAN", asks("colour", "equals", "red"))), "tests": [as_json(case=5), as_json(), as_json()]}
    with pytest.raises(RulesetInvalid) as refused:
        load_file(json.dumps(broken))
    assert [(one.row, one.column) for one in refused.value.problems] == [("scan", "colour"), ("tests 1 (t)", "case")]
    assert problems(as_json(), as_json()) == [("tests", "t", "another test has this id")]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": NaN}', '{"name": "a", "name": "b"}', '{"tests": 5}'])
def test_what_is_no_document_is_refused(text: str):
    with pytest.raises(RulesetInvalid):
        load_file(text)


def test_a_name_that_stands_twice_is_refused_and_not_half_read():
    text = json.dumps(written(STONE)).replace('"operator": "prefix"', '"operator": "in", "operator": "prefix"')
    with pytest.raises(RulesetInvalid) as refused:
        load_file(text)
    assert str(refused.value) == "file, JSON: 'operator' stands twice in one object"


def test_a_result_is_told_as_the_interface_has_it():
    [result] = run_tests(RULES, [a_test(case(standing(lines=[GRANITE])), "YARD", "late")])
    assert result.to_json() == {
        "id": "t",
        "title": {"zh": "测试", "en": "test"},
        "passed": False,
        "expected": {"route": "YARD", "row": "late"},
        "actual": {"route": "INSPECTION", "row": "stone", "reason": Reason.RULE.value},
    }
    assert result.expected == Expected(Route.YARD, "late")
