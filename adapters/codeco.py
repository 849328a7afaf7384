"""CODECO, container gate-in/gate-out report: a box came into or left a terminal or depot by land (or by barge)."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.edifact import EdiMessage
from adapters.equipment_report import ReportKind, decode_report
from adapters.seam import Item, Message, SenderProfile
from events.types import EquipmentEventType

# LOC 165 is where the gate is; 9 and 11 are the ports of the voyage and say nothing of it.
_CODECO = ReportKind(
    movements={"34": EquipmentEventType.GTIN, "36": EquipmentEventType.GTOT},
    taken="34 (gate-in report) or 36 (gate-out report)",
    places={EquipmentEventType.GTIN: ("165",), EquipmentEventType.GTOT: ("165",)},
    is_at_vessel=False,
)


def decode(edi: EdiMessage, message: Message, sender: SenderProfile) -> Iterator[Item]:
    """One item per EQD group; a cancellation (BGM function 1) gives Withdrawals of the whole document.

    Refused items: BAD_CONTAINER_NUMBER, UNKNOWN_CODE (BGM 1001, EQD 8053, date format), TIME_MISSING,
    DATE_WITHOUT_TIME, BAD_VALUE, FUTURE_TIME, FACILITY_MISSING, FOREIGN_FACILITY.  Raises what `decode_report` raises.
    UN/EDIFACT D.95B to D.00B, CODECO.
    """
    return decode_report(_CODECO, edi, message, sender=sender)
