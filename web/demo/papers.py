"""What brokers, carrier and customs say of a consignment: declarations, notices, receipts, delivery orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from web.demo import cast, messages, receipts
from web.demo.steps import Scene, Speak, Story
from web.demo.telling import Pen
from web.demo.world import Bill, Declaration, Path, VesselCall

_MINUTE = timedelta(minutes=1)
_XML = "application/xml"
_MINOR = ("ACCEPTED", "UNDER_REVIEW", "ARRIVAL_REPORTED", "NO_INSPECTION")


def final_number(declaration: Declaration) -> str:
    """The number under which the declaration stands in the end."""
    return declaration.second_number if declaration.path is Path.CANCELLED_FIRST else declaration.number


def ahead(pen: Pen, bill: Bill, call: VesselCall, *, rng: Random, at: datetime) -> Story:
    """The declaration lodged in advance and what customs makes of it before the box is there."""
    lodged = bill.declaration
    if lodged is None or lodged.path is Path.LATE:
        return
    at = yield from _lodged(pen, bill, lodged, call, at=at)
    at += timedelta(minutes=rng.randrange(8, 30))
    number = final_number(lodged)
    match lodged.path:
        case Path.GREEN | Path.ORDER_AFTER | Path.REJECTED_FIRST | Path.CANCELLED_FIRST | Path.BY_SEQUENCE:
            yield _notice(pen, bill, number, "NO_INSPECTION", at=at)
        case Path.CLEARED:
            yield _notice(pen, bill, number, "RELEASED", at=at)
        case Path.INSPECT if rng.random() < 0.4:
            yield _receipt(bill, number, "INSPECTION_ORDERED", at=at)
        case Path.INSPECT | Path.DESTINATION:
            yield _notice(pen, bill, number, "INSPECTION_ORDERED", at=at)
        case Path.SCAN:
            yield _notice(pen, bill, number, "SCAN_ORDERED", at=at)
        case Path.HELD:
            yield _notice(pen, bill, number, "HELD", at=at)


def lodged_late(pen: Pen, bill: Bill, call: VesselCall, *, at: datetime) -> Scene:
    """A declaration that comes when the box has long been there, and its acceptance."""
    assert bill.declaration is not None
    yield _declare(pen, bill, bill.declaration, call, at=at, mode="ARRIVAL")
    yield _notice(pen, bill, bill.declaration.number, "ACCEPTED", at=at + 4 * _MINUTE)
    return at + 4 * _MINUTE


def noticed(
    pen: Pen,
    bills: Sequence[Bill],
    status: str,
    *,
    at: datetime,
    container: str = "",
    site: str | None = None,
    result: str | None = None,
) -> Scene:
    """The same notice on each bill's declaration, narrowed to the container where the bill has several."""
    for bill in bills:
        if bill.declaration is not None:
            boxes = [container] if container and len(bill.containers) > 1 else []
            number = final_number(bill.declaration)
            yield _notice(pen, bill, number, status, at=at, containers=boxes, site=site, result=result)
            at += timedelta(seconds=20)
    return at


def released(pen: Pen, bills: Sequence[Bill], *, at: datetime, container: str, rng: Random) -> Scene:
    """Customs lets the box go, now as a notice and now as a receipt."""
    if rng.random() < 0.3 and all(len(bill.containers) == 1 for bill in bills):
        for bill in bills:
            if bill.declaration is not None:
                yield _receipt(bill, final_number(bill.declaration), "RELEASED", at=at)
        return at
    return (yield from noticed(pen, bills, "RELEASED", at=at, container=container))


def let_go(pen: Pen, bill: Bill, *, haulier: str, at: datetime) -> Speak:
    """The carrier's delivery order for a bill; on a master bill it covers the houses."""
    return Speak(
        at=at,
        party=cast.CARRIER,
        path="/v1/messages/customs",
        body=messages.carrier_release(pen.number(), bill, haulier=haulier, at=at),
        says=f"delivery order {bill.reference} for {haulier}",
        is_minor=True,
    )


def _lodged(pen: Pen, bill: Bill, lodged: Declaration, call: VesselCall, *, at: datetime) -> Scene:
    """Lodged and accepted, on some paths only at the second attempt."""
    if lodged.path is Path.BY_SEQUENCE:
        yield _declare(pen, bill, lodged, call, at=at, is_numbered=False)
        yield _early_receipt(lodged, at=at + 2 * _MINUTE)
        at += 6 * _MINUTE
    yield _declare(pen, bill, lodged, call, at=at)
    at += 5 * _MINUTE
    if lodged.path is Path.REJECTED_FIRST:
        yield _receipt(bill, lodged.number, "REJECTED", at=at)
        at += 20 * _MINUTE
        yield _declare(pen, bill, lodged, call, at=at)
    if lodged.path is Path.CANCELLED_FIRST:
        yield _notice(pen, bill, lodged.number, "CANCELLED", at=at)
        at += 15 * _MINUTE
        again = replace(lodged, number=lodged.second_number, seq_no=f"9{lodged.seq_no[1:]}")
        yield _declare(pen, bill, again, call, at=at)
    at += 4 * _MINUTE
    yield _notice(pen, bill, final_number(lodged), "ACCEPTED", at=at)
    return at


def _declare(
    pen: Pen,
    bill: Bill,
    lodged: Declaration,
    call: VesselCall,
    *,
    at: datetime,
    mode: str = "ADVANCE",
    is_numbered: bool = True,
) -> Speak:
    body = messages.declaration(pen.number(), bill, lodged, call, at=at, mode=mode, is_numbered=is_numbered)
    name = lodged.number if is_numbered else f"sequence {lodged.seq_no}"
    return Speak(
        at=at,
        party=lodged.declarant,
        path="/v1/messages/customs",
        body=body,
        says=f"declares {bill.reference} as {name} ({mode.lower()})",
        is_minor=mode == "ADVANCE",
    )


def _notice(
    pen: Pen,
    bill: Bill,
    number: str,
    status: str,
    *,
    at: datetime,
    containers: Sequence[str] = (),
    site: str | None = None,
    result: str | None = None,
) -> Speak:
    body = messages.notice(pen.number(), number, status, at=at, containers=containers, site=site, result=result)
    says = " ".join(filter(None, (status, result, number, _boxes(bill))))
    return Speak(
        at=at, party=cast.CUSTOMS, path="/v1/messages/customs", body=body, says=says, is_minor=status in _MINOR
    )


def _receipt(bill: Bill, number: str, status: str, *, at: datetime) -> Speak:
    return Speak(
        at=at,
        party=cast.CUSTOMS,
        path="/v1/messages/dec-result",
        body=receipts.single_window(number, status, at=at),
        content_type=_XML,
        says=f"{status} {number} {_boxes(bill)} (receipt)",
    )


def _early_receipt(lodged: Declaration, *, at: datetime) -> Speak:
    return Speak(
        at=at,
        party=cast.CUSTOMS,
        path="/v1/messages/dec-result",
        body=receipts.early(lodged.seq_no, "ACCEPTED", at=at),
        content_type=_XML,
        says=f"ACCEPTED sequence {lodged.seq_no} (receipt)",
    )


def _boxes(bill: Bill) -> str:
    return f"for {' '.join(bill.containers)}"
