"""Profiles: what past inspections found, counted by what was inspected, and never known before the day after."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port.diversion.case import Case, Standing
from port.diversion.facts import CATALOGUE, CustomsStatus, FactType, Level, find_fact, reader
from port.diversion.loading import load
from port.diversion.profiles import KINDS, Profiles, Tally, Unfolding, by_fact
from port.diversion.profiles_of_cases import kinds_asked, profiled, teach
from port.diversion.table import Ruleset

SHOES = {"hs_code": "6403990000", "origin_country": "VN", "net_mass_kg": 1200.0, "declared_value": 5400.0}
TOYS = {"hs_code": "9503008900", "origin_country": "CN", "net_mass_kg": 800.0, "declared_value": 9000.0}
SHOP = {"consignee_code": "SHOP", "declarant_code": "BROKER"}


def learnt(*told: tuple[dict[str, object], dict[str, object], bool]) -> Profiles:
    profiles = Profiles()
    for declaration, line, found in told:
        profiles.learn(declaration, [line], found=found)
    return profiles


def table(*facts: str) -> Ruleset:
    note = {"zh": "测试", "en": "test"}
    rows = [
        {
            "id": f"r{number}",
            "route": "SCAN",
            "note": note,
            "when": [{"fact": fact, "operator": "at_least", "value": 1}],
        }
        for number, fact in enumerate(facts)
    ]
    written = {"name": "t", "title": note, "rows": rows, "default": {"route": "YARD", "note": note}}
    return load(json.dumps(written))


def test_every_kind_has_both_its_facts_in_the_catalogue_and_the_catalogue_no_others():
    told = {spec.name for spec in CATALOGUE if spec.name.endswith(("_find_rate", "_inspections"))}
    assert told == set(by_fact())


def test_the_page_tells_every_kind_and_how_far_it_is_believed():
    page = (Path(__file__).parent.parent / "docs" / "backtest.md").read_text(encoding="utf-8")
    _, _, told = page.partition("| kind | counts together | believed as |")
    lines = [line.split("|") for line in told.splitlines() if line.startswith("| `")]
    rows = {name: line[-2] for line in lines for name in re.findall(r"`(\w+)`", line[1])}
    for kind in KINDS:
        weight = float(re.findall(r"[\d.]+", rows[kind.name])[0])
        assert (kind.name, weight) == (kind.name, kind.weight)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_catalogue_has_them_at_the_level_of_the_kind_and_as_numbers(kind):
    specs = [find_fact(kind.find_rate), find_fact(kind.inspections)]
    assert [(spec.level, spec.type) for spec in specs if spec] == [(Level(kind.level), FactType.NUMBER)] * 2


def test_a_find_rate_is_shrunk_towards_the_general_rate():
    profiles = learnt(*[(SHOP, SHOES, True)] * 3, *[(SHOP, TOYS, False)] * 7)
    told = profiles.line_facts(SHOP, SHOES)
    # 3 finds in 3, and the general rate of 3 in 10 counts as 2 more inspections (a tenth of one for a lot).
    assert told["hs_origin_find_rate"] == pytest.approx((3 + 2 * 0.3) / 5)
    assert told["lot_find_rate"] == pytest.approx((3 + 0.1 * 0.3) / 3.1)
    assert (told["hs_origin_inspections"], told["lot_inspections"]) == (3, 3)
    assert profiles.declaration_facts(SHOP) == {
        "consignee_find_rate": pytest.approx(0.3),
        "consignee_inspections": 10,
        "declarant_find_rate": pytest.approx(0.3),
        "declarant_inspections": 10,
    }


def test_what_was_never_inspected_has_the_general_rate_and_no_inspections():
    told = learnt((SHOP, SHOES, True), (SHOP, SHOES, False)).line_facts({}, TOYS)
    assert (told["hs_origin_find_rate"], told["hs_origin_inspections"]) == (pytest.approx(0.5), 0)


def test_before_anything_was_learnt_nothing_is_known():
    assert dict(Profiles().line_facts(SHOP, SHOES)) == {}
    assert dict(Profiles().declaration_facts(SHOP)) == {}


def test_a_key_that_is_not_told_in_full_has_no_profile():
    profiles = learnt((SHOP, SHOES, True))
    assert set(profiles.line_facts({}, {"hs_code": "6403"})) == {"hs_heading_find_rate", "hs_heading_inspections"}
    assert dict(profiles.declaration_facts({"consignee_code": None})) == {}
    odd = {**SHOES, "net_mass_kg": float("nan"), "hs_code": 640399}
    assert set(profiles.line_facts({}, odd)) == {"origin_find_rate", "origin_inspections"}


def test_a_mass_is_the_same_however_it_was_written():
    profiles = learnt((SHOP, SHOES, True))
    assert profiles.line_facts(SHOP, {**SHOES, "net_mass_kg": 1200})["lot_inspections"] == 1
    assert profiles.line_facts(SHOP, {**SHOES, "net_mass_kg": 1200.5})["lot_inspections"] == 0


def test_goods_that_stand_on_two_lines_are_counted_once():
    profiles = Profiles()
    profiles.learn(SHOP, [SHOES, SHOES, TOYS], found=True)
    assert profiles.tally("hs_origin", "640399\x1fVN") == Tally(1, 1)
    assert profiles.tally("hs_origin", "950300\x1fCN") == Tally(1, 1)
    assert profiles.general == Tally(1, 1)


def test_what_was_kept_comes_back_the_same():
    profiles = learnt((SHOP, SHOES, True), (SHOP, TOYS, False))
    again = Profiles.restored(profiles.general, [*profiles.tallies(), ("gone", "x", Tally(1, 1))])
    assert again.line_facts(SHOP, SHOES) == profiles.line_facts(SHOP, SHOES)
    assert again.declaration_facts(SHOP) == profiles.declaration_facts(SHOP)


def test_narrowed_profiles_tell_the_same_of_fewer_kinds():
    profiles = learnt((SHOP, SHOES, True), (SHOP, TOYS, False))
    narrowed = profiles.narrowed(kinds_asked(table("hs_origin_find_rate", "gross_mass_kg")))
    whole = profiles.line_facts(SHOP, SHOES)
    assert narrowed.line_facts(SHOP, SHOES) == {
        name: whole[name] for name in ("hs_origin_find_rate", "hs_origin_inspections")
    }
    assert dict(narrowed.declaration_facts(SHOP)) == {}


def test_what_a_day_found_is_known_from_the_next_day_on():
    unfolding = Unfolding()
    monday, tuesday = date(2024, 3, 4), date(2024, 3, 5)
    unfolding.on(monday)
    unfolding.learn(monday, SHOP, [SHOES], found=True)
    assert unfolding.on(monday).general == Tally()
    assert unfolding.on(tuesday).general == Tally(1, 1)


def test_days_come_in_order():
    unfolding = Unfolding()
    unfolding.on(date(2024, 3, 5))
    with pytest.raises(ValueError, match="asked for after"):
        unfolding.on(date(2024, 3, 4))
    with pytest.raises(ValueError, match="learnt after"):
        unfolding.learn(date(2024, 3, 4), SHOP, [SHOES], found=True)


def test_what_became_known_later_is_learnt_later():
    unfolding = Unfolding()
    unfolding.on(date(2024, 3, 4))
    unfolding.learn(date(2024, 3, 8), SHOP, [SHOES], found=True)
    unfolding.learn(date(2024, 3, 5), SHOP, [TOYS], found=False)
    assert [unfolding.on(date(2024, 3, day)).general for day in (5, 6, 8, 9)] == [
        Tally(),
        Tally(1, 0),
        Tally(1, 0),
        Tally(2, 1),
    ]


def test_a_case_keeps_the_profile_facts_it_was_decided_with():
    profiles = learnt((SHOP, SHOES, True))
    here = Standing("D", "D", CustomsStatus.DECLARED, facts=SHOP, lines=({**SHOES, "lot_inspections": 7},))
    case = profiled(Case("CSQU3054383", {}, (here,)), profiles)
    line = case.standings[0].lines[0]
    assert (line["lot_inspections"], line["hs_origin_inspections"]) == (7, 1)
    assert case.standings[0].facts["consignee_inspections"] == 1
    assert type(case).from_json(case.to_json()) == case


def test_a_box_without_papers_stays_as_it_is():
    case = Case("CSQU3054383")
    assert profiled(case, learnt((SHOP, SHOES, True))) is case


def test_each_declaration_of_a_box_is_learnt_from():
    profiles = Profiles()
    both = tuple(Standing(name, name, CustomsStatus.DECLARED, facts=SHOP, lines=(SHOES,)) for name in ("A", "B"))
    teach(profiles, Case("CSQU3054383", {}, both), found=True)
    assert profiles.general == Tally(2, 2)


@given(
    st.lists(st.tuples(st.sampled_from(["640399", "950300"]), st.sampled_from(["VN", "CN", None]), st.booleans())),
    st.sampled_from(KINDS),
)
def test_a_rate_is_always_readable_and_never_past_what_was_seen(told, kind):
    profiles = Profiles([kind])
    for hs_code, origin, found in told:
        line = {**SHOES, "hs_code": hs_code, "origin_country": origin}
        profiles.learn(SHOP, [line], found=found)
    facts = {**profiles.line_facts(SHOP, SHOES), **profiles.declaration_facts(SHOP)}
    for name, value in facts.items():
        spec = find_fact(name)
        assert spec is not None
        assert reader(spec)(value)


@given(st.permutations([(SHOES, True), (SHOES, False), (TOYS, True), (TOYS, True), (SHOES, True)]))
def test_the_order_of_learning_makes_no_difference(told):
    profiles = Profiles()
    for line, found in told:
        profiles.learn(SHOP, [line], found=found)
    told_here = dict(profiles.line_facts(SHOP, SHOES))
    assert told_here["hs_origin_find_rate"] == pytest.approx((2 + 2 * 0.8) / 5)
