"""`courier`: scans of postal items as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from adapters.rejection import Reason, Rejected
from adapters.seam import Item, Message, SenderProfile, limited, refuse_future
from adapters.wire import Moment, Name, PostalItem, Wire, list_at, read_item, read_object, refuse_unknown, within
from events.types import CourierScan, CourierStatus


class _ScanWire(Wire):
    item_id: PostalItem
    status: CourierStatus
    scan_date_time: Moment
    place: Name | None = None


def decode(message: Message, sender: SenderProfile) -> Iterator[Item]:
    """One item per element of `scans`, in order.

    Refused items: BAD_VALUE (itemID, UPU S10), UNKNOWN_CODE, UNKNOWN_FIELD, FIELD_MISSING, TIME_MISSING,
    TIME_WITHOUT_ZONE, DATE_WITHOUT_TIME, FUTURE_TIME.  Raises Rejected: NOT_JSON, BAD_VALUE, UNKNOWN_FIELD (of the
    envelope), NO_ITEMS, TOO_MANY_ITEMS.
    """
    body = read_object(message)
    refuse_unknown(body, ("scans",))
    told = list_at(body, "scans")
    if not told:
        raise Rejected(Reason.NO_ITEMS, "scans")
    return limited(_read(scan, f"scans[{n}]", message) for n, scan in enumerate(told))


def _read(told: object, path: str, message: Message) -> Item:
    return read_item(_ScanWire, told, path, build=partial(_fact_of, path=path, message=message), warn=lambda _: ())


def _fact_of(wire: _ScanWire, path: str, message: Message) -> CourierScan:
    refuse_future(wire.scan_date_time, message.received_at, where=within(path, "scanDateTime"))
    return CourierScan(
        item_id=wire.item_id, status=wire.status, scan_datetime=wire.scan_date_time, place=wire.place or None
    )
