"""The place a box is sent to: one that suits it and has room, or none."""

from __future__ import annotations

from build_diversion import (
    STONE,
    TABLE,
    asks,
    case,
    decided,
    granite,
    row,
    ruleset,
    site,
    standing,
    undeclared,
)
from events.types import Reason, Route
from port.diversion import capacity
from port.diversion.capacity import Reservation, SiteState
from port.diversion.case import Needs
from port.diversion.decide import Alert, Outcome
from port.diversion.explain import explain
from port.diversion.facts import CustomsStatus

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
