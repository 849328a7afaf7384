"""A table's hash outlives the fields that came after it: what says nothing new is written as it always was."""

from __future__ import annotations

import json

from hypothesis import given

from build_diversion import asks, row, ruleset, rulesets, written
from port.diversion.loading import load, load_default
from port.diversion.table import Ruleset

BEFORE_RISK = "52e973ba017ad1a8cc72b408bfb83fd3efb11df7d135767616a75262dc320f01"
"""The default ruleset's, as ports stored it before there were risks, expected rates and kinds of lists."""

STONE = row("INSPECTION", asks("hs_code", "prefix", list="stone"))
LISTS = [{"name": "stone", "title": {"zh": "石", "en": "stone"}, "values": ["6802"]}]
LANES = [{"route": "YARD", "minimum_random_rate": 0.01}]
RISK = [{"fact": "hs_origin_find_rate", "weight": 1}]


def test_the_default_ruleset_has_the_hash_it_had_before_there_was_a_risk():
    assert load_default().content_hash == BEFORE_RISK


@given(rulesets(lanes=True))
def test_a_table_without_the_later_fields_is_written_without_them(rules: Ruleset):
    text = rules.to_json()
    told = json.loads(text)
    assert {"risk", "kind", "expected_rate", "top_up_from"}.isdisjoint(
        {*told, *(name for part in (*told["lanes"], *told["lists"]) for name in part)}
    )


def test_a_later_field_at_its_default_is_as_if_nobody_had_written_it():
    bare = written(STONE, lists=LISTS, lanes=LANES)
    spelt_out = written(
        STONE,
        lists=[LISTS[0] | {"kind": None}],
        lanes=[LANES[0] | {"expected_rate": None, "top_up_from": None}],
        risk=[],
    )
    assert load(json.dumps(spelt_out)).to_json() == load(json.dumps(bare)).to_json()


def test_a_later_field_that_says_something_is_part_of_the_hash():
    plain = ruleset(STONE, lists=LISTS, lanes=LANES, risk=RISK)
    others = [
        ruleset(STONE, lists=LISTS, lanes=LANES),
        ruleset(STONE, lists=[LISTS[0] | {"kind": "HS_PREFIX"}], lanes=LANES, risk=RISK),
        ruleset(STONE, lists=LISTS, lanes=[LANES[0] | {"expected_rate": 0.05}], risk=RISK),
        ruleset(STONE, lists=LISTS, lanes=[LANES[0] | {"top_up_from": 0.0}], risk=RISK),
        ruleset(STONE, lists=LISTS, lanes=LANES, risk=[RISK[0] | {"weight": 2}]),
        ruleset(STONE, lists=LISTS, lanes=LANES, risk=[RISK[0] | {"missing": 1}]),
    ]
    hashes = {one.content_hash for one in (plain, *others)}
    assert len(hashes) == len(others) + 1
    for one in (plain, *others):
        assert load(one.to_json()).model_dump() == one.model_dump()
