"""The decision: customs' orders, the table, what is not known, the draw, the place; nothing broken releases."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_diversion import (
    ASKED_FACTS,
    BOX,
    GRANITE,
    TOYS,
    UNREADABLE_VALUES,
    asks,
    case,
    cases,
    decided,
    row,
    ruleset,
    rulesets,
    site,
    standing,
    undeclared,
    values_of,
)
from events.types import InspectAt, Reason, Route
from port.diversion import capacity
from port.diversion.capacity import Reservation, SiteState
from port.diversion.case import Case, Needs, Standing
from port.diversion.decide import Alert, Outcome, decide
from port.diversion.explain import Obstacle, RowVerdict, Verdict, explain
from port.diversion.facts import CustomsStatus, FactSpec, Level, find_fact, reader
from port.diversion.table import STRICTNESS, Ruleset

RELEASES_ALL = ruleset(row("DIRECT_RELEASE", asks("direction", "in", ["IMPORT", "EXPORT"])))
STONE = row("INSPECTION", asks("hs_code", "prefix", ["6802"]), asks("origin_country", "in", ["IN"]))
TABLE = ruleset(
    row("HOLD", asks("hs_code", "prefix", ["3915"])),
    STONE,
    row("SCAN", asks("gross_mass_kg", "at_least", 30000), asks("hs_code", "prefix", ["72"])),
    row("DIRECT_RELEASE", asks("consignee_credit_grade", "in", ["AEO", "GENERAL"])),
)
BROKEN = RELEASES_ALL.model_copy(update={"rows": (SimpleNamespace(id="broken"),)})
RULES = pytest.mark.parametrize("rules", [RELEASES_ALL, TABLE, BROKEN], ids=["release all", "table", "broken"])


def granite(**given_: object) -> Standing:
    return standing(document="B-STONE", declaration="D-STONE", lines=[GRANITE], **given_)


# Customs first.


@RULES
@pytest.mark.parametrize(
    ("statuses", "route", "reason"),
    [
        (["HELD"], Route.HOLD, Reason.CUSTOMS_ORDER),
        (["INSPECTING"], Route.INSPECTION, Reason.CUSTOMS_ORDER),
        (["INSPECTION_ORDERED"], Route.INSPECTION, Reason.CUSTOMS_ORDER),
        (["SCAN_ORDERED"], Route.SCAN, Reason.CUSTOMS_ORDER),
        (["RELEASED"], Route.DIRECT_RELEASE, Reason.RELEASED),
        (["NO_INSPECTION"], Route.DIRECT_RELEASE, Reason.NO_INSPECTION),
        (["RELEASED", "RELEASED"], Route.DIRECT_RELEASE, Reason.RELEASED),
        (["RELEASED", "NO_INSPECTION"], Route.DIRECT_RELEASE, Reason.NO_INSPECTION),
        (["SCAN_ORDERED", "INSPECTION_ORDERED"], Route.INSPECTION, Reason.CUSTOMS_ORDER),
        (["INSPECTION_ORDERED", "HELD", "RELEASED"], Route.HOLD, Reason.CUSTOMS_ORDER),
        (["RELEASED", "SCAN_ORDERED"], Route.SCAN, Reason.CUSTOMS_ORDER),
        (["DECLARED", "SCAN_ORDERED"], Route.SCAN, Reason.CUSTOMS_ORDER),
        (["DECLARED", "INSPECTION_ORDERED"], Route.INSPECTION, Reason.CUSTOMS_ORDER),
    ],
)
def test_an_order_of_customs_routes_the_box_whatever_the_rules_are(
    rules: Ruleset, statuses: list[str], route: Route, reason: Reason
):
    documents = [standing(status, document=f"B{n}", declaration=f"D{n}") for n, status in enumerate(statuses)]
    for order in itertools.permutations(documents):
        assert decided(case(*order), rules) == Outcome(route, reason, route)


@RULES
@pytest.mark.parametrize("status", ["NOT_DECLARED", "REJECTED", "VOID"])
def test_a_bill_without_a_valid_declaration_keeps_the_box_in_the_yard(rules: Ruleset, status: str):
    for others in ([], [standing("RELEASED")], [granite()], [standing("DECLARED"), standing("NO_INSPECTION")]):
        box = case(undeclared(status=status), *others)
        assert decided(box, rules) == Outcome(Route.YARD, Reason.NOT_DECLARED, Route.YARD)


@RULES
def test_a_box_without_any_bill_is_not_declared(rules: Ruleset):
    assert decided(Case(BOX), rules) == Outcome(Route.YARD, Reason.NOT_DECLARED, Route.YARD)


@RULES
def test_an_order_comes_before_a_missing_declaration(rules: Ruleset):
    box = case(undeclared(), standing("INSPECTION_ORDERED"))
    assert decided(box, rules) == Outcome(Route.INSPECTION, Reason.CUSTOMS_ORDER, Route.INSPECTION)


@RULES
def test_a_box_of_unknown_direction_waits_in_the_yard_unless_customs_orders_otherwise(rules: Ruleset):
    for known in ("DECLARED", "RELEASED"):
        box = case(standing(known), is_direction_known=False)
        assert decided(box, rules) == Outcome(Route.YARD, Reason.DIRECTION_UNKNOWN, Route.YARD)
    assert decided(case(standing("HELD"), is_direction_known=False), rules).route is Route.HOLD


@pytest.mark.parametrize("status", ["INSPECTING", "INSPECTION_ORDERED", "SCAN_ORDERED"])
def test_an_inspection_ordered_at_destination_does_not_route_the_box_here(status: str):
    there = standing(status, inspect_at=InspectAt.DESTINATION)
    assert decided(case(there), RELEASES_ALL).route is Route.DIRECT_RELEASE
    assert decided(case(there), RELEASES_ALL).reason is Reason.RULE
    assert decided(case(there, granite()), TABLE).route is Route.INSPECTION


def test_a_hold_is_a_hold_wherever_the_inspection_will_be():
    held = standing("HELD", inspect_at=InspectAt.DESTINATION)
    assert decided(case(held), RELEASES_ALL) == Outcome(Route.HOLD, Reason.CUSTOMS_ORDER, Route.HOLD)


def test_what_the_table_would_inspect_goes_to_the_yard_when_it_is_inspected_at_destination():
    there = granite(inspect_at=InspectAt.DESTINATION)
    assert decided(case(there), TABLE, draw=0.0) == Outcome(
        Route.YARD, Reason.RULE, Route.YARD, rows=(("D-STONE", "inspection"),)
    )


# The table.


def test_a_declared_box_goes_where_the_first_row_that_holds_says():
    assert decided(case(), TABLE) == Outcome(
        Route.DIRECT_RELEASE, Reason.RULE, Route.DIRECT_RELEASE, rows=(("371120261001234567", "direct-release"),)
    )


def test_an_inspection_by_rule_alone_is_precautionary():
    assert decided(case(granite()), TABLE) == Outcome(
        Route.INSPECTION,
        Reason.RULE,
        Route.INSPECTION,
        is_precautionary=True,
        rows=(("D-STONE", "inspection"),),
    )


def test_no_row_means_the_default():
    box = case(standing(consignee_credit_grade="DISTRUSTED"))
    assert decided(box, TABLE) == Outcome(
        Route.YARD, Reason.RULE, Route.YARD, rows=(("371120261001234567", "default"),)
    )


def test_of_several_declarations_the_strictest_wins():
    box = case(standing(), granite(), standing("RELEASED", document="B3", declaration="D3"))
    assert decided(box, TABLE) == Outcome(
        Route.INSPECTION,
        Reason.RULE,
        Route.INSPECTION,
        is_precautionary=True,
        rows=(("371120261001234567", "direct-release"), ("D-STONE", "inspection")),
    )


def test_a_row_has_to_hold_for_one_line_and_a_release_for_every_line():
    stone_from_italy = {**GRANITE, "origin_country": "IT"}
    toys_from_india = {**TOYS, "origin_country": "IN"}
    assert decided(case(standing(lines=[stone_from_italy, toys_from_india])), TABLE).route is Route.DIRECT_RELEASE
    assert decided(case(standing(lines=[TOYS, GRANITE, TOYS])), TABLE).route is Route.INSPECTION


@given(cases(), rulesets(), st.randoms(use_true_random=False))
def test_the_order_of_declarations_and_lines_does_not_matter(box: Case, rules: Ruleset, chance: object):
    def shuffled(things: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(chance.sample(things, k=len(things)))

    turned = [
        Standing(one.document, one.declaration, one.status, one.inspect_at, one.facts, shuffled(one.lines))
        for one in box.standings
    ]
    again = Case(box.container_number, box.container, shuffled(tuple(turned)))
    assert decided(again, rules) == decided(box, rules)


@given(cases(), rulesets(lanes=True))
def test_a_stored_case_is_decided_as_it_was(box: Case, rules: Ruleset):
    assert decided(Case.from_json(box.to_json()), rules, trace=True) == decided(box, rules, trace=True)


# What is not known.


def test_a_missing_fact_that_might_have_meant_more_keeps_the_box_in_the_yard():
    line = {name: value for name, value in GRANITE.items() if name != "origin_country"}
    assert decided(case(standing(lines=[line])), TABLE) == Outcome(
        Route.YARD,
        Reason.FACTS_MISSING,
        Route.YARD,
        rows=(("371120261001234567", None),),
        undetermined=("origin_country",),
        alerts=(Alert.FACTS_MISSING,),
    )


def test_a_missing_fact_that_might_have_meant_hold_holds():
    outcome = decided(case(standing(lines=[{"origin_country": "VN"}])), TABLE)
    assert (outcome.route, outcome.reason, outcome.undetermined) == (
        Route.HOLD,
        Reason.FACTS_MISSING,
        ("gross_mass_kg", "hs_code"),
    )


def test_a_missing_fact_never_weakens_what_holds_without_it():
    rules = ruleset(
        row("INSPECTION", asks("gross_mass_kg", "at_least", 30000)), row("SCAN", asks("direction", "equals", "IMPORT"))
    )
    outcome = decided(case(), rules)
    assert (outcome.route, outcome.reason, outcome.alerts) == (
        Route.HOLD,
        Reason.FACTS_MISSING,
        (Alert.FACTS_MISSING,),
    )


def test_a_fact_that_is_missing_where_it_could_not_matter_is_not_missed():
    box = case(standing(lines=[{"hs_code": "9503008900"}]))
    assert decided(box, TABLE).route is Route.DIRECT_RELEASE
    stone = {**GRANITE, "hs_code": "720441"}
    assert decided(case(standing(lines=[stone]), gross_mass_kg=31000.0), TABLE).reason is Reason.RULE


def test_a_laxer_row_that_is_undetermined_leaves_what_holds():
    rules = ruleset(
        row("DIRECT_RELEASE", asks("gross_mass_kg", "less", 30000)), row("SCAN", asks("direction", "equals", "IMPORT"))
    )
    outcome = decided(case(), rules)
    assert (outcome.route, outcome.reason, outcome.undetermined) == (Route.SCAN, Reason.RULE, ("gross_mass_kg",))


def test_the_default_says_which_missing_fact_it_stands_in_for():
    rules = ruleset(row("DIRECT_RELEASE", asks("gross_mass_kg", "less", 30000)))
    outcome = decided(case(), rules)
    assert (outcome.route, outcome.reason, outcome.undetermined) == (
        Route.YARD,
        Reason.FACTS_MISSING,
        ("gross_mass_kg",),
    )


def test_a_declaration_without_lines_lacks_the_facts_of_a_line():
    outcome = decided(case(standing(lines=[])), TABLE)
    assert (outcome.route, outcome.reason) == (Route.HOLD, Reason.FACTS_MISSING)


@pytest.mark.parametrize("value", [math.nan, math.inf, -1, "31000", None, True, 10**400, {"kg": 3}])
def test_an_unreadable_fact_holds_the_box(value: object):
    line = {**GRANITE, "hs_code": "720441"}
    assert decided(case(standing(lines=[line]), gross_mass_kg=value), TABLE) == Outcome(
        Route.HOLD,
        Reason.RULE_FAULT,
        Route.HOLD,
        rows=(("371120261001234567", None),),
        undetermined=("gross_mass_kg",),
        alerts=(Alert.RULE_FAULT,),
    )


def test_a_code_cut_short_of_what_a_rule_asks_is_not_passed_by():
    rules = ruleset(
        row("INSPECTION", asks("hs_code", "prefix", ["68022310"])),
        row("DIRECT_RELEASE", asks("is_lcl", "equals", False)),
    )
    routes = [
        decided(case(standing(lines=[{"hs_code": code}])), rules).route for code in ("680223", "680229", "6802231000")
    ]
    assert routes == [Route.YARD, Route.DIRECT_RELEASE, Route.INSPECTION]


# Nothing broken releases.


class Raising(Mapping[str, object]):
    """Facts that cannot be had."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __getitem__(self, name: str) -> object:
        raise self._error

    def get(self, name: str, default: object = None) -> object:
        raise self._error

    def __iter__(self) -> Iterator[str]:
        raise self._error

    def __len__(self) -> int:
        return 1


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


