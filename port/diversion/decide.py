"""The decision: customs' orders first, then the table, then a place; whatever breaks in a rule holds the box."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from events.types import InspectAt, Reason, Route
from port.diversion.capacity import Lack, SiteState, find_place, find_room, suits
from port.diversion.case import NO_NEEDS, Case, Needs, Standing
from port.diversion.compiler import compile_ruleset
from port.diversion.explain import MOST_VERDICTS, RowVerdict, explain_standing
from port.diversion.facts import CustomsStatus
from port.diversion.judging import Judgement, judge, strictest
from port.diversion.table import Ruleset, Site


class Alert(StrEnum):
    """What a decision asks an officer to look at."""

    RULE_FAULT = "RULE_FAULT"
    FACTS_MISSING = "FACTS_MISSING"
    NO_SUITABLE_PLACE = "NO_SUITABLE_PLACE"


class Outcome(NamedTuple):
    """Where the box goes, and all that has to be told with it.

    `intended_route` is what was decided before a place was sought.  It differs from `route` while the box waits in the
    yard for a bay (`is_awaiting_site`) and when no place suits it (HOLD); an order stands in it unweakened.  `reserves`
    is the site a bay is to be kept at.  `rows` has the row that decided per declaration that the table was asked about,
    in the order of their keys.  `trace` is empty unless asked for.
    """

    route: Route
    reason: Reason
    intended_route: Route
    place: str | None = None
    is_precautionary: bool = False
    is_awaiting_site: bool = False
    reserves: str | None = None
    rows: tuple[tuple[str, str | None], ...] = ()
    undetermined: tuple[str, ...] = ()
    alerts: tuple[Alert, ...] = ()
    trace: tuple[RowVerdict, ...] = ()


class _Settled(NamedTuple):
    """A judgement on the whole box."""

    judgement: Judgement
    rows: tuple[tuple[str, str | None], ...] = ()
    trace: tuple[RowVerdict, ...] = ()


_ORDERS = {
    CustomsStatus.HELD: Route.HOLD,
    CustomsStatus.INSPECTING: Route.INSPECTION,
    CustomsStatus.INSPECTION_ORDERED: Route.INSPECTION,
    CustomsStatus.SCAN_ORDERED: Route.SCAN,
}
_UNDECLARED = frozenset({CustomsStatus.NOT_DECLARED, CustomsStatus.REJECTED, CustomsStatus.VOID})
_ANYWHERE = frozenset({Route.DIRECT_RELEASE, Route.HOLD})
_FREED = {CustomsStatus.RELEASED: Reason.RELEASED, CustomsStatus.NO_INSPECTION: Reason.NO_INSPECTION}
_AT_SITES = frozenset({Route.INSPECTION, Route.SCAN})
_BY_TABLE = frozenset({Reason.RULE, Reason.RANDOM})
_ALERTS = {Reason.RULE_FAULT: (Alert.RULE_FAULT,), Reason.FACTS_MISSING: (Alert.FACTS_MISSING,)}


MOST_LINES = 10_000
"""Documents and goods lines of one box that the table is asked about.

The time limit of a decision, told in work instead of seconds so that it is the same everywhere and ever after: what
lies beyond is a RULE_FAULT.  With the limits of a table (`checks`) and of a value (`facts`) no decision runs away.
"""


def decide(
    case: Case, ruleset: Ruleset, *, draws: Mapping[str, float], sites: SiteState, trace: bool = False
) -> Outcome:
    """The route of the box on exactly this case; the same arguments always give the same outcome.

    `draws` has the draw of every declaration by its key; `sites` is what the sites hold without this box's own
    reservation.  Never raises for what a rule or a fact is like: that ends in HOLD, RULE_FAULT.
    """
    settled = _settled(case, ruleset, draws=draws, trace=trace)
    route, reason = settled.judgement.route, settled.judgement.reason
    named = ordered_site(case) if reason is Reason.CUSTOMS_ORDER and route in _AT_SITES else None
    if named is not None:
        placement = _at_ordered_site(route, named, ruleset.sites, needs=case.needs, state=sites)
    else:
        placement = _placement(route, ruleset.sites, needs=case.needs, state=sites)
    return _outcome(settled, placement)


def ordered_site(case: Case) -> str | None:
    """Where customs' strictest order wants the box, when it says so; of several sites the first by name."""
    ordered = _order(case)
    named = [one.site for one in case.standings if one.site and ordered and _ordered_route(one) is ordered.route]
    return min(named, default=None)


def _settled(case: Case, ruleset: Ruleset, *, draws: Mapping[str, float], trace: bool) -> _Settled:
    ordered = _order(case)
    if ordered is not None:
        return _Settled(ordered)
    if not case.is_direction_known:
        return _Settled(Judgement(Route.YARD, Reason.DIRECTION_UNKNOWN))
    if not case.standings or [one for one in case.standings if one.status in _UNDECLARED]:
        return _Settled(Judgement(Route.YARD, Reason.NOT_DECLARED))
    return _by_declaration(case, ruleset, draws=draws, trace=trace)


