"""Freezing drafts into visits: everything a reader or a rule may ask of a visit, worked out once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from events.types import (
    Classifier,
    Direction,
    Ladenness,
    Recorded,
    VesselRef,
)
from port.vessel import Stays
from port.visit import facets
from port.visit.documents import documents
from port.visit.merge import equipment
from port.visit.model import (
    Equipment,
    FacetFact,
    FacetFacts,
    Folded,
    InspectionFacts,
    Placed,
    Visit,
    VisitDocument,
)
from port.visit.placing import Draft, Placer
from port.visit.span import GTIN, LOAD, NO_CALL, Cut, is_named
from port.visit.status import Charges, Customs, Mark, MovementState

NO_EQUIPMENT = Equipment()


def freeze(container_number: str, placer: Placer, *, stays: Stays) -> Folded:
    """Visits in time order, expected ones last."""
    cut_drafts = [draft for draft in placer.drafts if draft.cut is not None]
    expected = sorted((draft for draft in placer.drafts if draft.cut is None), key=lambda draft: draft.key)
    return Folded(
        container_number=container_number,
        visits=tuple(_visit(container_number, draft, stays) for draft in [*cut_drafts, *expected]),
        unplaced=tuple(sorted(placer.unplaced, key=lambda placed: placed.recorded.event_id)),
    )


def _visit(container_number: str, draft: Draft, stays: Stays) -> Visit:
    cut = draft.cut
    on = documents(draft.groups, container_number, stays=stays) if draft.groups else ()
    customs, customs_fact = facets.customs(on)
    arrival, arrival_fact = facets.customs_arrival(on)
    carrier, carrier_fact = facets.carrier(on)
    events = _events(draft, on)
    entry_call, exit_call = _calls(draft, on)
    return Visit(
        visit_key=draft.key,
        container_number=container_number,
        direction=draft.direction,
        is_laden=_is_laden(cut),
        movements=tuple(cut.movements) if cut else (),
        opening=cut.entry if cut else None,
        opening_tellings=frozenset(cut.entry_tellings) if cut else frozenset(),
        latest_movement=cut.latest if cut else None,
        ended_at=cut.ended_at if cut else None,
        came_by_barge_or_rail=draft.is_inland,
        movement=cut.state if cut else MovementState.EXPECTED,
        customs=customs,
        customs_arrival=arrival,
        carrier=carrier,
        charges=Charges.UNKNOWN,
        facet_facts=FacetFacts(_movement_fact(cut), customs_fact, arrival_fact, carrier_fact),
        left_without_release=_left_without_release(container_number, draft, on, stays),
        documents=on,
        facility_code=cut.facility if cut else None,
        to_facility_code=cut.to_facility if cut else None,
        equipment=equipment(cut) if cut else NO_EQUIPMENT,
        inspection=_inspection(container_number, draft),
        entry_call=entry_call,
        exit_call=exit_call,
        entry_stay=stays.find(entry_call),
        exit_stay=stays.find(exit_call),
        last_fact=_last_fact(events),
        events=events,
        event_ids=frozenset(placed.recorded.event_id for placed in events),
    )


def _is_laden(cut: Cut | None) -> bool | None:
    return None if cut is None or cut.ladenness is None else cut.ladenness is Ladenness.LADEN


def _movement_fact(cut: Cut | None) -> FacetFact | None:
    return FacetFact(cut.latest.at, cut.latest.sender, cut.latest.event_id) if cut else None


def _inspection(container_number: str, draft: Draft) -> InspectionFacts | None:
    declared = [declaration for group in draft.groups for declaration in group.declared]
    return facets.inspection(declared, container_number, draft.cut) if declared else None


def _left_without_release(container_number: str, draft: Draft, on: tuple[VisitDocument, ...], stays: Stays) -> bool:
    """Judged as of the moment it left: a release given afterwards comes too late, a hold afterwards is no fault."""
    left_at = facets.exit_needing_release(draft.cut, draft.direction) if draft.cut else None
    if left_at is None:
        return False
    notices = (notice for group in draft.groups for declared in group.declared for _, notice in declared.notices)
    if any(notice.notice_datetime > left_at for notice in notices):
        on = documents(draft.groups, container_number, stays=stays, until=left_at)
    return facets.customs(on)[0] is not Customs.RELEASED


def _events(draft: Draft, on: tuple[VisitDocument, ...]) -> tuple[Placed, ...]:
    """In order of event id, each paper with the documents it speaks of."""
    of_declaration: dict[str, list[str]] = {}
    for document in on:
        for declaration in document.declarations:
            of_declaration.setdefault(declaration.key, []).append(document.reference)
    placed = sorted(draft.placed, key=_event_id)
    return tuple([_with_references(each, of_declaration) for each in placed] if draft.groups else placed)


def _event_id(placed: Placed) -> str:
    return placed.recorded.event_id


def _with_references(placed: Placed, of_declaration: dict[str, list[str]]) -> Placed:
    fact = placed.recorded.fact
    if placed.declaration is not None:
        references = tuple(of_declaration.get(placed.declaration, ()))
    elif fact.kind == "manifest" or fact.kind == "carrier_release":
        references = (fact.transport_document_reference,)
    else:
        return placed
    return Placed(placed.recorded, placed.mark, placed.corrected_by, references, placed.declaration)


def _calls(draft: Draft, on: tuple[VisitDocument, ...]) -> tuple[VesselRef, VesselRef]:
    """The call it comes by and the one it goes by: as its movements name them, else its documents."""
    entry = draft.cut.entry_call if draft.cut and not _gated_in(draft.cut) else NO_CALL
    if not is_named(entry):
        entry = _document_call(on, Direction.IMPORT)
    left_by_sea = draft.cut is not None and draft.cut.leave is not None and draft.cut.leave.type_code is LOAD
    leave = draft.cut.leave_call if draft.cut and left_by_sea else NO_CALL
    if not is_named(leave):
        leave = _document_call(on, Direction.EXPORT)
    if not is_named(leave) and draft.cut is not None and _gated_in(draft.cut):
        leave = next(reversed(draft.cut.calls), NO_CALL)
    return entry, leave


def _gated_in(cut: Cut) -> bool:
    return cut.entry is not None and cut.entry.type_code is GTIN


def _document_call(on: Iterable[VisitDocument], direction: Direction) -> VesselRef:
    if not on:
        return NO_CALL
    return next((d.vessel for d in on if direction in d.directions and is_named(d.vessel)), NO_CALL)


def _last_fact(events: tuple[Placed, ...]) -> FacetFact | None:
    """What happened last of all that stands, by its own time; plans and our own words do not count."""
    last: Recorded | None = None
    last_at: datetime | None = None
    for placed in events:
        at = happened_at(placed.recorded) if placed.mark is Mark.CURRENT else None
        # The events come in order of their ids, so that the later of two at one time is the greater id.
        if at is not None and (last_at is None or at >= last_at):
            last, last_at = placed.recorded, at
    return FacetFact(last_at, last.sender, last.event_id) if last is not None else None


def happened_at(recorded: Recorded) -> datetime | None:
    """The event time of an outside fact; None for plans, undated papers and our own facts."""
    fact = recorded.fact
    if fact.kind == "equipment":
        return fact.event_datetime if fact.classifier is Classifier.ACT else None
    if fact.kind == "notice":
        return fact.notice_datetime
    if fact.kind == "manifest":
        return fact.issued_at
    if fact.kind == "carrier_release":
        return fact.released_at
    return fact.declared_at if fact.kind == "declaration" else None