def unreadable_as(spec: FactSpec) -> list[object]:
    box = Case(BOX, {f"fact{n}": value for n, value in enumerate(UNREADABLE_VALUES)})
    return [value for value in box.container.values() if not reader(spec)(value)]


MISSING = object()
FAULTS = {spec.name: [MISSING, *unreadable_as(spec)] for spec in ASKED_FACTS}
BY_LEVEL = {level: [spec for spec in ASKED_FACTS if spec.level is level] for level in Level}


@st.composite
def damaged(draw: st.DrawFn, box: Case) -> tuple[Case, list[tuple[Level, int, int, str]]]:
    """The box with some facts missing or unreadable, and where."""
    places = [
        (spec.level, at, line, spec.name)
        for spec in ASKED_FACTS
        for at, one in enumerate(box.standings)
        for line in range(len(one.lines))
        if (spec.level is not Level.CONTAINER or at + line == 0) and (spec.level is Level.LINE or line == 0)
    ]
    hit = draw(st.lists(st.sampled_from(places), min_size=1, max_size=4, unique=True))
    faults = {place: draw(st.sampled_from(FAULTS[place[3]])) for place in hit}
    return with_facts(box, faults), hit


def with_facts(box: Case, told: Mapping[tuple[Level, int, int, str], object]) -> Case:
    """The box with these facts told otherwise, or not at all."""

    def changed(facts: Mapping[str, object], level: Level, at: int = 0, line: int = 0) -> dict[str, object]:
        new = dict(facts)
        for (where, number, row_, name), value in told.items():
            if (where, number, row_) == (level, at, line):
                new.pop(name) if value is MISSING else new.update({name: value})
        return new

    standings = [
        Standing(
            one.document,
            one.declaration,
            one.status,
            facts=changed(one.facts, Level.DECLARATION, at),
            lines=tuple(changed(line, Level.LINE, at, number) for number, line in enumerate(one.lines)),
        )
        for at, one in enumerate(box.standings)
    ]
    return Case(box.container_number, changed(box.container, Level.CONTAINER), tuple(standings))