def _order(case: Case) -> Judgement | None:
    """What customs has ordered for any of the documents, the strictest; it needs no rule and waits for none."""
    routes = [_ordered_route(standing) for standing in case.standings if standing.status in _ORDERS]
    ordered = [Judgement(route, Reason.CUSTOMS_ORDER) for route in routes if route is not None]
    return strictest(ordered) if ordered else None


def _ordered_route(standing: Standing) -> Route | None:
    route = _ORDERS.get(standing.status)
    if route in _AT_SITES and standing.inspect_at is InspectAt.DESTINATION:
        return None  # The inspection is ordered for the consignee's premises: this port has nothing to do for it.
    return route


def _by_declaration(case: Case, ruleset: Ruleset, *, draws: Mapping[str, float], trace: bool) -> _Settled:
    judgements: list[Judgement] = []
    rows: dict[str, str | None] = {}
    told: list[RowVerdict] = []
    spent = 0
    for standing in case.standings:
        freed = _FREED.get(standing.status)
        if freed is not None:
            judgements.append(Judgement(Route.DIRECT_RELEASE, freed))
            continue
        spent += 1 + len(standing.lines)
        if spent > MOST_LINES:
            judgements.append(Judgement(Route.HOLD, Reason.RULE_FAULT))
            rows[standing.key] = None
            continue
        is_traced = trace and len(told) < MOST_VERDICTS
        judgement, verdicts = _by_table(case, ruleset, standing=standing, draws=draws, trace=is_traced)
        judgements.append(judgement)
        rows[standing.key] = judgement.row
        told.extend(verdicts)
    worst = judgements[0] if len(judgements) == 1 else strictest(judgements)
    return _Settled(worst, tuple(sorted(rows.items())), tuple(told))


def _by_table(
    case: Case, ruleset: Ruleset, *, standing: Standing, draws: Mapping[str, float], trace: bool
) -> tuple[Judgement, tuple[RowVerdict, ...]]:
    """The table's word on one declaration, and only here what it means when a rule breaks: HOLD."""
    try:
        table, draw = compile_ruleset(ruleset), draws.get(standing.key)
        verdicts = explain_standing(table, case.container, standing=standing, draw=draw) if trace else ()
        return judge(table, case.container, standing=standing, draw=draw), verdicts
    except Exception:  # noqa: BLE001  # whatever a rule does wrong must hold this box, and no other
        return Judgement(Route.HOLD, Reason.RULE_FAULT), ()


def _outcome(settled: _Settled, placement: _Placement) -> Outcome:
    (intended, reason, _, undetermined), rows, trace = settled
    route, place, is_awaiting, alerts = placement
    return Outcome(
        route,
        Reason.NO_CAPACITY if is_awaiting else reason,
        intended,
        place,
        is_precautionary=intended in _AT_SITES and reason in _BY_TABLE,
        is_awaiting_site=is_awaiting,
        reserves=place if route in _AT_SITES else None,
        rows=rows,
        undetermined=undetermined,
        alerts=_ALERTS[reason] + alerts if reason in _ALERTS else alerts,
        trace=trace,
    )


class _Placement(NamedTuple):
    """Where the route leads in this port; `code` None leaves the place to the terminal."""

    route: Route
    code: str | None = None
    is_awaiting: bool = False
    alerts: tuple[Alert, ...] = ()


def _placement(route: Route, sites: Sequence[Site], *, needs: Needs, state: SiteState) -> _Placement:
    """A table without sites keeps no places, and the terminal chooses."""
    if not sites or route in _ANYWHERE:
        return _Placement(route)
    if route is Route.YARD:
        return _in_yard(sites, needs, is_awaiting=False)
    found = find_place(route, sites, needs=needs, state=state)
    if found is Lack.FULL:
        return _in_yard(sites, needs, is_awaiting=True)
    if found is Lack.NONE_SUITS:
        return _Placement(Route.HOLD, alerts=(Alert.NO_SUITABLE_PLACE,))
    return _Placement(route, found.code)


def _at_ordered_site(route: Route, named: str, sites: Sequence[Site], *, needs: Needs, state: SiteState) -> _Placement:
    """The site customs named, and no other.  One the table does not know is taken as ordered: customs knows its own."""
    site = next((one for one in sites if one.code == named), None)
    found = find_room(site, needs, state=state) if site is not None else None
    if found is Lack.FULL:
        return _in_yard(sites, needs, is_awaiting=True)
    if found is Lack.NONE_SUITS:
        return _Placement(Route.HOLD, alerts=(Alert.NO_SUITABLE_PLACE,))
    return _Placement(route, named)


def _in_yard(sites: Sequence[Site], needs: Needs, *, is_awaiting: bool) -> _Placement:
    """An ordinary box may stand anywhere in the yard; one with needs only where the table has a place for it."""
    yards = [site for site in sites if Route.YARD in site.kinds]
    if not yards or needs == NO_NEEDS:
        return _Placement(Route.YARD, is_awaiting=is_awaiting)
    fitting = next((site.code for site in yards if suits(site, needs)), None)
    if fitting is None:
        return _Placement(Route.HOLD, is_awaiting=is_awaiting, alerts=(Alert.NO_SUITABLE_PLACE,))
    return _Placement(Route.YARD, fitting, is_awaiting)
