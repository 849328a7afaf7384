"""COPRAR, container discharge/loading order: which boxes are to come off or go onto a vessel."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.edifact import EdiMessage
from adapters.equipment_report import ReportKind, decode_report
from adapters.seam import Item, Message, SenderProfile
from events.types import Classifier, EquipmentEventType

# An order has no time of its own: the ship's arrival (132, 178) or departure (133, 136) says when it is to be done.
_COPRAR = ReportKind(
    movements={"43": EquipmentEventType.DISC, "45": EquipmentEventType.LOAD},
    taken="43 (discharge order) or 45 (loading order)",
    places={EquipmentEventType.DISC: ("165", "11"), EquipmentEventType.LOAD: ("165", "9")},
    is_at_vessel=True,
    times=("132", "133", "178", "136"),
    classifier=Classifier.PLN,
)


def decode(edi: EdiMessage, message: Message, sender: SenderProfile) -> Iterator[Item]:
    """One planned movement (PLN) per EQD group; a cancellation gives Withdrawals of the whole document.

    Refused items: BAD_CONTAINER_NUMBER, UNKNOWN_CODE (BGM 1001, EQD 8053, date format), TIME_MISSING,
    DATE_WITHOUT_TIME, BAD_VALUE, FACILITY_MISSING, FOREIGN_FACILITY.  Raises what `decode_report` raises.
    UN/EDIFACT D.95B to D.00B, COPRAR.
    """
    return decode_report(_COPRAR, edi, message, sender=sender)