@given(st.data(), cases(), rulesets())
def test_a_box_is_released_only_if_it_would_be_whatever_the_unknown_facts_are(
    data: st.DataObject, box: Case, rules: Ruleset
):
    """The law of failing safe: DIRECT_RELEASE with faults in the facts means it for every mending of them."""
    broken, hit = data.draw(damaged(box))
    outcome = decided(broken, rules)
    mended = decided(
        with_facts(broken, {place: data.draw(st.sampled_from(values_of(of(place)))) for place in hit}), rules
    )
    if outcome.route is Route.DIRECT_RELEASE:
        assert (mended.route, decided(box, rules).route) == (Route.DIRECT_RELEASE, Route.DIRECT_RELEASE)
    elif outcome.reason is not Reason.RULE:
        assert outcome.route in (Route.YARD, Route.HOLD)


def of(place: tuple[Level, int, int, str]) -> FactSpec:
    spec = find_fact(place[3])
    assert spec is not None
    return spec


@st.composite
def tables_that_ask_everything(draw: st.DrawFn, box: Case) -> Ruleset:
    """Strict rows that the box passes by, each only by a hair of one fact, and a row that then releases everything."""
    strict = st.sampled_from(["HOLD", "INSPECTION", "SCAN", "YARD"])
    rows = [row(draw(strict), other_than(spec, box), id=f"asks-{spec.name.replace('_', '-')}") for spec in ASKED_FACTS]
    release = row("DIRECT_RELEASE", asks("direction", "equals", "IMPORT"))
    return ruleset(*draw(st.permutations(rows)), release)


