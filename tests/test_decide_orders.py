"""Customs comes first: its orders, its releases, and the papers it has not had."""

from __future__ import annotations

import itertools

import pytest

from build_diversion import (
    BOX,
    BROKEN,
    RELEASES_ALL,
    TABLE,
    case,
    decided,
    granite,
    standing,
    undeclared,
)
from events.types import InspectAt, Reason, Route
from port.diversion.case import Case
from port.diversion.decide import Outcome
from port.diversion.table import Ruleset

RULES = pytest.mark.parametrize("rules", [RELEASES_ALL, TABLE, BROKEN], ids=["release all", "table", "broken"])


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
