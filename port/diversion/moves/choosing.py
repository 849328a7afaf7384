"""Where each box goes in a variant: by customs' orders at the rates of the parameters, by a ruleset, or as recorded."""

from __future__ import annotations

from events.types import Route
from port.diversion.capacity import SiteState
from port.diversion.case import Case
from port.diversion.decide import decide
from port.diversion.moves.boxes import Box, Day, Plan, Variant
from port.diversion.moves.chance import Chance
from port.diversion.moves.parameters import Parameters
from port.diversion.moves.paths import Flow
from port.diversion.table import Ruleset

_ALL_FREE = SiteState()
_LET_PASS = frozenset({Route.YARD, Route.DIRECT_RELEASE})


def plans(day: Day, variant: Variant, parameters: Parameters) -> dict[int, Plan]:
    """The plan of every box by its number.

    In the traditional flow the same boxes are treated in the same way, but each is stacked before anybody knows.  A box
    that cannot be decided on at the point is decided on when it is declared.  The sites count as free: the model has
    queues and places of its own.
    """
    made = {box.number: _plan(box, variant, _is_in_time(box, day, parameters)) for box in day.boxes}
    if variant.flow is Flow.TRADITIONAL:
        return {number: Plan(Route.YARD, plan.treatment) for number, plan in made.items()}
    return made


def _plan(box: Box, variant: Variant, is_in_time: bool) -> Plan:
    route = _decided(box, variant)
    treatment = route if route not in _LET_PASS else box.order or Route.DIRECT_RELEASE
    return Plan(route if is_in_time else Route.YARD, treatment)


def _is_in_time(box: Box, day: Day, parameters: Parameters) -> bool:
    if day.is_recorded:
        return box.is_in_advance
    return box.is_in_advance and box.luck[Chance.IN_TIME] < parameters.decided_in_time_share


def _decided(box: Box, variant: Variant) -> Route:
    recorded = box.routes.get(variant.routes or variant.name)
    if recorded is not None:
        return recorded
    if variant.ruleset is None or box.case is None:
        return box.order or Route.DIRECT_RELEASE
    return _routed(box.case, variant.ruleset, box=box)


def _routed(case: Case, ruleset: Ruleset, *, box: Box) -> Route:
    # A declaration nobody drew for gets the luck of its box: without a draw the rules would hold it.
    draws = {standing.key: box.draws.get(standing.key, box.luck[Chance.RULE]) for standing in case.standings}
    return decide(case, ruleset, draws=draws, sites=_ALL_FREE).route