def other_than(spec: FactSpec, box: Case) -> dict[str, object]:
    """A condition on the fact that this box does not meet."""
    if spec.name == "is_reefer":
        return asks(spec.name, "equals", not box.container["is_reefer"])
    return {
        "hs_code": asks("hs_code", "prefix", ["0201"]),
        "origin_country": asks("origin_country", "in", ["ZZ"]),
        "dangerous_goods_classes": asks("dangerous_goods_classes", "prefix", ["9"]),
        "net_mass_kg": asks("net_mass_kg", "between", [7, 8]),
        "gross_mass_kg": asks("gross_mass_kg", "between", [7, 8]),
        "consignee_credit_grade": asks("consignee_credit_grade", "equals", "DISTRUSTED"),
        "declaration_mode": asks("declaration_mode", "equals", "ARRIVAL"),
    }[spec.name]


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


def blameless_box() -> Case:
    """A box about which everything that is asked for is known, and nothing stands against it."""
    ordinary = {"consignee_credit_grade": "GENERAL", "declaration_mode": "ADVANCE", "direction": "IMPORT"}
    declared = Standing("B", "D", CustomsStatus.DECLARED, facts=ordinary, lines=(TOYS,))
    return Case(BOX, {"is_reefer": False, "gross_mass_kg": 9000.0, "dangerous_goods_classes": ()}, (declared,))


