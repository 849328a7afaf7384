"""The head of an equipment report: which document it is, what becomes of it, the vessel its containers share."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from adapters.edifact import EdiMessage
from adapters.edifact_details import MAX_VOYAGE, Transport
from adapters.edifact_text import part
from adapters.edifact_times import find_time
from adapters.equipment_group import Group, read_group
from adapters.rejection import Reason, Rejected
from adapters.seam import SenderProfile
from events.types import DocumentFunction, ReportedDocument, TransportMode, VesselRef, Withdrawal

# 1225.  An addition (2) and a final part (22) are more of the same; a duplicate (7) and an additional transmission (43)
# say it again, and the log takes them as that.
_FUNCTIONS = {
    "": DocumentFunction.ORIGINAL,
    "9": DocumentFunction.ORIGINAL,
    "7": DocumentFunction.ORIGINAL,
    "43": DocumentFunction.ORIGINAL,
    "2": DocumentFunction.ORIGINAL,
    "22": DocumentFunction.ORIGINAL,
    "5": DocumentFunction.REPLACE,
    "1": DocumentFunction.CANCEL,
}
MAIN_CARRIAGE = "20"
ON_LAND = (TransportMode.TRUCK, TransportMode.RAIL)
NO_VESSEL = VesselRef()


class Head(NamedTuple):
    """What each container's group needs of the head of its report."""

    code: str
    code_where: str
    function: DocumentFunction
    document: ReportedDocument | None
    created: datetime | None
    vessel: VesselRef
    group: Group


def read_head(edi: EdiMessage, sender: SenderProfile, *, end: int) -> Head:
    at = next((index for index in range(1, end) if edi.segments[index][:3] == "BGM"), None)
    if at is None:
        raise Rejected(
            Reason.SEGMENT_MISSING, edi.path, message="There is no BGM: the report says nothing of its kind."
        )
    bgm = edi.split(edi.segments[at])
    function = _read_function(part(bgm, 3), edi.where(at))
    if end == len(edi.segments) and function is not DocumentFunction.CANCEL:
        raise Rejected(Reason.SEGMENT_MISSING, edi.path, message="There is no EQD: the report names no container.")
    group = read_group(edi, at + 1, end)
    written = group.times.get("137")
    return Head(
        code=part(bgm, 1),
        code_where=edi.where(at),
        function=function,
        document=_read_document(edi, part(bgm, 2), function, where=edi.where(at)),
        created=find_time(written[0], written[1], sender.time_zone) if written else _prepared(edi, sender),
        vessel=read_vessel(group),
        group=group,
    )


def _prepared(edi: EdiMessage, sender: SenderProfile) -> datetime | None:
    """UNB's own time; the date has six digits by the standard and eight from some."""
    return find_time(edi.prepared, "", sender.time_zone)


def _read_function(code: str, where: str) -> DocumentFunction:
    if code not in _FUNCTIONS:
        raise Rejected(
            Reason.UNKNOWN_CODE,
            where,
            message=f"The document function {code[:10]!r} is not taken.",
            fix="Send 9 (original), 2 (more of it), 5 (replaces the document) or 1 (cancels it).",
        )
    return _FUNCTIONS[code]


def _read_document(
    edi: EdiMessage, reference: str, function: DocumentFunction, *, where: str
) -> ReportedDocument | None:
    # Zeros stand for no number: a terminal in Jakarta sends 0000000000 in every report.
    if reference.strip("0"):
        return ReportedDocument(message_type=edi.message_type, reference=reference[:70], function=function)
    if function is DocumentFunction.ORIGINAL:
        return None
    raise Rejected(
        Reason.FIELD_MISSING,
        where,
        message="It replaces or cancels a document without naming one.",
        fix="Repeat the number of the first document in BGM.",
    )


def read_vessel(group: Group) -> VesselRef:
    """The ship of the main carriage.  A TDT by road under that stage is the truck, whatever the standard says of it."""
    main = next((t for t in group.transports if t.stage == MAIN_CARRIAGE and t.mode not in ON_LAND), None)
    return _vessel_of(main, group.references.get("VON", "")[:MAX_VOYAGE] or None)


@lru_cache(maxsize=1024)
def _vessel_of(main: Transport | None, voyage: str | None) -> VesselRef:
    if main is None:
        return VesselRef(voyage=voyage) if voyage else NO_VESSEL
    return VesselRef(
        vessel_imo_number=main.imo_number,
        call_sign=main.call_sign,
        vessel_name=main.name,
        voyage=main.voyage or voyage,
    )


def withdraw(head: Head, container_number: str | None) -> Withdrawal:
    return Withdrawal(container_number=container_number, event_created_datetime=head.created, document=head.document)
