"""COARRI, container discharge/loading report: a box came off or went onto a vessel."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.edifact import EdiMessage
from adapters.equipment_report import ReportKind, decode_report
from adapters.seam import Item, Message, SenderProfile
from events.types import EquipmentEventType

# 44 and 46 are the codes of the SMDG guides, 98 and 270 those of the older ITIGG ones, which many terminals still send.
# The terminal is named with the port of discharge (11) or loading (9) in the head, by some with 165.
_COARRI = ReportKind(
    movements={
        "44": EquipmentEventType.DISC,
        "98": EquipmentEventType.DISC,
        "46": EquipmentEventType.LOAD,
        "270": EquipmentEventType.LOAD,
    },
    taken="44 or 98 (discharge report), 46 or 270 (loading report)",
    places={EquipmentEventType.DISC: ("165", "11"), EquipmentEventType.LOAD: ("165", "9")},
    is_at_vessel=True,
)


def decode(edi: EdiMessage, message: Message, sender: SenderProfile) -> Iterator[Item]:
    """One item per EQD group; a cancellation (BGM function 1) gives Withdrawals of the whole document.

    Refused items: BAD_CONTAINER_NUMBER, UNKNOWN_CODE (BGM 1001, EQD 8053, date format), TIME_MISSING,
    DATE_WITHOUT_TIME, BAD_VALUE, FUTURE_TIME, FACILITY_MISSING, FOREIGN_FACILITY.  Raises what `decode_report` raises.
    UN/EDIFACT D.95B to D.00B, COARRI.
    """
    return decode_report(_COARRI, edi, message, sender=sender)