# One meaning: the columns against the operators said plainly.


def plainly(condition: object, facts: Mapping[str, object]) -> bool | None:
    """One condition by the book: true, false, or None for undetermined."""
    fact, operator, wanted = condition.fact, condition.operator.value, condition.value
    spec = find_fact(fact)
    assert spec is not None
    if fact not in facts or not reader(spec)(facts[fact]):
        return None
    value = facts[fact]
    if isinstance(value, str | tuple):
        return plainly_of_text(operator, wanted, value if isinstance(value, tuple) else (value,), spec)
    assert isinstance(value, int | float)
    match operator:
        case "less":
            return value < wanted
        case "at_least":
            return value >= wanted
        case "between":
            return wanted[0] <= value <= wanted[1]
    return value == wanted


def plainly_of_text(operator: str, wanted: object, values: tuple[str, ...], spec: FactSpec) -> bool | None:
    texts = (wanted,) if isinstance(wanted, str) else tuple(wanted)
    if any(value.startswith(texts) if operator == "prefix" else value in texts for value in values):
        return True
    is_cut = spec.may_be_cut and any(text.startswith(value) for text in texts for value in values)
    return None if is_cut else False


def by_the_book(rules: Ruleset, facts: Mapping[str, object]) -> list[Verdict]:
    verdicts = []
    for one in rules.rows:
        truths = [plainly(condition, facts) for condition in one.when]
        is_open = None in truths and False not in truths
        verdicts.append(Verdict.UNDETERMINED if is_open else Verdict.MATCHED if all(truths) else Verdict.NOT_MATCHED)
    return verdicts


@given(st.data(), cases(), rulesets())
def test_every_row_says_of_every_box_what_its_operators_mean(data: st.DataObject, box: Case, rules: Ruleset):
    broken, _ = data.draw(damaged(box))
    for judged in (box, broken):
        verdicts = explain(judged, rules, {})
        told = [{**judged.container, **one.facts, **line} for one in judged.standings for line in one.lines]
        expected = [verdict for facts in told for verdict in (*by_the_book(rules, facts), Verdict.MATCHED)]
        assert [one.verdict for one in verdicts] == expected


