"""The inspection sites as values: bays reserved and freed, and what a decision saw of them."""

from __future__ import annotations

from build_diversion import row, ruleset, site
from events.types import Route
from port.diversion.capacity import Lack, Reservation, SiteState, find_place, seen, taken, without
from port.diversion.case import Needs

SITES = ruleset(
    row("SCAN", {"fact": "is_lcl", "operator": "equals", "value": True}),
    sites=[
        site("XMCY1", "INSPECTION", bays=2, reefer_plugs=1, dangerous_goods_classes=["*"]),
        site("XMSC1", "SCAN", "INSPECTION"),
    ],
).sites
WET = Reservation("visit-1", "XMCY1")
COLD = Reservation("visit-2", "XMCY1", has_plug=True)


def test_a_reservation_takes_a_bay_and_a_plug_until_it_is_freed():
    state = taken([WET, COLD])
    assert (state.bays_taken("XMCY1"), state.plugs_taken("XMCY1"), state.bays_taken("XMSC1")) == (2, 1, 0)
    assert without(state, [WET]) == taken([COLD])
    assert without(state, [WET, COLD]) == SiteState()


def test_without_a_reservation_of_its_own_a_box_sees_all_that_is_taken():
    assert without(taken([WET]), []) == taken([WET])


def test_what_nobody_can_tell_stays_unknown():
    unknown = SiteState(is_known=False)
    assert not without(unknown, [WET]).is_known
    assert find_place(Route.INSPECTION, SITES, needs=Needs(), state=unknown) is Lack.FULL
    assert seen(unknown, SITES) == "{}"


def test_a_decision_keeps_what_it_saw():
    assert seen(taken([COLD]), SITES) == (
        '{"XMCY1":{"freeBays":1,"freePlugs":0},"XMSC1":{"freeBays":null,"freePlugs":0}}'
    )


def test_more_boxes_than_bays_leave_none_free():
    crowd = taken(Reservation(f"visit-{number}", "XMCY1") for number in range(3))
    assert '"XMCY1":{"freeBays":0' in seen(crowd, SITES)


def test_the_next_site_is_taken_when_the_first_is_full():
    full = taken([WET, COLD])
    assert find_place(Route.INSPECTION, SITES, needs=Needs(), state=SiteState()) == SITES[0]
    assert find_place(Route.INSPECTION, SITES, needs=Needs(), state=full) == SITES[1]
    assert find_place(Route.INSPECTION, SITES, needs=Needs(("?",)), state=full) is Lack.FULL
    assert find_place(Route.SCAN, SITES, needs=Needs(("3",)), state=full) is Lack.NONE_SUITS
