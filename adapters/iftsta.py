"""IFTSTA, multimodal status report: what a carrier or terminal says became of a container, status by status."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.edifact import EdiMessage
from adapters.equipment_report import EVENT_TIMES, ReportKind, Span, decode_report
from adapters.seam import Item, Message, SenderProfile
from events.types import EquipmentEventType

# Numbers are UN/ECE Recommendation 24.  Letters are the X12 codes that ocean carriers write into the same element.
_STATUSES = {
    "12": EquipmentEventType.CUSR,
    "28": EquipmentEventType.STRP,
    "29": EquipmentEventType.DISC,
    "I": EquipmentEventType.GTIN,
    "RD": EquipmentEventType.GTIN,
    "OA": EquipmentEventType.GTOT,
    "EE": EquipmentEventType.GTOT,
    "AE": EquipmentEventType.LOAD,
    "AO": EquipmentEventType.LOAD,
    "AP": EquipmentEventType.LOAD,
    "UV": EquipmentEventType.DISC,
    "AV": EquipmentEventType.AVPU,
    "CT": EquipmentEventType.CUSR,
} | {code.value: code for code in EquipmentEventType}
_PLACES = ("175", "165")


def _by_status(edi: EdiMessage) -> list[Span]:
    """A group begins with each STS; it tells of its EQDs, or of the one container a reference names."""
    starts = [n for n, raw in enumerate(edi.segments) if raw[:3] == "STS"]
    spans: list[Span] = []
    for number, (start, stop) in enumerate(zip(starts, _ends(edi, starts), strict=True), 1):
        boxes = [at for at in range(start, stop) if edi.segments[at][:3] == "EQD"]
        for count, at in enumerate(boxes, 1):
            spans.append(Span(f"STS {number}, EQD {count}", at, start, stop, code_at=start))
        if not boxes:
            spans.append(Span(f"STS {number}", None, start, stop, code_at=start))
    return spans


def _ends(edi: EdiMessage, starts: list[int]) -> Iterator[int]:
    """A status ends before the next, or before the next consignment (CNI)."""
    for start, following in zip(starts, [*starts[1:], len(edi.segments)], strict=False):
        yield next((at for at in range(start, following) if edi.segments[at][:3] == "CNI"), following)


_IFTSTA = ReportKind(
    movements=_STATUSES,
    taken="a DCSA code, or one of Recommendation 24 or X12 that stands for a movement",
    places=dict.fromkeys(EquipmentEventType, _PLACES)
    | {EquipmentEventType.DISC: (*_PLACES, "11"), EquipmentEventType.LOAD: (*_PLACES, "9")},
    is_at_vessel=False,
    times=("334", *(time for time in EVENT_TIMES if time != "334")),
    cut=_by_status,
    is_of_any_port=True,
)


def decode(edi: EdiMessage, message: Message, sender: SenderProfile) -> Iterator[Item]:
    """One item per status and container, in message order; those of other ports too (`is_at_port` false).

    Refused items: UNKNOWN_CODE (a status that is no movement, EQD 8053, date format), BAD_CONTAINER_NUMBER,
    TIME_MISSING, DATE_WITHOUT_TIME, BAD_VALUE, FUTURE_TIME, FACILITY_MISSING, FOREIGN_FACILITY.  Raises what
    `decode_report` raises.  UN/EDIFACT D.95B to D.00B, IFTSTA.
    """
    return decode_report(_IFTSTA, edi, message, sender=sender)