@given(st.data(), cases(), rulesets())
def test_the_decision_follows_the_rows_as_they_are_explained(data: st.DataObject, box: Case, rules: Ruleset):
    broken, _ = data.draw(damaged(box))
    routes = {one.id: one.route for one in rules.rows} | {"default": rules.default.route}
    for judged in (box, broken):
        outcome = decided(judged, rules)
        lines = [
            line_outcome(list(rows), routes)
            for _, rows in itertools.groupby(explain(judged, rules, {}), lambda v: (v.declaration, v.line))
        ]
        assert outcome.intended_route == max(lines, key=STRICTNESS.index)


def line_outcome(verdicts: list[RowVerdict], routes: Mapping[str, Route]) -> Route:
    """The rule of failing safe, once more and slowly."""
    [first] = [number for number, one in enumerate(verdicts) if one.is_first]
    holds = routes[verdicts[first].row]
    above = [one for one in verdicts[:first] if one.verdict is Verdict.UNDETERMINED]
    if any(why.obstacle is Obstacle.UNREADABLE for one in above for why in one.why_not):
        return Route.HOLD
    stricter = [routes[one.row] for one in above if STRICTNESS.index(routes[one.row]) > STRICTNESS.index(holds)]
    if not stricter:
        return holds
    return Route.YARD if holds in (Route.DIRECT_RELEASE, Route.YARD) and Route.HOLD not in stricter else Route.HOLD


def test_every_row_tells_why_it_did_not_hold():
    line = {"hs_code": "680223", "origin_country": "IT"}
    rules = ruleset(
        STONE,
        row("SCAN", asks("gross_mass_kg", "at_least", 30000), asks("hs_code", "prefix", ["6802"])),
        row("HOLD", asks("set_point_celsius", "less", 0), asks("hs_code", "prefix", ["680223"])),
        row("YARD", asks("hs_code", "in", ["6802231000"]), id="exact"),
        row("DIRECT_RELEASE", asks("direction", "equals", "IMPORT")),
        lanes=[{"route": "SCAN", "minimum_random_rate": 0.25}],
    )
    box = case(standing(lines=[line]), set_point_celsius="cold")
    told = [
        (one.row, one.verdict, one.is_first, [(why.obstacle, *why.sentence) for why in one.why_not])
        for one in explain(box, rules, {})
    ]
    assert told == [
        (
            "inspection",
            Verdict.NOT_MATCHED,
            False,
            [
                (
                    Obstacle.OTHER_VALUE,
                    "原产国：IT；规则要求：原产国属于 IN",
                    "country of origin: IT; the rule asks: the country of origin is one of IN",
                )
            ],
        ),
        (
            "scan",
            Verdict.UNDETERMINED,
            False,
            [(Obstacle.MISSING, "毛重：尚无数据", "gross mass: not reported yet")],
        ),
        (
            "hold",
            Verdict.UNDETERMINED,
            False,
            [(Obstacle.UNREADABLE, "设定温度：cold，无法识别", "set temperature: cold, which cannot be read")],
        ),
        (
            "exact",
            Verdict.UNDETERMINED,
            False,
            [
                (
                    Obstacle.CUT_SHORT,
                    "商品编号：680223，位数不足，无法判断；规则要求：商品编号属于 6802231000",
                    "HS code: 680223, too short to tell; the rule asks: the HS code is one of 6802231000",
                )
            ],
        ),
        ("direct-release", Verdict.MATCHED, True, []),
        ("default", Verdict.MATCHED, False, []),
    ]


# The draw.


FLOOR = [{"route": route, "minimum_random_rate": 0.02} for route in ("DIRECT_RELEASE", "YARD", "SCAN")]
FLOORED = ruleset(
    STONE,
    row("SCAN", asks("hs_code", "prefix", ["72"])),
    row("HOLD", asks("hs_code", "prefix", ["3915"])),
    row("DIRECT_RELEASE", asks("hs_code", "prefix", ["95"])),
    lanes=FLOOR,
)


