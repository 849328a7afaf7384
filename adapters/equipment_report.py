"""What the reports about containers have in common: a head (BGM, TDT, LOC), then a group for each container (EQD).

Written against UN/EDIFACT D.95B to D.00B and what terminals send in its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, TypeVar

from adapters.edifact import EdiMessage
from adapters.edifact_text import Segment, part
from adapters.edifact_times import read_time
from adapters.equipment_group import Group, read_group
from adapters.equipment_head import NO_VESSEL, Head, read_head, read_vessel, withdraw
from adapters.equipment_place import claimed_facility, find_inland, find_place, vessel_mode
from adapters.rejection import Reason, Rejected, Warned
from adapters.seam import Accepted, Item, Message, Refused, SenderProfile, facility_of, refuse_future
from events.identifiers import IdentifierInvalid, is_old_size_type, parse_container_number, parse_size_type
from events.types import (
    Classifier,
    DocumentFunction,
    EquipmentEvent,
    EquipmentEventType,
    Ladenness,
    MovementType,
    Withdrawal,
)

# 8249, the direction of the movement.
_MOVEMENTS = {
    "1": MovementType.DOMESTIC,
    "2": MovementType.EXPORT,
    "3": MovementType.IMPORT,
    "4": MovementType.RESTOW,
    "5": MovementType.RESTOW,
    "6": MovementType.TRANSSHIPMENT,
    "9": MovementType.DOMESTIC,
    "14": MovementType.RESTOW,
    "17": MovementType.TRANSSHIPMENT,
}
# 8169: 4 is empty, 5, 7 and 8 are full; the others say how much room is left in a box that holds something.
_LADENNESS = {"4": Ladenness.EMPTY} | dict.fromkeys("1235678", Ladenness.LADEN)
# 9015: in another category (an order's, an inspection's) the same codes say something else.
_OF_TRANSPORT = ("", "1")
# 2005: effective, executed, status changed; 137 only says when the document was written, which is another clock.
EVENT_TIMES = ("7", "203", "334")

T = TypeVar("T")


class Span(NamedTuple):
    """Where a report tells of one container: segments[start:stop], its EQD among them, if it has one.

    `label` ends its path.  `code_at` is the segment that says what happened, where the group says it and not BGM.
    """

    label: str
    eqd: int | None
    start: int
    stop: int
    code_at: int | None = None


def by_container(edi: EdiMessage) -> list[Span]:
    """A group begins with each EQD and ends before the next."""
    starts = [index for index, raw in enumerate(edi.segments) if raw[:3] == "EQD"]
    ends = [*starts[1:], len(edi.segments)]
    return [Span(f"EQD {n}", at, at, stop) for n, (at, stop) in enumerate(zip(starts, ends, strict=False), 1)]


@dataclass(frozen=True, slots=True)
class ReportKind:
    """Where the reports differ.

    `movements` maps BGM 1001 (or the code at `Span.code_at`) onto the movement and `taken` names those codes for the
    error.  `places` are the LOC qualifiers (3227) that name the place of each movement, the best one first; `times` the
    DTM qualifiers (2005) of its time, likewise.  `is_at_vessel` says that the movement is off or onto the vessel of
    TDT, and not by the truck, train or barge another TDT tells of.  `is_of_any_port`: it tells of other ports than its
    sender's too; with `is_nowhere_unless_named` a movement without a place is not taken for one of this port.
    """

    movements: Mapping[str, EquipmentEventType]
    taken: str
    places: Mapping[EquipmentEventType, tuple[str, ...]]
    is_at_vessel: bool
    times: tuple[str, ...] = EVENT_TIMES
    classifier: Classifier = Classifier.ACT
    cut: Callable[[EdiMessage], list[Span]] = by_container
    is_of_any_port: bool = False
    is_nowhere_unless_named: bool = False


class _Case(NamedTuple):
    """All that the reading of one report stands on."""

    kind: ReportKind
    edi: EdiMessage
    message: Message
    sender: SenderProfile
    head: Head


def decode_report(kind: ReportKind, edi: EdiMessage, message: Message, *, sender: SenderProfile) -> Iterator[Item]:
    """One item per EQD group; the head's and the envelope's warnings are on the first.

    Raises Rejected for the whole report: SEGMENT_MISSING without BGM or EQD, UNKNOWN_CODE or FIELD_MISSING for a
    function or document number that cannot be followed.
    """
    spans = kind.cut(edi)
    head = read_head(edi, sender, end=spans[0].start if spans else len(edi.segments))
    case = _Case(kind, edi, message, sender, head)
    notes = (*edi.warnings, *head.group.warnings, *_check_count(edi, len(spans)))
    if not spans:
        yield Accepted(withdraw(head, None), edi.path, notes)
        return
    for span, group in _groups(edi, spans):
        path = f"{edi.path}, {span.label}"
        try:
            fact = _read_fact(case, span, group)
            yield Accepted(fact, path, (*notes, *group.warnings))
        except Rejected as refusal:
            yield Refused(refusal, path, (*notes, *group.warnings))
        notes = ()


def _groups(edi: EdiMessage, spans: list[Span]) -> Iterator[tuple[Span, Group]]:
    """Each span with what its segments say: where several containers share them, they are read once."""
    read, shared = (-1, -1), Group()
    for span in spans:
        if (span.start, span.stop) != read:
            read, shared = (span.start, span.stop), read_group(edi, span.start, span.stop)
        yield span, replace(shared, warnings=[*shared.warnings])


def _check_count(edi: EdiMessage, containers: int) -> tuple[Warned, ...]:
    """CNT 16 counts the containers; it is the last segment but for other CNTs."""
    for index in range(len(edi.segments) - 1, 0, -1):
        raw = edi.segments[index]
        if raw[:3] != "CNT":
            break
        control = edi.split(raw)
        said = part(control, 1, 1)
        if part(control, 1) == "16" and not (said.isdecimal() and int(said[:12]) == containers):
            return (Warned(Reason.COUNT_WRONG, edi.where(index)),)
    return ()


def _read_fact(case: _Case, span: Span, group: Group) -> EquipmentEvent | Withdrawal:
    """The fact of one group.  The container is read first: a wrong number is what its sender asks about first; but a
    status that is no movement need not name one."""
    where = case.edi.where(span.start if span.eqd is None else span.eqd)
    eqd = _find_equipment(case.edi, span, group)
    is_cancelled = case.head.function is DocumentFunction.CANCEL
    if not part(eqd, 2) and span.code_at is not None and not is_cancelled:
        _read_type(case, span)
    container_number = _read_container_number(eqd, where)
    if is_cancelled:
        return withdraw(case.head, container_number)
    return _read_movement(case, _read_type(case, span), container_number, group=group, eqd=eqd, where=where)


def _read_movement(
    case: _Case, type_code: EquipmentEventType, container_number: str, *, group: Group, eqd: Segment, where: str
) -> EquipmentEvent:
    head, sender, kind = case.head, case.sender, case.kind
    happened = _read_event_time(case, group, where=where)
    place = find_place(kind.places[type_code], group, head.group)
    claimed = claimed_facility(place, sender)
    carried_by = None if kind.is_at_vessel else find_inland(group, head.group)
    mode = vessel_mode(head.group) if kind.is_at_vessel else None
    location = place.un_location_code if place else None
    is_here = _is_here(kind, location, claimed, sender)
    return EquipmentEvent(
        type_code=type_code,
        classifier=kind.classifier,
        container_number=container_number,
        event_datetime=happened,
        event_created_datetime=head.created,
        facility_code=facility_of(claimed, sender, where=where) if is_here or not kind.is_of_any_port else None,
        un_location_code=location,
        is_at_port=is_here,
        vessel=head.vessel if head.vessel is not NO_VESSEL else read_vessel(group),
        transport_document_reference=group.transport_document or head.group.transport_document,
        iso_equipment_code=_read_size_type(eqd, group, where),
        empty_indicator=_look_up(_LADENNESS, part(eqd, 6), group, where=where),
        movement_type=_look_up(_MOVEMENTS, part(eqd, 5).lstrip("0"), group, where=where),
        mode_of_transport=carried_by.mode if carried_by else mode,
        seals=tuple(group.seals),
        gross_mass_kg=group.masses.get("gross"),
        vgm_kg=group.masses.get("vgm"),
        truck_plate=carried_by.plate if carried_by else None,
        position=group.cell or (place.terminal if place and not claimed else None),
        dangerous_goods=tuple(group.dangerous_goods),
        reefer_set_point_celsius=group.set_point,
        document=head.document,
    )


def _is_here(kind: ReportKind, location: str | None, claimed: str | None, sender: SenderProfile) -> bool:
    if not kind.is_of_any_port:
        return sender.is_at_port(location)
    is_unnamed = location is None and claimed is None
    return sender.is_here(location) and not (kind.is_nowhere_unless_named and is_unnamed)


def _read_container_number(eqd: Segment, where: str) -> str:
    if part(eqd, 1) not in ("CN", ""):
        raise Rejected(
            Reason.UNKNOWN_CODE,
            where,
            message=f"EQD {part(eqd, 1)[:10]} is not a container.",
            fix="Report containers only (EQD+CN).",
        )
    try:
        return parse_container_number(part(eqd, 2))
    except IdentifierInvalid as invalid:
        raise Rejected(Reason.BAD_CONTAINER_NUMBER, where, message=invalid.problem, fix=invalid.fix) from invalid


def _find_equipment(edi: EdiMessage, span: Span, group: Group) -> Segment:
    """The EQD segment; where there is none, what a reference to the equipment says in its stead."""
    if span.eqd is not None:
        return edi.split(edi.segments[span.eqd])
    return [["EQD"], ["CN"], [group.references.get("EQ", "")]]


def _read_type(case: _Case, span: Span) -> EquipmentEventType:
    code, where = case.head.code, case.head.code_where
    if span.code_at is not None:
        segment = case.edi.split(case.edi.segments[span.code_at])
        code, where = part(segment, 2).upper(), case.edi.where(span.code_at)
        if part(segment, 1) not in _OF_TRANSPORT:
            raise Rejected(
                Reason.UNKNOWN_CODE,
                where,
                message=f"A status of the category {part(segment, 1)[:10]!r} is not taken.",
                fix="Send transport statuses (STS+1).",
            )
    found = case.kind.movements.get(code)
    if found is None:
        raise Rejected(
            Reason.UNKNOWN_CODE,
            where,
            message=f"{case.edi.message_type} with the {'status' if span.code_at else 'document'} code"
            f" {code[:10]!r} is not taken.",
            fix=f"Send {case.kind.taken} in {where[-3:]}.",
        )
    return found


def _read_event_time(case: _Case, group: Group, *, where: str) -> datetime:
    """When the box moved: its own DTM, or one in the head that goes for all of the report."""
    kind = case.kind
    told = _find_told(kind.times, group.times) or _find_told(kind.times, case.head.group.times)
    if told is None:
        fix = f"Add DTM {' or '.join(kind.times[:2])}, as in DTM+{kind.times[0]}:202611211504:203'."
        raise Rejected(Reason.TIME_MISSING, where, fix=fix)
    value, format_code, index = told
    happened, is_zone_assumed = read_time(value, format_code, case.sender.time_zone, where=case.edi.where(index))
    if kind.classifier is Classifier.ACT:
        refuse_future(happened, case.message.received_at, where=case.edi.where(index))
    if is_zone_assumed and not case.sender.is_time_zone_agreed:
        group.warnings.append(Warned(Reason.TIME_ZONE_ASSUMED, case.edi.where(index)))
    return happened


def _find_told(qualifiers: tuple[str, ...], times: Mapping[str, tuple[str, str, int]]) -> tuple[str, str, int] | None:
    return next((times[qualifier] for qualifier in qualifiers if qualifier in times), None)


def _read_size_type(eqd: Segment, group: Group, where: str) -> str | None:
    # The code, or where its component is empty the description (8154), in which some write the code.
    text = part(eqd, 3) or part(eqd, 3, 3)
    if not text:
        return None
    try:
        code = parse_size_type(text)
    except IdentifierInvalid:
        group.warnings.append(Warned(Reason.VALUE_IGNORED, where))
        return None
    if is_old_size_type(code):
        group.warnings.append(Warned(Reason.OLD_SIZE_CODE, where))
    return code


def _look_up(codes: Mapping[str, T], code: str, group: Group, *, where: str) -> T | None:
    found = codes.get(code)
    if found is None and code:
        group.warnings.append(Warned(Reason.VALUE_IGNORED, where))
    return found
