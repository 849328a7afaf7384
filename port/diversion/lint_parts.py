"""What lint finds beside the order of rows: lists, ranges, lanes, sites, tests, and facts that are often missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from math import inf, nextafter
from typing import NamedTuple

from events.types import Route
from port.diversion import lint_words as words
from port.diversion.case import NO_FACTS, Case
from port.diversion.cells import Cell
from port.diversion.compiler import Compiled
from port.diversion.facts import CATALOGUE, FactSpec, FactType, Level, find_fact
from port.diversion.lint_values import is_counted
from port.diversion.lint_words import Code, Finding
from port.diversion.table import DEFAULT_ROW, Operator, Ruleset, Site
from port.diversion.testing import TestCase, decided

OFTEN = 0.05
"""From this share of missing values on a fact is one that is often missing."""

_DRAWN = (Route.DIRECT_RELEASE, Route.YARD, Route.SCAN)
_AT_SITES = (Route.SCAN, Route.INSPECTION)
_CRACK = 50
"""Two ranges that lie closer together than this part of where they are were meant to join, and so were two whole
numbers in a row."""


def lists(ruleset: Ruleset) -> Iterator[Finding]:
    """Lists that no row uses, and values within a wider one."""
    uses = [(one.list_name, one.operator) for row in ruleset.rows for one in row.when if one.list_name]
    for named in ruleset.lists:
        operators = {operator for name, operator in uses if name == named.name}
        if not operators:
            yield Finding(Code.UNUSED_LIST, "lists", named.name, words.of_unused_list())
        elif operators == {Operator.PREFIX}:
            yield from _swallowed(named.values, "lists", named.name)
    for row in ruleset.rows:
        for one in row.when:
            if one.operator is Operator.PREFIX and isinstance(one.value, tuple):
                yield from _swallowed([text for text in one.value if isinstance(text, str)], row.id, one.fact)


def _swallowed(values: Iterable[str], row: str, column: str) -> Iterator[Finding]:
    known = list(values)
    there = set(known)
    for value in known:
        wider = next((value[:length] for length in range(1, len(value)) if value[:length] in there), None)
        if wider is not None:
            yield Finding(Code.VALUE_SWALLOWED, row, column, words.of_swallowed(value, wider))


class _Range(NamedTuple):
    """From `low` to `high`, both within."""

    row: str
    spec: FactSpec
    low: float
    high: float


def ranges(table: Compiled) -> Iterator[Finding]:
    """Ranges of rows that are alike but for one number, where they leave a crack or share a bound."""
    groups: dict[tuple[str, frozenset[tuple[str, str, str]]], list[_Range]] = {}
    for cells in table.cells:
        for cell in cells:
            if cell.spec.type is FactType.NUMBER:
                others = frozenset(_likeness(other) for other in cells if other is not cell)
                groups.setdefault((cell.spec.name, others), []).append(_range(table, cell))
    for group in groups.values():
        for one, two in combinations(group, 2):
            yield from _between(*sorted((one, two), key=lambda span: (span.low, span.high)))


def _likeness(cell: Cell) -> tuple[str, str, str]:
    return cell.spec.name, cell.condition.operator.value, repr(cell.compared)


def _range(table: Compiled, cell: Cell) -> _Range:
    spec, operator, row = cell.spec, cell.condition.operator, table.rows[cell.row][0]
    if operator is Operator.BETWEEN:
        return _Range(row, spec, *cell.compared)
    if operator is Operator.LESS:
        return _Range(row, spec, spec.minimum, nextafter(cell.compared, -inf))
    return _Range(row, spec, cell.compared, spec.maximum if operator is Operator.AT_LEAST else cell.compared)


def _between(lower: _Range, upper: _Range) -> Iterator[Finding]:
    spec, low, high = lower.spec, lower.high, upper.low
    is_point = lower.low == lower.high or upper.low == upper.high
    if is_point:
        return
    if low == high and lower.low < low and high < upper.high:
        yield Finding(
            Code.RANGES_MEET, upper.row, spec.name, words.of_ranges_meet(spec, low, lower.row), other_row=lower.row
        )
    if nextafter(low, inf) < high and _is_crack(spec, low, high):
        message = words.of_ranges_apart(spec, low, high, lower.row)
        yield Finding(Code.RANGES_APART, upper.row, spec.name, message, other_row=lower.row)


def _is_crack(spec: FactSpec, low: float, high: float) -> bool:
    is_next = float(low).is_integer() and high == low + 1 and spec.maximum > 1
    return not (is_next and is_counted(spec)) and (is_next or (high - low) * _CRACK <= abs(high))


def lanes(ruleset: Ruleset) -> Iterator[Finding]:
    """Lanes that nothing is drawn from, and wishes for inspections that come to nothing."""
    by_route = {lane.route: lane for lane in ruleset.lanes}
    for route in _DRAWN:
        lane = by_route.get(route)
        if route in _routes(ruleset) and (lane is None or lane.minimum_random_rate == 0):
            yield Finding(Code.NO_RANDOM_FLOOR, "lanes", route.value, words.of_no_floor(route))
    for lane in ruleset.lanes:
        if lane.expected_rate is not None and lane.top_up_from is None:
            message = words.of_expected_without_top_up()
            yield Finding(Code.EXPECTED_WITHOUT_TOP_UP, "lanes", lane.route.value, message)
    if ruleset.risk and all(lane.top_up_from is None for lane in ruleset.lanes):
        yield Finding(Code.RISK_WITHOUT_TOP_UP, "risk", "", words.of_risk_without_top_up())


def sites(ruleset: Ruleset) -> Iterator[Finding]:
    """Routes that the table's own sites do not serve, and sites whose pace nobody knows; a table without sites leaves
    places to the terminal."""
    served = {route for site in ruleset.sites for route in site.kinds}
    is_drawn = any(lane.minimum_random_rate or lane.top_up_from is not None for lane in ruleset.lanes)
    used = _routes(ruleset) | ({Route.INSPECTION} if is_drawn else set())
    for route in _AT_SITES:
        if ruleset.sites and route in used and route not in served:
            yield Finding(Code.NO_SITE, "sites", route.value, words.of_no_site(route))
    for site in ruleset.sites:
        if site.capacity_per_hour is None and not used.isdisjoint(_AT_SITES) and not _is_yard(site):
            yield Finding(Code.CAPACITY_UNKNOWN, "sites", site.code, words.of_capacity_unknown())


def _is_yard(site: Site) -> bool:
    return set(site.kinds).isdisjoint(_AT_SITES)


def _routes(ruleset: Ruleset) -> set[Route]:
    return {row.route for row in ruleset.rows} | {ruleset.default.route}


def untested(ruleset: Ruleset, tests: Iterable[TestCase]) -> Iterator[Finding]:
    """Rows, the default too, that decide no declaration of any test."""
    led_to: set[str | None] = set()
    for test in tests:
        led_to.update(row for _, row in decided(test.case, ruleset, draws=test.draws).rows)
    for row in (*(one.id for one in ruleset.rows), DEFAULT_ROW):
        if row not in led_to:
            yield Finding(Code.UNTESTED, row, "", words.of_untested())


def often_missing(ruleset: Ruleset, missing: Mapping[str, float], *, often: float = OFTEN) -> Iterator[Finding]:
    """Conditions and risk terms on facts of which this share or more was missing where boxes were decided."""
    asked = [(row.id, condition.fact) for row in ruleset.rows for condition in row.when]
    for row, name in dict.fromkeys([*asked, *(("risk", term.fact) for term in ruleset.risk)]):
        spec, rate = find_fact(name), missing.get(name, 0.0)
        if spec is not None and rate >= often:
            yield Finding(Code.OFTEN_MISSING, row, name, words.of_often_missing(spec, rate))


def missing_rates(cases: Iterable[Case]) -> dict[str, float]:
    """Of each fact of the catalogue, the share of boxes, declarations or lines that did not tell it; {} for no case."""
    asked: Counter[Level] = Counter()
    told: Counter[str] = Counter()
    for case in cases:
        asked[Level.CONTAINER] += 1
        told.update(case.container.keys())
        for standing in case.standings:
            if standing.declaration is not None:
                asked[Level.DECLARATION] += 1
                told.update(standing.facts.keys())
                for line in standing.lines or (NO_FACTS,):
                    asked[Level.LINE] += 1
                    told.update(line.keys())
    return {spec.name: 1 - told[spec.name] / asked[spec.level] for spec in CATALOGUE if asked[spec.level]}