@pytest.mark.parametrize(
    ("code", "draw", "route", "reason"),
    [
        ("950300", 0.0199, Route.INSPECTION, Reason.RANDOM),
        ("950300", 0.02, Route.DIRECT_RELEASE, Reason.RULE),
        ("940300", 0.0, Route.INSPECTION, Reason.RANDOM),
        ("720449", 0.0, Route.INSPECTION, Reason.RANDOM),
        ("391510", 0.0, Route.HOLD, Reason.RULE),
        ("680223", 0.0, Route.INSPECTION, Reason.RULE),
    ],
)
def test_a_draw_below_the_rate_is_an_inspection_unless_the_table_is_as_strict(
    code: str, draw: float, route: Route, reason: Reason
):
    outcome = decided(case(standing(lines=[{**GRANITE, "hs_code": code}])), FLOORED, draw=draw)
    assert (outcome.route, outcome.reason) == (route, reason)
    assert outcome.is_precautionary is (route is Route.INSPECTION)


@pytest.mark.parametrize("status", ["RELEASED", "NO_INSPECTION"])
def test_nothing_is_drawn_where_customs_has_spoken(status: str):
    assert decided(case(standing(status)), FLOORED, draw=0.0).route is Route.DIRECT_RELEASE


@pytest.mark.parametrize("draw", [math.nan, math.inf, -0.1, 1.0, None, "0.5", True])
def test_a_draw_that_is_none_holds_the_box(draw: object):
    key = "371120261001234567"
    for draws in ({key: draw}, {}):
        outcome = decide(case(), FLOORED, draws=draws, sites=SiteState())
        assert (outcome.route, outcome.reason, outcome.alerts) == (Route.HOLD, Reason.RULE_FAULT, (Alert.RULE_FAULT,))


def test_the_draw_is_explained_beside_the_rows():
    drawn, missed = (explain(case(), FLOORED, {"371120261001234567": draw})[-1] for draw in (0.01, 0.5))
    assert (drawn.row, drawn.verdict, drawn.is_first) == ("random", Verdict.MATCHED, True)
    assert (missed.row, missed.verdict, missed.is_first) == ("random", Verdict.NOT_MATCHED, False)
    assert drawn.sentence == (
        "对拟直提直装的箱按 0.02 的比例抽签，抽中则查验。",
        "Of what would go to direct release, a share of 0.02 is drawn for inspection.",
    )


# The place.


PLACES = ruleset(
    *[row("INSPECTION", *STONE["when"], id="stone")],
    row("DIRECT_RELEASE", asks("direction", "equals", "IMPORT")),
    sites=[
        site("XMCY1", "INSPECTION", bays=1),
        site("XMCY2", "INSPECTION", bays=1, dangerous_goods_classes=["2", "3"], reefer_plugs=1),
        site("XMSC1", "SCAN", bays=1),
        site("XMDG1", "YARD", dangerous_goods_classes=["2", "3"]),
        site("XMRF1", "YARD", reefer_plugs=10),
    ],
)
PAINT = Needs(("3",))
ORDERED = standing("INSPECTION_ORDERED")


def taken(*sites: str, has_plug: bool = False) -> SiteState:
    return capacity.taken(Reservation(f"visit-{number}", code, has_plug) for number, code in enumerate(sites))


def test_a_box_to_be_inspected_gets_the_first_place_that_suits_it_and_keeps_a_bay_there():
    assert decided(case(ORDERED), PLACES) == Outcome(
        Route.INSPECTION, Reason.CUSTOMS_ORDER, Route.INSPECTION, place="XMCY1", reserves="XMCY1"
    )
    assert decided(case(ORDERED, needs=PAINT), PLACES).place == "XMCY2"
    assert decided(case(ORDERED, needs=Needs(("2.1",))), PLACES).place == "XMCY2"
    assert decided(case(ORDERED, needs=Needs((), has_plug=True)), PLACES).place == "XMCY2"
    assert decided(case(ORDERED), PLACES, sites=taken("XMCY1")).place == "XMCY2"


