"""port.happenings: what is told of two versions of a share, and that the page lists it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from port.happenings import HAPPENINGS, NOTHING_YET, ORDINALS, TYPES, disclosed, happenings


def share(**given: Any) -> dict[str, Any]:
    """A share as GET /v1/containers answers it, as far as it is compared."""
    facets = {"movement": "IN_YARD", "customs": "DECLARED", "carrier": "UNKNOWN"} | given.pop("facets", {})
    return {
        "facets": facets, "headline": {"code": "X"}, "readyForPickup": False, "mayLoad": False, "instruction": None,
        "place": None, **given,
    }  # fmt: skip


def moved(movement: str) -> dict[str, Any]:
    return share(facets={"movement": movement})


def customs(status: str | None) -> dict[str, Any]:
    return share(facets={"customs": status})


def sent(route: str, state: str = "ISSUED") -> dict[str, Any]:
    return share(instruction={"route": route, "state": state})


def mailing(state: str) -> dict[str, Any]:
    return {"mailingID": "M", "state": state}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (NOTHING_YET, moved("EXPECTED"), ("container.expected",)),
        (NOTHING_YET, moved("DISCHARGED"), ("container.discharged",)),
        (moved("EXPECTED"), moved("DISCHARGED"), ("container.discharged",)),
        (moved("DISCHARGED"), moved("DISCHARGED"), ()),
        (moved("DISCHARGED"), moved("IN_YARD"), ()),
        (moved("IN_TRANSFER"), moved("AT_INSPECTION"), ("container.at_inspection",)),
        (moved("IN_YARD"), moved("GATED_OUT"), ("container.gated_out",)),
        (customs("DECLARED"), customs("SCAN_ORDERED"), ("container.inspection_ordered",)),
        (customs("INSPECTION_ORDERED"), customs("INSPECTING"), ("container.inspection_started",)),
        (customs("INSPECTING"), customs("UNDER_REVIEW"), ("container.inspection_finished",)),
        (customs("INSPECTION_ORDERED"), customs("UNDER_REVIEW"), ("container.inspection_finished",)),
        (customs("INSPECTING"), customs("HELD"), ("container.inspection_finished", "container.customs_held")),
        (customs("DECLARED"), customs("RELEASED"), ("container.customs_released",)),
        (customs("RELEASED"), customs("HELD"), ("container.customs_held", "container.release_withdrawn")),
        (customs("RELEASED"), customs(None), ()),
        (share(), share(readyForPickup=True), ("container.ready_for_pickup",)),
        (share(readyForPickup=True), share(), ("container.not_ready",)),
        (share(readyForPickup=True), moved("GATED_OUT"), ("container.gated_out",)),
        (share(), share(mayLoad=True), ("container.may_load",)),
        (share(mayLoad=True), share(), ("container.may_not_load",)),
        (share(mayLoad=True), moved("LOADED"), ("container.loaded",)),
        (share(), sent("INSPECTION"), ("container.diverted",)),
        (sent("INSPECTION"), sent("INSPECTION", "EXECUTED"), ()),
        (sent("INSPECTION"), sent("HOLD"), ("container.diverted",)),
        (sent("INSPECTION"), sent("INSPECTION", "CANCELLED"), ("container.instruction_ended",)),
        (sent("INSPECTION", "EXPIRED"), sent("YARD"), ("container.diverted",)),
        (share(), share(place="PIER-9"), ("container.diverted",)),
        (share(place="PIER-9"), share(), ()),
        (mailing("SIGNED"), mailing("IN_LOCKER"), ("certificate.in_locker",)),
        (NOTHING_YET, mailing("IN_LOCKER"), ("certificate.in_locker",)),
        (mailing("COLLECTED"), mailing("DELIVERED"), ("certificate.delivered",)),
        (NOTHING_YET, mailing("APPLIED"), ()),
    ],
)  # fmt: skip
def test_what_is_told(before: dict[str, Any], after: dict[str, Any], told: tuple[str, ...]):
    assert happenings(before, after) == told


def test_who_sees_it_only_now_is_told_so_and_what_the_box_did():
    after = share(facets={"movement": "DISCHARGED", "customs": "RELEASED"}, readyForPickup=True)
    assert happenings(None, after) == ("container.disclosed",)
    assert disclosed(moved("EXPECTED"), after) == ("container.disclosed", "container.discharged")
    assert disclosed(after, after) == ("container.disclosed",)


def test_what_is_not_granted_tells_nothing():
    hidden = {"facets": {"movement": None, "customs": None, "carrier": None}, "instruction": None, "place": None}
    assert [happenings(hidden, hidden), happenings(NOTHING_YET, hidden)] == [(), ()]


def test_the_page_lists_every_type_with_its_words_in_their_order():
    page = (Path(__file__).parent.parent / "docs" / "webhooks.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `((?:container|certificate)\.\w+)` \| (.+?) \| (.+?) \|$", page, re.MULTILINE)
    assert rows == [(one.type, one.zh, one.en) for one in HAPPENINGS]
    assert list(ORDINALS) == list(TYPES) == [one.type for one in HAPPENINGS]
