"""How customs comes to an end with a box that is in the port."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from web.demo import cast, messages, papers, yard
from web.demo.steps import Scene, Speak
from web.demo.world import Bill, Path
from web.demo.yard import Stay

_MINUTE = timedelta(minutes=1)
_WANTED = (Path.INSPECT, Path.SCAN, Path.ORDER_AFTER, Path.LATE, Path.HELD)
_ORDERED = (Path.INSPECT, Path.SCAN)


def arrival_reported(stay: Stay, *, at: datetime) -> Scene:
    """运抵: the export box has come into the customs area, said of each of its declarations."""
    at += stay.minutes(6, 18)
    return (
        yield from papers.noticed(stay.pen, stay.declared_bills, "ARRIVAL_REPORTED", at=at, container=stay.container)
    )


def cleared(stay: Stay, *, at: datetime) -> Scene:
    """From wherever the papers stand to the release of every declaration, by way of the inspection yard if need be."""
    at = yield from _second_thoughts(stay, at=at)
    if _wants_a_look(stay):
        is_scan = not stay.was_sent and all(_path(bill) is not Path.INSPECT for bill in stay.declared_bills)
        sites = (cast.SCANNER, cast.INSPECTION_YARD) if is_scan else (cast.INSPECTION_YARD,)
        at = yield from yard.sent_to_site(stay, *sites, at=at)
    if stay.is_at_site:
        at = yield from _seen_at_site(stay, at=at)
    waiting = [bill for bill in stay.declared_bills if _path(bill) is not Path.CLEARED]
    at += stay.minutes(10, 40)
    return (yield from papers.released(stay.pen, waiting, at=at, container=stay.container, rng=stay.rng))


def _second_thoughts(stay: Stay, *, at: datetime) -> Scene:
    """What customs and brokers still do after the point: late declarations and orders, a look at a hold."""
    for bill in stay.declared_bills:
        match _path(bill):
            case Path.LATE:
                at = yield from _late(stay, bill, at=at + stay.minutes(60, 120))
            case Path.ORDER_AFTER:
                at = yield from _ordered(stay, bill, at=at + stay.minutes(15, 30))
            case Path.HELD:
                at = yield from _hold_ended(stay, bill, at=at + stay.minutes(60, 120))
            case Path.SILENT if not stay.is_at_site:
                at += stay.minutes(20, 60)
                at = yield from papers.noticed(stay.pen, [bill], "UNDER_REVIEW", at=at)
    return at


def _late(stay: Stay, bill: Bill, *, at: datetime) -> Scene:
    if bill.containers[0] != stay.container:  # the bill's first box brings the declaration for all of them
        return at
    at = yield from papers.lodged_late(stay.pen, bill, stay.call, at=at)
    is_ordered = stay.rng.random() < 0.4
    stay.was_sent |= is_ordered
    status = "INSPECTION_ORDERED" if is_ordered else "NO_INSPECTION"
    return (yield from papers.noticed(stay.pen, [bill], status, at=at + stay.minutes(10, 30)))


def _hold_ended(stay: Stay, bill: Bill, *, at: datetime) -> Scene:
    """The officer has looked: an order, no inspection, or a route of the officer's own."""
    lot = stay.rng.random()
    if lot < 0.4:
        return (yield from _overridden(stay, at=at))
    status = "INSPECTION_ORDERED" if lot < 0.7 else "NO_INSPECTION"
    stay.was_sent |= status == "INSPECTION_ORDERED"
    return (yield from papers.noticed(stay.pen, [bill], status, at=at))


def _overridden(stay: Stay, *, at: datetime) -> Scene:
    """An officer finds the box among those that wait and sends it to the inspection yard by hand."""
    waiting = "/v1/decisions?state=waiting"
    answer = yield Speak(at=at, party=cast.CUSTOMS, path=waiting, method="GET", container=stay.container)
    found = next((one for one in answer.decisions if one.container == stay.container), None)
    if found is None:
        return at
    stay.was_sent = True
    at += 3 * _MINUTE
    yield Speak(
        at=at,
        party=cast.CUSTOMS,
        path=f"/v1/decisions/{found.decision_id}/override",
        body=messages.command(
            route="INSPECTION", reason="The packing list names goods that the declaration leaves out."
        ),
        says=f"overrides: {stay.container} goes to inspection",
        container=stay.container,
    )
    return at


def _ordered(stay: Stay, bill: Bill, *, at: datetime) -> Scene:
    stay.was_sent = True
    return (
        yield from papers.noticed(
            stay.pen, [bill], "INSPECTION_ORDERED", at=at, container=stay.container, site=cast.INSPECTION_YARD
        )
    )


def _wants_a_look(stay: Stay) -> bool:
    return stay.was_sent or any(_path(bill) in _ORDERED for bill in stay.declared_bills)


def _seen_at_site(stay: Stay, *, at: datetime) -> Scene:
    """A box that customs wanted is looked at; one that a rule sent is looked at or waved through."""
    wanted = [bill for bill in stay.declared_bills if _path(bill) in _WANTED]
    silent = [bill for bill in stay.declared_bills if _path(bill) is Path.SILENT]
    if stay.facility == cast.SCANNER:
        at = yield from yard.scanned(stay, at=at)
        return (yield from _judged(stay, wanted or silent, opens=0.15, at=at + stay.minutes(4, 15)))
    if _wants_a_look(stay):
        return (yield from yard.looked_at(stay, wanted or list(stay.declared_bills), at=at))
    return (yield from _judged(stay, silent, opens=0.6, at=at + stay.minutes(10, 30)))


def _judged(stay: Stay, bills: Sequence[Bill], *, opens: float, at: datetime) -> Scene:
    """The officer orders the box to be opened, as often as `opens` says, or needs no inspection."""
    if stay.rng.random() >= opens:
        return (yield from papers.noticed(stay.pen, bills, "NO_INSPECTION", at=at, container=stay.container))
    at = yield from papers.noticed(stay.pen, bills, "INSPECTION_ORDERED", at=at, container=stay.container)
    at = yield from yard.sent_to_site(stay, cast.INSPECTION_YARD, at=at)
    return (yield from yard.looked_at(stay, bills, at=at))


def _path(bill: Bill) -> Path | None:
    return bill.declaration.path if bill.declaration else None


def at_destination(stay: Stay, bill: Bill, *, at: datetime) -> Scene:
    """The look at the importer's premises, after the box has left the port."""
    at = yield from papers.noticed(stay.pen, [bill], "INSPECTION_STARTED", at=at)
    return (yield from papers.noticed(stay.pen, [bill], "INSPECTION_FINISHED", at=at + 40 * _MINUTE, result="PASS"))
