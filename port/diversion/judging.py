"""What the table says of one declaration: line by line the first row that holds, and the strictest line wins.

What the rows send down a lane is drawn first and topped up by its risk afterwards, so that the drawn share stays a fair
sample of the whole lane.

A condition on a missing or unreadable value is undetermined, and so may be its row.  An undetermined row above the one
that holds might have come first, therefore:
- if a value there was unreadable: HOLD, RULE_FAULT;
- if a value there was missing and the row is stricter than the one that holds: FACTS_MISSING, which is YARD when what
  holds is DIRECT_RELEASE or YARD and no undetermined row says HOLD, else HOLD; so it is never laxer than what holds;
- if the row is as strict or laxer, knowing more could not make it stricter: what holds stands.  Where only the default
  holds, and it says YARD or HOLD, the reason is FACTS_MISSING all the same: a missing fact is why no row spoke.
A top-up is one more such row, stricter than its lane: undetermined when the risk is below its bound only because
something is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan
from typing import NamedTuple

from events.types import InspectAt, Reason, Route
from port.diversion.case import NO_FACTS, Facts, Standing
from port.diversion.cells import MISSING
from port.diversion.columns import Sets, everything, split
from port.diversion.compiler import Compiled, sift
from port.diversion.risk import risk_of, unknown
from port.diversion.table import DEFAULT_ROW, STRICTNESS, TOP_UP_ROW

_RANK = {route: rank for rank, route in enumerate(STRICTNESS)}
_WEIGHT = {
    reason: -weight
    for weight, reason in enumerate(
        (
            Reason.CUSTOMS_ORDER,
            Reason.RULE_FAULT,
            Reason.DIRECTION_UNKNOWN,
            Reason.NOT_DECLARED,
            Reason.FACTS_MISSING,
            Reason.RULE,
            Reason.RANDOM,
            Reason.NO_INSPECTION,
            Reason.RELEASED,
        )
    )
}
_LAX = frozenset({Route.DIRECT_RELEASE, Route.YARD})
_AT_SITES = frozenset({Route.SCAN, Route.INSPECTION})
_STOPS = frozenset({Route.YARD, Route.HOLD})


class Judgement(NamedTuple):
    """A route with its reason; `row` is the id of the row that decided, None when none could."""

    route: Route
    reason: Reason
    row: str | None = None
    undetermined: tuple[str, ...] = ()


def severity(judgement: Judgement) -> tuple[int, int, str]:
    """The order in which judgements win: the strictest route, then the reason that says most, then the row."""
    return _RANK[judgement.route], _WEIGHT[judgement.reason], judgement.row or ""


def strictest(judgements: Sequence[Judgement]) -> Judgement:
    """The one that wins, whatever their order, with what was undetermined in any of them."""
    unknown = {fact for judgement in judgements for fact in judgement.undetermined}
    return max(judgements, key=severity)._replace(undetermined=tuple(sorted(unknown)))


def judge(table: Compiled, container: Facts, *, standing: Standing, draw: object) -> Judgement:
    """The word of table and draw on one declaration.  May raise; only `decide` knows what that means for the box.

    Goods to be inspected at destination go to no site of the port: SCAN and INSPECTION become YARD, and none is drawn.
    """
    judgement = by_rows(table, container, standing=standing)
    if standing.inspect_at is InspectAt.DESTINATION:
        return judgement._replace(route=Route.YARD) if judgement.route in _AT_SITES else judgement
    rate = table.random_rates.get(judgement.route)
    if rate:
        drawn = is_drawn(draw, rate)
        if drawn is None:
            return Judgement(Route.HOLD, Reason.RULE_FAULT, None, judgement.undetermined)
        if drawn:
            return judgement._replace(route=Route.INSPECTION, reason=Reason.RANDOM)
    bound = table.top_ups.get(judgement.route)
    return judgement if bound is None else _topped_up(judgement, table, container, standing=standing, bound=bound)


def _topped_up(
    judgement: Judgement, table: Compiled, container: Facts, *, standing: Standing, bound: float
) -> Judgement:
    counted, most = risk_of(table.risk, container, standing=standing)
    if counted >= bound:
        return Judgement(Route.INSPECTION, Reason.RULE, TOP_UP_ROW, judgement.undetermined)
    if most < bound:
        return judgement
    told = {*judgement.undetermined, *unknown(table.risk, container, standing=standing)}
    open_for = tuple(sorted(told))
    if isnan(counted):
        return Judgement(Route.HOLD, Reason.RULE_FAULT, None, open_for)
    return _left_open(judgement.route, open_for, may_hold=False)


def _left_open(route: Route, undetermined: tuple[str, ...], *, may_hold: bool) -> Judgement:
    """What remains when a stricter row might have come first, had more been told."""
    stays = route in _LAX and not may_hold
    return Judgement(Route.YARD if stays else Route.HOLD, Reason.FACTS_MISSING, None, undetermined)


def is_drawn(draw: object, rate: float) -> bool | None:
    """Is a declaration with this draw in the quota?  None when there is no draw, or none in [0, 1)."""
    return draw < rate if isinstance(draw, float) and 0 <= draw < 1 else None


def by_rows(table: Compiled, container: Facts, *, standing: Standing) -> Judgement:
    """The word of the rows alone, the strictest line's."""
    of_box = sift(everything(len(table.rows)), table.container, facts=container)
    of_declaration = sift(of_box, table.declaration, facts=standing.facts)
    judgements = []
    for line in standing.lines or (NO_FACTS,):
        left = sift(of_declaration, table.line, facts=line)
        judgements.append(_of_line(table, left, facts=(container, standing.facts, line)))
    return judgements[0] if len(judgements) == 1 else strictest(judgements)


def _of_line(table: Compiled, left: Sets, *, facts: tuple[Facts, ...]) -> Judgement:
    certain, possible, sound = split(left, len(table.rows))
    first = certain & -certain
    row, route = table.rows[first.bit_length() - 1]
    above = possible & ~certain & (first - 1)
    if not above:
        return Judgement(route, Reason.RULE, row)
    unknown_facts = tuple(sorted(set(_unknown(table, above, facts=facts))))
    if above & ~sound:
        return Judgement(Route.HOLD, Reason.RULE_FAULT, None, unknown_facts)
    stricter = above & table.stricter_than[route]
    if stricter:
        may_hold = stricter & table.stricter_than[Route.INSPECTION]
        return _left_open(route, unknown_facts, may_hold=bool(may_hold))
    if row == DEFAULT_ROW and route in _STOPS:
        return Judgement(route, Reason.FACTS_MISSING, row, unknown_facts)
    return Judgement(route, Reason.RULE, row, unknown_facts)


def _unknown(table: Compiled, undetermined: int, *, facts: tuple[Facts, ...]) -> Iterator[str]:
    """The facts that left these rows open: missing, or there and unreadable."""
    for number, cells in enumerate(table.cells):
        if undetermined >> number & 1:
            for cell in cells:
                name = cell.spec.name
                value = next((level[name] for level in facts if name in level), MISSING)
                if not cell.reads(value) or cell.is_open(value):
                    yield name
