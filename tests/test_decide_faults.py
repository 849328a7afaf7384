"""Nothing broken releases: not in the facts, not in a rule, not in the table."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_diversion import (
    ASKED_FACTS,
    BOX,
    BROKEN,
    NOT_DRAWN,
    RELEASES_ALL,
    TABLE,
    asks,
    case,
    cases,
    decided,
    granite,
    row,
    ruleset,
    rulesets,
    standing,
    values_of,
)
from build_faults import (
    FAULTS,
    Raising,
    blameless_box,
    damaged,
    of,
    other_than,
    tables_that_ask_everything,
    with_facts,
)
from events.types import Reason, Route
from port.diversion.case import Case, Standing
from port.diversion.decide import Alert, Outcome
from port.diversion.table import Ruleset


@pytest.mark.parametrize(
    "error", [ZeroDivisionError(), TimeoutError(), RecursionError(), KeyError("x"), MemoryError(), ValueError("bad")]
)
def test_a_rule_that_raises_holds_the_box(error: Exception):
    box = case()
    object.__setattr__(box, "container", Raising(error))
    for trace in (False, True):
        assert decided(box, TABLE, trace=trace) == Outcome(
            Route.HOLD,
            Reason.RULE_FAULT,
            Route.HOLD,
            rows=(("371120261001234567", None),),
            alerts=(Alert.RULE_FAULT,),
        )


def test_one_broken_declaration_does_not_break_the_others():
    broken = standing(document="B2", declaration="D2")
    object.__setattr__(broken, "facts", Raising(TimeoutError()))
    outcome = decided(case(granite(), broken), TABLE)
    assert (outcome.route, outcome.reason, outcome.rows) == (
        Route.HOLD,
        Reason.RULE_FAULT,
        (("D-STONE", "inspection"), ("D2", None)),
    )


@pytest.mark.parametrize(
    "broken",
    [
        BROKEN,
        TABLE.model_copy(update={"rows": None}),
        TABLE.model_copy(update={"default": RELEASES_ALL.rows[0]}),
        TABLE.model_copy(update={"rows": (TABLE.rows[0].model_copy(update={"when": ()}),)}),
        TABLE.model_copy(
            update={
                "rows": (
                    TABLE.rows[0].model_copy(
                        update={
                            "when": (TABLE.rows[0].when[0].model_copy(update={"value": None, "list_name": "none"}),)
                        }
                    ),
                )
            }
        ),
        TABLE.model_copy(update={"lanes": 3}),
    ],
    ids=["no row", "no rows", "releasing default", "no conditions", "bad list", "bad lanes"],
)
def test_a_broken_table_holds_every_box_that_customs_has_not_ordered_on(broken: Ruleset):
    outcome = decided(case(), broken)
    assert (outcome.route, outcome.reason, outcome.alerts) == (Route.HOLD, Reason.RULE_FAULT, (Alert.RULE_FAULT,))
    for status, route in (("INSPECTION_ORDERED", Route.INSPECTION), ("RELEASED", Route.DIRECT_RELEASE)):
        assert decided(case(standing(status)), broken).route is route


@given(st.data(), cases(), st.one_of(rulesets(), rulesets(risk=True)), st.sampled_from([0.1, NOT_DRAWN]))
def test_a_box_is_released_only_if_it_would_be_whatever_the_unknown_facts_are(
    data: st.DataObject, box: Case, rules: Ruleset, draw: float
):
    """The law of failing safe: DIRECT_RELEASE with faults in the facts means it for every mending of them."""
    broken, hit = data.draw(damaged(box))
    outcome = decided(broken, rules, draw=draw)
    mended = decided(
        with_facts(broken, {place: data.draw(st.sampled_from(values_of(of(place)))) for place in hit}),
        rules,
        draw=draw,
    )
    if outcome.route is Route.DIRECT_RELEASE:
        assert (mended.route, decided(box, rules, draw=draw).route) == (Route.DIRECT_RELEASE, Route.DIRECT_RELEASE)
    elif outcome.reason not in (Reason.RULE, Reason.RANDOM):
        assert outcome.route in (Route.YARD, Route.HOLD)


@given(st.data(), cases())
def test_no_fault_in_any_fact_that_is_asked_for_releases_a_box(data: st.DataObject, box: Case):
    ordinary = {"consignee_credit_grade": "GENERAL", "declaration_mode": "ADVANCE", "direction": "IMPORT"}
    standings = [
        Standing(one.document, one.declaration, one.status, facts=ordinary, lines=one.lines) for one in box.standings
    ]
    whole = Case(BOX, box.container, tuple(standings))
    rules = data.draw(tables_that_ask_everything(whole))
    assert decided(whole, rules).route is Route.DIRECT_RELEASE
    broken, _ = data.draw(damaged(whole))
    assert decided(broken, rules).route in (Route.YARD, Route.HOLD)
    ordered = (*broken.standings, standing("SCAN_ORDERED", document="B9", declaration="D9"))
    assert decided(Case(BOX, broken.container, ordered), rules).route is Route.SCAN


def test_not_one_of_ten_thousand_pairs_of_faults_releases_a_box():
    box = blameless_box()
    rules = ruleset(
        *[
            row(["HOLD", "INSPECTION", "SCAN", "YARD"][n % 4], other_than(spec, box), id=f"row-{n}")
            for n, spec in enumerate(ASKED_FACTS)
        ],
        row("DIRECT_RELEASE", asks("direction", "equals", "IMPORT")),
    )
    assert decided(box, rules).route is Route.DIRECT_RELEASE
    faults = [((spec.level, 0, 0, spec.name), fault) for spec in ASKED_FACTS for fault in FAULTS[spec.name]]
    pairs = [dict(pair) for pair in itertools.combinations_with_replacement(faults, 2)]
    green = [pair for pair in pairs if decided(with_facts(box, pair), rules).route is Route.DIRECT_RELEASE]
    assert len(pairs) > 10_000
    assert green == []