def test_without_a_free_bay_an_ordered_box_waits_in_the_yard_and_the_order_stands():
    assert decided(case(ORDERED), PLACES, sites=taken("XMCY1", "XMCY2")) == Outcome(
        Route.YARD, Reason.NO_CAPACITY, Route.INSPECTION, is_awaiting_site=True
    )
    assert decided(case(ORDERED, needs=PAINT), PLACES, sites=taken("XMCY2")) == Outcome(
        Route.YARD, Reason.NO_CAPACITY, Route.INSPECTION, place="XMDG1", is_awaiting_site=True
    )


def test_without_a_free_bay_a_box_picked_by_rule_waits_as_well():
    outcome = decided(case(granite()), PLACES, sites=taken("XMCY1", "XMCY2"))
    assert outcome == Outcome(
        Route.YARD,
        Reason.NO_CAPACITY,
        Route.INSPECTION,
        is_precautionary=True,
        is_awaiting_site=True,
        rows=(("D-STONE", "stone"),),
    )


def test_a_reefer_waits_for_a_plug():
    cold = case(ORDERED, needs=Needs((), has_plug=True))
    rules = PLACES.model_copy(update={"sites": (PLACES.sites[1].model_copy(update={"bays": None}),)})
    assert decided(cold, rules, sites=taken("XMCY2")).place == "XMCY2"
    assert decided(cold, rules, sites=taken("XMCY2", has_plug=True)).is_awaiting_site


def test_a_box_that_no_place_suits_is_held_for_an_officer():
    outcome = decided(case(ORDERED, needs=Needs(("1.4S",))), PLACES)
    assert outcome == Outcome(Route.HOLD, Reason.CUSTOMS_ORDER, Route.INSPECTION, alerts=(Alert.NO_SUITABLE_PLACE,))
    scan = standing("SCAN_ORDERED")
    assert decided(case(scan, needs=PAINT), PLACES).alerts == (Alert.NO_SUITABLE_PLACE,)


def test_a_dangerous_box_for_the_yard_goes_where_it_may_stand():
    assert decided(case(undeclared(), needs=PAINT), PLACES).place == "XMDG1"
    assert decided(case(undeclared(), needs=Needs((), has_plug=True)), PLACES).place == "XMRF1"
    assert decided(case(undeclared()), PLACES) == Outcome(Route.YARD, Reason.NOT_DECLARED, Route.YARD)
    assert decided(case(undeclared(), needs=Needs(("?",))), PLACES) == Outcome(
        Route.HOLD, Reason.NOT_DECLARED, Route.YARD, alerts=(Alert.NO_SUITABLE_PLACE,)
    )


def test_a_box_that_goes_straight_on_needs_no_place():
    assert decided(case(needs=Needs(("1.4S",), has_plug=True)), PLACES).route is Route.DIRECT_RELEASE
    held = decided(case(standing("HELD"), needs=Needs(("1.4S",))), PLACES)
    assert held == Outcome(Route.HOLD, Reason.CUSTOMS_ORDER, Route.HOLD)


def test_where_nobody_can_tell_what_is_free_nothing_is():
    assert decided(case(ORDERED), PLACES, sites=SiteState(is_known=False)) == Outcome(
        Route.YARD, Reason.NO_CAPACITY, Route.INSPECTION, is_awaiting_site=True
    )


def test_a_table_that_keeps_no_places_leaves_the_place_to_the_terminal():
    assert decided(case(ORDERED, needs=PAINT), TABLE) == Outcome(
        Route.INSPECTION, Reason.CUSTOMS_ORDER, Route.INSPECTION
    )


def test_the_trace_is_of_the_declarations_that_the_table_was_asked_about():
    box = case(standing("RELEASED"), granite())
    outcome = decided(box, TABLE, trace=True)
    assert outcome.trace == tuple(one for one in explain(box, TABLE, {}) if one.declaration == "D-STONE")
    assert decided(case(ORDERED), TABLE, trace=True).trace == ()
    assert CustomsStatus.INSPECTION_ORDERED == "INSPECTION_ORDERED"
