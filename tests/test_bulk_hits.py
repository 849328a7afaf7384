"""What each row of a table takes of many cases, adds to the rows above it, and takes alone."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build_bulk import Drawn, crowds, live, long_rulesets
from build_diversion import TABLE, TOYS, asks, case, granite, row, ruleset, rulesets, standing
from port.diversion.bulk import frame_of, hits
from port.diversion.case import NO_FACTS, Case
from port.diversion.columns import everything, split
from port.diversion.compiler import compile_ruleset, sift
from port.diversion.facts import CustomsStatus
from port.diversion.table import Ruleset

pytestmark = pytest.mark.slow

IMPORTS = asks("direction", "in", ["IMPORT"])
STONE = asks("hs_code", "prefix", ["6802"])
RULES = ruleset(
    row("INSPECTION", STONE, asks("origin_country", "in", ["IN"]), id="indian-stone"),
    row("SCAN", STONE, id="stone"),
    row("YARD", asks("origin_country", "in", ["IN"]), id="india"),
)


def certain(one: Case, rules: Ruleset) -> list[int]:
    """The rows that certainly hold, as bits, per line of the declarations that customs has not freed."""
    table = compile_ruleset(rules)
    rest = everything(len(table.rows))
    return [
        split(sift(of_declaration, table.line, facts=line), len(table.rows))[0]
        for told in one.standings
        if told.status not in (CustomsStatus.RELEASED, CustomsStatus.NO_INSPECTION)
        for of_box in [sift(rest, table.container, facts=one.container)]
        for of_declaration in [sift(of_box, table.declaration, facts=told.facts)]
        for line in told.lines or (NO_FACTS,)
    ]


@settings(max_examples=50)
@given(crowds(), st.one_of(rulesets(), long_rulesets()))
def test_a_row_hits_what_it_would_hold_for_live(told: Drawn, rules: Ruleset):
    frame = frame_of((one for one, _ in told), (draws for _, draws in told))
    settled = ("CUSTOMS_ORDER", "DIRECTION_UNKNOWN", "NOT_DECLARED")
    lines = [certain(one, rules) if live(one, rules, draws).reason not in settled else [] for one, draws in told]
    found = hits(frame, rules)
    default = 1 << len(rules.rows)
    for number, name in enumerate(found.rows):
        bit = 1 << number
        held = [sum({bits & 1 << member for bits in some for member in range(len(found.rows))}) for some in lines]
        assert found.hits(name).to_list() == [bool(bits & bit) for bits in held]
        assert found.incremental(name).to_list() == [any(one & -one == bit for one in some) for some in lines]
        alone = bit if bit == default else bit | default
        assert found.exclusive(name).to_list() == [bits in (bit, alone) for bits in held]


def test_a_row_counts_what_it_takes_adds_and_takes_alone():
    vietnamese = standing(lines=[{**TOYS, "hs_code": "6802231000"}])
    frame = frame_of([case(granite()), case(vietnamese), case(), case(granite(), standing()), case(standing("HELD"))])
    assert hits(frame, RULES).counts().rows() == [
        ("indian-stone", 2, 2, 0),
        ("stone", 3, 1, 1),
        ("india", 2, 0, 0),
        ("default", 4, 2, 1),
    ]


def test_rows_are_counted_among_some_of_the_cases():
    frame = frame_of([case(granite()), case(granite()), case()])
    among = pl.Series([True, None, False])
    assert hits(frame, RULES).counts(among).rows() == [
        ("indian-stone", 1, 1, 0),
        ("stone", 1, 0, 0),
        ("india", 1, 0, 0),
        ("default", 1, 0, 0),
    ]


def test_no_case_hits_nothing():
    assert hits(frame_of([]), TABLE).counts()["hits"].sum() == 0
