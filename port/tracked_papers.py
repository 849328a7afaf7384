"""Tracks of papers: the carrier's release of a box, its declarations, and what customs says of them.

DCSA tells of documents as SHIPMENT events; customs' choice of a box for scan or inspection, and the inspection done,
as EQUIPMENT events.  What DCSA has no word for (no inspection needed, arrival reported, a receipt for the file) is not
told here: a release must not be read into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from events.types import (
    CarrierReleaseReported,
    CarrierReleaseStatus,
    Classifier,
    CustomsNotice,
    DeclarationLodged,
    Event,
    NoticeStatus,
)
from port.draft import opaque_id
from port.sighting import Known, Telling
from port.tracks import Track, TrackBox, TrackKind, TrackPaper

_RELEASES = {CarrierReleaseStatus.RELEASED: "RELS", CarrierReleaseStatus.REVOKED: "VOID"}
_NOTICES: Mapping[NoticeStatus, tuple[TrackKind, str]] = {
    NoticeStatus.ACCEPTED: (TrackKind.SHIPMENT, "RECE"),
    NoticeStatus.UNDER_REVIEW: (TrackKind.SHIPMENT, "PENA"),
    NoticeStatus.RELEASED: (TrackKind.SHIPMENT, "RELS"),
    NoticeStatus.HELD: (TrackKind.SHIPMENT, "HOLD"),
    NoticeStatus.REJECTED: (TrackKind.SHIPMENT, "REJE"),
    NoticeStatus.CANCELLED: (TrackKind.SHIPMENT, "CANC"),
    NoticeStatus.SCAN_ORDERED: (TrackKind.EQUIPMENT, "CUSS"),
    NoticeStatus.INSPECTION_ORDERED: (TrackKind.EQUIPMENT, "CUSI"),
    NoticeStatus.INSPECTION_FINISHED: (TrackKind.EQUIPMENT, "INSP"),
}
# Who may know a declaration by its number; others know only that there is one, and its status.
_KNOWS_NUMBERS = frozenset({"customs", "trade"})


@dataclass(frozen=True, slots=True)
class _Said:
    """What a paper says, in DCSA's codes."""

    kind: TrackKind
    type_code: str
    document: str
    reference: str | None
    at: datetime | None
    same: tuple[str, ...]
    site: str | None = None


def papers(number: str, told: Iterable[Telling], known: Known, *, salt: bytes) -> list[Track]:
    """The tracks of the box's papers that their viewer may see; told twice in other words, the last telling counts."""
    tracks: dict[str, Track] = {}
    for telling in sorted(told, key=lambda t: t.recorded.position):
        said = _said(telling.recorded.fact, telling.placed.declaration)
        if said is not None and telling.stands and telling.is_visible:
            event_id = opaque_id(salt, "track", number, *said.same)
            tracks[event_id] = _track(event_id, number, said, telling, known)
    return list(tracks.values())


def _said(fact: Event, declaration: str | None) -> _Said | None:
    same: tuple[str, ...]
    if isinstance(fact, CarrierReleaseReported):
        bill = fact.transport_document_reference
        code, same = _RELEASES[fact.status], ("release", bill, fact.status.value, _when(fact.released_at))
        return _Said(TrackKind.SHIPMENT, code, "DEO", bill, fact.released_at, same)
    if isinstance(fact, DeclarationLodged):
        lodged = fact.declaration_number or fact.seq_no or fact.cus_ciq_no
        same = ("declaration", declaration or lodged or "")
        return _Said(TrackKind.SHIPMENT, "SUBM", "CUC", lodged, fact.declared_at, same)
    if isinstance(fact, CustomsNotice) and fact.status in _NOTICES:
        kind, code = _NOTICES[fact.status]
        same = ("notice", declaration or "", fact.status.value, _when(fact.notice_datetime))
        return _Said(kind, code, "CUC", declaration, fact.notice_datetime, same, fact.site)
    return None


def _when(at: datetime | None) -> str:
    return "" if at is None else str(int(at.timestamp() // 60))


def _track(event_id: str, number: str, said: _Said, telling: Telling, known: Known) -> Track:
    sight = telling.sight
    assert sight is not None
    own = frozenset(bill for bill in telling.placed.references if bill in sight.own_bills)
    changed = known.last_change(telling, own)
    return Track(
        event_id=event_id,
        position=changed.position,
        updated_at=changed.received_at,
        kind=said.kind,
        type_code=said.type_code,
        classifier=Classifier.ACT,
        at=said.at or telling.recorded.received_at,
        facility_code=said.site if telling.shows_place else None,
        is_at_port=said.site is not None and telling.shows_place,
        box=TrackBox(number),
        papers=(_paper(said, own, sight.view.capacity), *(TrackPaper("TRD", bill) for bill in sorted(own))),
        bills=own,
    )


def _paper(said: _Said, own: frozenset[str], capacity: str) -> TrackPaper:
    """The delivery order is known by its bill; a declaration's number is not for everybody who knows its status."""
    knows = said.reference in own if said.document == "DEO" else capacity in _KNOWS_NUMBERS
    return TrackPaper(said.document, said.reference if knows else None)
