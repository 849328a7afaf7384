"""BAPLIE, bayplan: which boxes a vessel brings, and the cell each is stowed in."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.edifact import EdiMessage
from adapters.edifact_text import part
from adapters.equipment_report import ReportKind, Span, decode_report
from adapters.seam import Item, Message, SenderProfile
from events.types import Classifier, EquipmentEventType

_STOWAGE_CELL = "147"


def _by_cell(edi: EdiMessage) -> list[Span]:
    """A group begins with the cell (LOC 147), its container comes somewhere after; an empty cell has none."""
    starts = [n for n, raw in enumerate(edi.segments) if raw[:3] == "LOC" and part(edi.split(raw), 1) == _STOWAGE_CELL]
    spans: list[Span] = []
    for start, stop in zip(starts, [*starts[1:], len(edi.segments)], strict=False):
        for at in range(start, stop):
            if edi.segments[at][:3] == "EQD":
                spans.append(Span(f"EQD {len(spans) + 1}", at, start, stop))
    return spans


# 132 is the arrival at the next port.  Plans without it say when the ship leaves the port before (133, 136), which is
# taken as an estimate too: no box can be off earlier.
_BAPLIE = ReportKind(
    movements=dict.fromkeys(("", "658", "659"), EquipmentEventType.DISC),
    taken="nothing, 658 or 659 (bayplan)",
    places={EquipmentEventType.DISC: ("11",)},
    is_at_vessel=True,
    times=("132", "133", "136"),
    classifier=Classifier.EST,
    cut=_by_cell,
    is_of_any_port=True,
    is_nowhere_unless_named=True,
)


def decode(edi: EdiMessage, message: Message, sender: SenderProfile) -> Iterator[Item]:
    """One estimated discharge (EST) per container, those for other ports too (`is_at_port` false), in plan order.

    Refused items: BAD_CONTAINER_NUMBER, UNKNOWN_CODE (BGM 1001, EQD 8053, date format), TIME_MISSING,
    DATE_WITHOUT_TIME, BAD_VALUE, FACILITY_MISSING, FOREIGN_FACILITY.  Raises what `decode_report` raises.
    UN/EDIFACT D.95B, BAPLIE; SMDG 2.
    """
    return decode_report(_BAPLIE, edi, message, sender=sender)
