"""What a table may say of its quotas, its score and its lists: refused by row and column where it makes no sense."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from build_diversion import WORDS, asks, row, ruleset, site, written
from port.diversion.checks import RulesetInvalid
from port.diversion.facts import CATALOGUE, LIST_PATTERNS, find_fact, reader
from port.diversion.loading import load
from port.diversion.table import ListKind

STONE = row("INSPECTION", asks("hs_code", "prefix", ["6802"]))
RISK = [{"fact": "hs_origin_find_rate", "weight": 1}]


def problems(*rows: Mapping[str, object], **parts: object) -> list[tuple[str, str, str]]:
    with pytest.raises(RulesetInvalid) as refused:
        load(json.dumps(written(*(rows or (STONE,)), **parts)))
    return [(one.row, one.column, one.message) for one in refused.value.problems]


def lane(**given: object) -> dict[str, object]:
    return {"route": "YARD", "minimum_random_rate": 0.02, **given}


def named(kind: str | None, *values: str) -> dict[str, object]:
    return {"name": "some", "title": WORDS, "values": list(values), "kind": kind}


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (lane(expected_rate=0.01), "the expected rate is a share from the random rate to 1"),
        (lane(top_up_from=1), "a top-up needs a risk score to go by"),
    ],
)
def test_a_quota_that_makes_no_sense_is_refused(told: dict[str, object], message: str):
    assert problems(lanes=[told]) == [("lanes", "YARD", message)]


@pytest.mark.parametrize(
    ("told", "column"),
    [
        (lane(expected_rate=1.5), "expected_rate"),
        (lane(minimum_random_rate=-0.5), "minimum_random_rate"),
        (lane(top_up_from="high"), "top_up_from"),
    ],
)
def test_a_rate_that_is_no_share_is_refused_at_its_field(told: dict[str, object], column: str):
    assert [one[:2] for one in problems(lanes=[told], risk=RISK)] == [("lanes 1", column)]


def test_a_quota_may_be_meant_before_it_is_calibrated_and_calibrated_to_any_bound():
    meant = ruleset(STONE, lanes=[lane(expected_rate=0.05)]).lanes[0]
    assert (meant.expected_rate, meant.top_up_from) == (0.05, None)
    calibrated = ruleset(STONE, lanes=[lane(expected_rate=0.05, top_up_from=-3)], risk=RISK).lanes[0]
    assert (calibrated.expected_rate, calibrated.top_up_from) == (0.05, -3.0)


@pytest.mark.parametrize(
    ("term", "column", "message"),
    [
        ({"fact": "colour", "weight": 1}, "colour", "is no fact of the catalogue"),
        ({"fact": "hs_code", "weight": 1}, "hs_code", "a TEXT cannot be weighed"),
        ({"fact": "un_numbers", "weight": 1}, "un_numbers", "a TEXTS cannot be weighed"),
        ({"fact": "is_lcl", "weight": 1, "missing": 2}, "is_lcl", "what is missing cannot count as 2.0"),
        (RISK[0] | {"missing": -0.5}, "hs_origin_find_rate", "what is missing cannot count as -0.5"),
        (RISK[0] | {"missing": 1.5}, "hs_origin_find_rate", "what is missing cannot count as 1.5"),
        (
            {"fact": "gross_mass_kg", "weight": 1e300, "missing": 1e300},
            "gross_mass_kg",
            "weight and missing make no number",
        ),
    ],
)
def test_a_term_that_makes_no_sense_is_refused_by_its_fact(term: dict[str, object], column: str, message: str):
    assert problems(risk=[term]) == [("risk", column, message)]


def test_a_fact_is_weighed_once():
    assert problems(risk=RISK * 2) == [("risk", "hs_origin_find_rate", "another term has this fact")]


def test_a_term_that_cannot_be_read_is_named_by_its_number():
    assert [one[:2] for one in problems(risk=[*RISK, {"fact": "is_lcl", "weight": "heavy"}])] == [
        ("risk 2 (is_lcl)", "weight")
    ]


@pytest.mark.parametrize("name", ["top-up", "random", "default"])
def test_a_row_may_not_be_called_as_a_quota_is(name: str):
    assert problems(STONE | {"id": name}) == [(name, "id", "is kept for the default row, the draw and the top-up")]


# Lists.


@pytest.mark.parametrize(
    ("kind", "values", "fact", "operator"),
    [
        ("HS_PREFIX", ("68", "680223"), "hs_code", "prefix"),
        ("COUNTRY", ("IN", "BR"), "origin_country", "in"),
        ("PARTY", ("91350200MA2XYZ1234",), "consignee_code", "in"),
        ("PARTY", ("9135",), "declarant_code", "prefix"),
        (None, ("USD",), "currency", "in"),
        (None, ("IN",), "origin_country", "in"),
    ],
)
def test_a_list_is_compared_with_a_fact_of_its_kind(
    kind: str | None, values: tuple[str, ...], fact: str, operator: str
):
    rules = ruleset(row("SCAN", asks(fact, operator, list="some")), lists=[named(kind, *values)])
    assert rules.lists[0].kind == (None if kind is None else ListKind(kind))


@pytest.mark.parametrize(
    ("kind", "values", "fact", "message"),
    [
        ("COUNTRY", ("IN",), "hs_code", "a list of COUNTRY cannot be compared with HS code"),
        ("HS_PREFIX", ("680223",), "origin_country", "a list of HS_PREFIX cannot be compared with country of origin"),
        ("COUNTRY", ("US",), "currency", "a list of COUNTRY cannot be compared with currency"),
        ("PARTY", ("IN",), "origin_country", "a list of PARTY cannot be compared with country of origin"),
    ],
)
def test_a_list_of_another_kind_is_refused_where_it_is_named(
    kind: str, values: tuple[str, ...], fact: str, message: str
):
    found = problems(row("SCAN", asks(fact, "in", list="some")), lists=[named(kind, *values)])
    assert found == [("scan", fact, message)]


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [("COUNTRY", "India"), ("COUNTRY", "in"), ("HS_PREFIX", "6"), ("HS_PREFIX", "IN"), ("PARTY", " ")],
)
def test_a_value_that_is_none_of_its_kind_is_refused_even_in_a_list_nobody_names(kind: str, wrong: str):
    good = {"COUNTRY": "IN", "HS_PREFIX": "6802", "PARTY": "A"}[kind]
    message = f"{wrong!r} does not belong in a list of {kind}"
    assert problems(lists=[named(kind, good, wrong)]) == [("lists", "some", message)]


def test_a_kind_nobody_knows_is_refused():
    assert [one[:2] for one in problems(lists=[named("COLOUR", "red")])] == [("lists 1 (some)", "kind")]


def test_every_kind_of_list_says_what_its_values_look_like_and_belongs_to_a_fact():
    assert set(LIST_PATTERNS) == set(ListKind)
    assert {spec.list_kind for spec in CATALOGUE if spec.list_kind} == set(ListKind)


# Profiles and places.


def test_a_profile_is_a_share_and_a_count():
    rates = [spec for spec in CATALOGUE if spec.name.endswith("_find_rate")]
    assert {(spec.minimum, spec.maximum) for spec in rates} == {(0, 1)}
    for rate in rates:
        count = find_fact(rate.name.replace("_find_rate", "_inspections"))
        assert count is not None
        assert (count.level, count.type) == (rate.level, rate.type)
        assert [reader(rate)(value) for value in (0, 0.5, 1, 1.0001, -0.1)] == [True, True, True, False, False]


@pytest.mark.parametrize("capacity", [0, -1, "many"])
def test_a_site_finishes_a_positive_number_of_boxes_an_hour_or_nobody_knows_how_many(capacity: object):
    told = [site("XMCY1", "INSPECTION", capacity_per_hour=capacity)]
    assert [one[1] for one in problems(sites=told)] == ["capacity_per_hour"]
    assert ruleset(STONE, sites=[site("XMCY1", "INSPECTION")]).sites[0].capacity_per_hour is None
