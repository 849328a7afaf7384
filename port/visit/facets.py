"""The facets of one visit out of its documents, and what each rests on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from events.types import CarrierReleaseStatus, CustomsNotice, EquipmentEventType, MovementType, NoticeStatus
from port.visit.declarations import Declared
from port.visit.model import FacetFact, InspectionFacts, VisitDocument
from port.visit.span import GTIN, LOAD, Cut
from port.visit.status import SEVERITY, Carrier, Customs, CustomsArrival

ORDERS = (NoticeStatus.INSPECTION_ORDERED, NoticeStatus.SCAN_ORDERED)


def customs(documents: Sequence[VisitDocument]) -> tuple[Customs, FacetFact | None]:
    """The worst of the documents that count; without any nothing is declared."""
    if not documents:
        return Customs.NOT_DECLARED, None
    counted = [document for document in documents if document.is_counted]
    if not counted:
        return Customs.NOT_DECLARED, None
    worst = max(counted, key=lambda document: (SEVERITY[document.customs], document.reference))
    return worst.customs, worst.customs_resting


def customs_arrival(documents: Sequence[VisitDocument]) -> tuple[CustomsArrival, FacetFact | None]:
    """Reported when each document with an active declaration has its arrival report, and there is such a document."""
    if not documents:
        return CustomsArrival.NOT_REPORTED, None
    declared = [d for d in documents if d.is_counted and any(view.is_active for view in d.declarations)]
    arrivals = [next((v.arrival for v in d.declarations if v.is_active and v.arrival), None) for d in declared]
    told = [arrival for arrival in arrivals if arrival is not None]
    if not told or len(told) < len(arrivals):
        return CustomsArrival.NOT_REPORTED, None
    return CustomsArrival.REPORTED, max(told, key=_happened)


def carrier(documents: Sequence[VisitDocument]) -> tuple[Carrier, FacetFact | None]:
    """Not released when any delivery order is revoked, released when every document has one, else unknown."""
    if not documents:
        return Carrier.UNKNOWN, None
    revoked = [d.carrier_resting for d in documents if d.carrier is CarrierReleaseStatus.REVOKED and d.carrier_resting]
    if revoked:
        return Carrier.NOT_RELEASED, max(revoked, key=_happened)
    counted = [document for document in documents if document.is_counted] or list(documents)
    resting = [document.carrier_resting for document in counted if document.carrier_resting]
    if len(resting) < len(counted):
        return Carrier.UNKNOWN, None
    return Carrier.RELEASED, max(resting, key=_happened)


def _happened(fact: FacetFact) -> tuple[bool, float, str]:
    return fact.at is not None, fact.at.timestamp() if fact.at else 0.0, fact.event_id


def exit_needing_release(visit: Cut, direction: MovementType | None) -> datetime | None:
    """When a box that must be released to leave left: an import by the gate, an export on board."""
    if visit.is_in or visit.leave is None or visit.ladenness == "EMPTY":
        return None
    by_sea = visit.leave.type_code is LOAD
    if (direction is MovementType.IMPORT and not by_sea) or (direction is MovementType.EXPORT and by_sea):
        return visit.leave.at
    return None


def inspection(declared: Sequence[Declared], container_number: str, visit: Cut | None) -> InspectionFacts | None:
    """The last inspection or scan customs ordered of this container; None when it ordered none."""
    notices = [told for declaration in declared for _, told in declaration.about(container_number)]
    ordered = max((n for n in notices if n.status in ORDERS), key=_noticed, default=None)
    if ordered is None:
        return None
    finished = _last(notices, NoticeStatus.INSPECTION_FINISHED, since=ordered)
    started = _last(notices, NoticeStatus.INSPECTION_STARTED, since=ordered)
    site = next((n.site for n in sorted(notices, key=_noticed, reverse=True) if n.site), None)
    return InspectionFacts(
        site=site,
        ordered_at=ordered.notice_datetime,
        at_site_since=_at_site_since(visit, site),
        started_at=started.notice_datetime if started else None,
        finished_at=finished.notice_datetime if finished else None,
        result=finished.result if finished else None,
    )


def _noticed(notice: CustomsNotice) -> tuple[datetime, str, str]:
    return notice.notice_datetime, notice.status, notice.site or ""


def _last(notices: list[CustomsNotice], status: NoticeStatus, *, since: CustomsNotice) -> CustomsNotice | None:
    told = [n for n in notices if n.status is status and n.notice_datetime >= since.notice_datetime]
    return max(told, key=lambda n: (n.notice_datetime, n.result or ""), default=None)


def _at_site_since(visit: Cut | None, site: str | None) -> datetime | None:
    if visit is None or site is None:
        return None
    arrived = (GTIN, EquipmentEventType.DROP, EquipmentEventType.INSP)
    at_site = [told.at for told in visit.movements if told.type_code in arrived and told.facility_code == site]
    return min(at_site, default=None)
