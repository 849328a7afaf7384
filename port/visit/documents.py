"""The documents on one visit: what stands on each, who is named by it, what customs and the carrier say of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from events.types import CarrierReleaseStatus, Direction, VesselRef
from port.vessel import Stays
from port.visit.bills import Bill, Release
from port.visit.corrections import OLDEST
from port.visit.declarations import Declared, view
from port.visit.joining import Group
from port.visit.model import DeclarationView, DocumentParty, FacetFact, VisitDocument
from port.visit.span import NO_CALL
from port.visit.status import SEVERITY, Customs


@dataclass(slots=True)
class _Sheet:
    """One reference while its document is put together."""

    bills: list[Bill]
    declared: list[Declared]
    releases: list[Release]
    group: Group | None = None
    is_bill: bool = True


@dataclass(slots=True)
class _Desk:
    """Everything the groups of one visit hold, by reference."""

    sheets: dict[str, _Sheet]
    masters: dict[str, str]

    def line(self, reference: str) -> list[str]:
        """The bill and its masters upwards."""
        line = [reference]
        while (above := self.masters.get(line[-1])) is not None and above not in line:
            line.append(above)
        return line


def documents(
    on: list[Group], container_number: str, *, stays: Stays, until: datetime | None = None
) -> tuple[VisitDocument, ...]:
    """By reference; the customs status is that of the notices given not later than `until`."""
    desk = _desk(on)
    if not desk.sheets:
        return ()
    views = {
        declaration.key: view(declaration, container_number, until=until)
        for sheet in desk.sheets.values()
        for declaration in sheet.declared
    }
    counted = _counted(desk, views)
    return tuple(
        _document(reference, desk, views, is_counted=reference in counted, stays=stays)
        for reference in sorted(desk.sheets)
    )


def _desk(on: list[Group]) -> _Desk:
    sheets: dict[str, _Sheet] = defaultdict(lambda: _Sheet([], [], []))
    desk = _Desk(sheets, {})
    unbilled: list[tuple[Declared, Group]] = []
    for group in on:
        for bill in group.bills:
            sheets[bill.reference].bills.append(bill)
            sheets[bill.reference].group = group
            if (master := bill.master_reference) is not None:
                desk.masters[bill.reference] = master
        for declaration in group.declared:
            reference = declaration.content.transport_document_reference
            if reference:
                sheets[reference].declared.append(declaration)
                sheets[reference].group = sheets[reference].group or group
            else:
                unbilled.append((declaration, group))
    for group in on:
        for release in group.releases:
            sheets[release[1].transport_document_reference].releases.append(release)
    _place_unbilled(desk, unbilled)
    return desk


def _place_unbilled(desk: _Desk, unbilled: list[tuple[Declared, Group]]) -> None:
    """A declaration that names no bill covers the only document there is; else it stands for itself."""
    bills = [
        reference for reference in _leaves(desk) if desk.sheets[reference].bills or desk.sheets[reference].declared
    ]
    for declaration, group in unbilled:
        reference = bills[0] if len(bills) == 1 else _own_reference(declaration)
        sheet = desk.sheets[reference]
        sheet.declared.append(declaration)
        sheet.is_bill = len(bills) == 1
        sheet.group = sheet.group or group


def _own_reference(declaration: Declared) -> str:
    content = declaration.content
    return content.declaration_number or content.seq_no or content.cus_ciq_no or declaration.key


def _leaves(desk: _Desk) -> list[str]:
    """The bills with no house under them; all of them where masters go round in a circle."""
    above = set(desk.masters.values())
    return [reference for reference in desk.sheets if reference not in above] or list(desk.sheets)


def _counted(desk: _Desk, views: dict[str, DeclarationView]) -> set[str]:
    own = {reference: sheet for reference, sheet in desk.sheets.items() if not sheet.is_bill}
    ended = {r for r, sheet in own.items() if not any(views[d.key].is_active for d in sheet.declared)}
    uncounted = ended if len(ended) < len(own) else set()
    return {
        reference
        for reference in _leaves(desk)
        if (desk.sheets[reference].bills or desk.sheets[reference].declared) and reference not in uncounted
    }


def _document(
    reference: str, desk: _Desk, views: dict[str, DeclarationView], *, is_counted: bool, stays: Stays
) -> VisitDocument:
    sheet = desk.sheets[reference]
    line = [desk.sheets[above] for above in desk.line(reference) if above in desk.sheets]
    standing = sorted({d.key for above in line for d in above.declared})
    status, resting = customs_of([views[key] for key in standing])
    released, release_fact = _release([release for above in line for release in above.releases])
    call = _call(sheet)
    return VisitDocument(
        reference=reference,
        is_declared=bool(sheet.declared),
        is_manifested=bool(sheet.bills),
        is_counted=is_counted,
        master_reference=desk.masters.get(reference),
        directions=_directions(sheet),
        vessel=call,
        stay=stays.find(call),
        customs=status,
        customs_resting=resting,
        carrier=released,
        carrier_resting=release_fact,
        parties=_parties(sheet),
        declarations=tuple(views[key] for key in standing),
        senders=_senders(sheet),
    )


def _call(sheet: _Sheet) -> VesselRef:
    return sheet.group.call if sheet.group else NO_CALL


def _directions(sheet: _Sheet) -> tuple[Direction, ...]:
    named = {bill.direction for bill in sheet.bills} | {d.content.direction for d in sheet.declared}
    return tuple(sorted(named))


def _senders(sheet: _Sheet) -> frozenset[str]:
    manifests = {recorded.sender for bill in sheet.bills for recorded, _ in bill.in_force}
    return frozenset(manifests | {recorded.sender for recorded, _ in sheet.releases})


def _parties(sheet: _Sheet) -> tuple[DocumentParty, ...]:
    named = [party for bill in sheet.bills for party in bill.parties()]
    for content in (declaration.content for declaration in sheet.declared):
        if content.declarant:
            named.append(DocumentParty("declarant", content.declarant.code, content.declarant.name))
        if content.consignee:
            named.append(DocumentParty("consignee", content.consignee.code, content.consignee.name))
    haulier = _haulier(sheet.releases)
    named += [DocumentParty("haulier", haulier)] if haulier else []
    by_code: dict[tuple[str, str], DocumentParty] = {}
    for party in sorted(named, key=lambda party: (party.role, party.code, party.name or "")):
        if (known := by_code.get((party.role, party.code))) is None or known.name is None:
            by_code[party.role, party.code] = party
    return tuple(by_code.values())


def customs_of(standing: list[DeclarationView]) -> tuple[Customs, FacetFact | None]:
    """The worst of the active declarations; without one REJECTED before VOID before NOT_DECLARED."""
    active = [declaration for declaration in standing if declaration.is_active]
    rejected = [declaration for declaration in standing if declaration.status is Customs.REJECTED]
    deciding = max(active or rejected or standing, key=_severity, default=None)
    return (Customs.NOT_DECLARED, None) if deciding is None else (deciding.status, deciding.resting)


def _severity(declaration: DeclarationView) -> tuple[int, datetime, str]:
    return SEVERITY[declaration.status], declaration.resting.at or OLDEST, declaration.resting.event_id


def _release(releases: list[Release]) -> tuple[CarrierReleaseStatus | None, FacetFact | None]:
    """The latest delivery order, of the bill or a master of it; of two at one time the revoking one."""
    if not releases:
        return None, None
    recorded, fact = max(releases, key=_release_order)
    return fact.status, FacetFact(fact.released_at, recorded.sender, recorded.event_id)


def _haulier(releases: list[Release]) -> str | None:
    """Who may fetch the box: whom the delivery orders named last, unless it was revoked since."""
    for _, fact in sorted(releases, key=_release_order, reverse=True):
        if fact.haulier_code or fact.status is CarrierReleaseStatus.REVOKED:
            return fact.haulier_code if fact.status is CarrierReleaseStatus.RELEASED else None
    return None


def _release_order(release: Release) -> tuple[datetime, bool, str]:
    recorded, fact = release
    return fact.released_at or OLDEST, fact.status is CarrierReleaseStatus.REVOKED, recorded.event_id
