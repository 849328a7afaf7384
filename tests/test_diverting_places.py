"""Bays and places at the doors: who waits, who gets the bay that falls free, what suits a box."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from build_diversion import site
from build_diverting import (
    OTHER,
    SECOND_NUMBER,
    THIRD,
    alerts,
    decisions,
    instructions,
    order_for,
    port_with,
    told,
)
from build_port import (
    BOX,
    NUMBER,
    TestPort,
    discharged,
    moved,
    notice,
)


def small_site(**given: Any) -> dict[str, Any]:
    return {"sites": [site("BAY", "INSPECTION", bays=1, **given)]}


def test_a_full_site_makes_the_box_wait_in_the_yard_and_weakens_no_order(tmp_path: Path):
    with port_with(tmp_path, **small_site()) as port:
        order_for(port, BOX, NUMBER)
        order_for(port, OTHER, SECOND_NUMBER)
        first, second = port.gate(discharged()), port.gate(discharged(box=OTHER))
        assert told(first) == ("DISCHARGE", "INSPECTION", "BAY", "CUSTOMS_ORDER")
        assert told(second) == ("DISCHARGE", "YARD", None, "NO_CAPACITY")
        [waiting] = [one for one in decisions(port, state="waiting") if one["equipmentReference"] == OTHER]
        assert waiting["isAwaitingSite"] is True
        assert port.get(f"/v1/decisions/{waiting['decisionID']}", role="customs").json()["sitesSeen"] == {
            "BAY": {"freeBays": 0, "freePlugs": 0}
        }
        assert port.container(OTHER)["headline"]["code"] == "INSPECTION"


def test_a_bay_taken_by_an_order_after_the_point_stays_taken(tmp_path: Path):
    with port_with(tmp_path, **small_site()) as port:
        port.gate(discharged())
        order_for(port, BOX, NUMBER)
        order_for(port, OTHER, SECOND_NUMBER)
        assert told(port.gate(discharged(box=OTHER))) == ("DISCHARGE", "YARD", None, "NO_CAPACITY")


@pytest.mark.parametrize("ending", ["finished", "cancelled", "expired", "gone"])
def test_a_bay_that_falls_free_goes_to_the_box_that_waits(tmp_path: Path, ending: str):
    with port_with(tmp_path, **small_site()) as port:
        order_for(port, BOX, NUMBER)
        order_for(port, OTHER, SECOND_NUMBER)
        port.gate(discharged(), discharged(box=OTHER))
        assert port.run_job("decide-waiting") == 0
        free_the_bay(port, ending)
        assert port.run_job("decide-waiting") == 1
        [given] = [one for one in instructions(port, "ISSUED") if one["equipmentReference"] == OTHER]
        assert (given["route"], given["place"], given["reason"]) == ("INSPECTION", "BAY", "CUSTOMS_ORDER")
        assert port.run_job("decide-waiting") == 0


def free_the_bay(port: TestPort, ending: str) -> None:
    port.clock.forward(minutes=30)
    if ending == "finished":
        port.customs(notices=[notice("INSPECTION_FINISHED", minutes_ago=-20, result="PASS")])
    elif ending == "cancelled":
        port.customs(notices=[notice("RELEASED", minutes_ago=-20)])
    elif ending == "expired":
        # The box that waits has been waiting long enough for its own to be told again.
        port.clock.forward(hours=48)
        port.run_job("expire-instructions")
    else:
        port.gate(moved("GTOT", minutes_ago=-20))


def test_a_place_must_suit_the_box(tmp_path: Path):
    sites = [site("PLAIN", "INSPECTION"), site("DGBAY", "INSPECTION", dangerous_goods_classes=["3"], reefer_plugs=1)]
    with port_with(tmp_path, sites=sites) as port:
        order_for(port, BOX, NUMBER)
        order_for(port, OTHER, SECOND_NUMBER)
        order_for(port, THIRD, "371120261000000003")
        paint = {"dangerousGoods": [{"unNumber": "1263", "imoClass": "3"}]}
        acid = {"dangerousGoods": [{"unNumber": "1789", "imoClass": "8"}]}
        assert told(port.gate(discharged(**paint))) == ("DISCHARGE", "INSPECTION", "DGBAY", "CUSTOMS_ORDER")
        assert told(port.gate(discharged(box=OTHER, **acid))) == ("DISCHARGE", "HOLD", None, "CUSTOMS_ORDER")
        assert alerts(port) == [("NO_SUITABLE_PLACE", "")]
        reefer = {"reefer": {"setPointCelsius": -18.0}}
        assert told(port.gate(discharged(box=THIRD, **reefer))) == ("DISCHARGE", "INSPECTION", "DGBAY", "CUSTOMS_ORDER")
