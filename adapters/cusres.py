"""CUSRES, customs response: what customs says of a declaration, sent by customs or handed on by the declarant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from adapters.edifact import EdiMessage
from adapters.edifact_text import Segment, part
from adapters.edifact_times import read_time
from adapters.rejection import Reason, Rejected, Warned
from adapters.seam import Accepted, Item, Message, Refused, SenderProfile, refuse_future
from events.identifiers import IdentifierInvalid, parse_container_number, parse_declaration_number
from events.types import CustomsNotice, NoticeStatus

# 7365.  9 waits for the goods to arrive, 8 lets them move on under customs' eyes: neither changes a box's status.
_STATUSES = {
    "1": NoticeStatus.ACCEPTED,
    "2": NoticeStatus.REJECTED,
    "3": NoticeStatus.REJECTED,
    "4": NoticeStatus.RELEASED,
    "5": NoticeStatus.INSPECTION_ORDERED,
    "6": NoticeStatus.UNDER_REVIEW,
    "7": NoticeStatus.HELD,
    "8": NoticeStatus.TIMELINE_ONLY,
    "9": NoticeStatus.ACCEPTED,
}
# 1153: declaration numbers of customs, and the declarant's own reference for the time before there is one.
_NUMBERS = ("ABT", "AAE")
_OWN_REFERENCE = "ABE"
# 2005: cleared by customs, processed, as of; failing those the response's own date.
_TIMES = ("58", "9", "334", "137")
_PLACE_OF_EXAMINATION = "43"
_MAX_NOTE = 1000
_MAX_CONTAINERS = 2000


class _Said(NamedTuple):
    """What all statuses of one response share."""

    references: dict[str, tuple[str, str]]
    times: dict[str, tuple[str, str, str]]
    containers: tuple[str, ...]
    site: str | None
    note: str | None


def decode(edi: EdiMessage, message: Message, sender: SenderProfile) -> Iterator[Item]:
    """One notice per processing indicator (GIS, from D.99B GEI), in message order.

    Refused items: UNKNOWN_CODE (7365, date format), BAD_VALUE (number, date), FIELD_MISSING, TIME_MISSING,
    DATE_WITHOUT_TIME, FUTURE_TIME.  Raises Rejected: SEGMENT_MISSING without BGM or indicator, UNKNOWN_CODE for a
    cancellation, BAD_CONTAINER_NUMBER, TOO_MANY_ITEMS.  UN/EDIFACT D.95B to D.01B,
    CUSRES.
    """
    segments = [(edi.split(raw), edi.where(n)) for n, raw in enumerate(edi.segments)]
    _check_head(segments, edi)
    said = _read(segments)
    indicators = [(segment, where) for segment, where in segments if segment[0][0] in ("GIS", "GEI")]
    if not indicators:
        raise Rejected(Reason.SEGMENT_MISSING, edi.path, message="There is no GIS or GEI: it says nothing of a status.")
    notes = tuple(edi.warnings)
    for number, (segment, where) in enumerate(indicators, 1):
        path = f"{edi.path}, {segment[0][0]} {number}"
        try:
            fact, warnings = _notice(segment, said, where=where, message=message, sender=sender)
            yield Accepted(fact, path, (*notes, *warnings))
        except Rejected as refusal:
            yield Refused(refusal, path, notes)
        notes = ()


def _check_head(segments: list[tuple[Segment, str]], edi: EdiMessage) -> None:
    head = next((found for found in segments if found[0][0][0] == "BGM"), None)
    if head is None:
        raise Rejected(Reason.SEGMENT_MISSING, edi.path, message="There is no BGM.")
    if part(head[0], 3) == "1":
        raise Rejected(
            Reason.UNKNOWN_CODE,
            head[1],
            message="A response cannot be cancelled.",
            fix="Send a new response with the status that holds now.",
        )


def _read(segments: list[tuple[Segment, str]]) -> _Said:
    references: dict[str, tuple[str, str]] = {}
    times: dict[str, tuple[str, str, str]] = {}
    containers: dict[str, None] = {}
    texts: list[str] = []
    site = None
    for segment, where in segments:
        tag, first = segment[0][0], part(segment, 1)
        if tag == "RFF" and part(segment, 1, 1):
            references.setdefault(first, (part(segment, 1, 1), where))
        elif tag == "DTM" and part(segment, 1, 1):
            times.setdefault(first, (part(segment, 1, 1), part(segment, 1, 2), where))
        elif tag == "EQD":
            containers[_read_container(segment, where)] = None
        elif tag == "LOC" and first == _PLACE_OF_EXAMINATION:
            site = part(segment, 2)[:35] or None
        elif tag == "FTX":
            texts += [text for n in range(5) if (text := part(segment, 4, n))]
    if len(containers) > _MAX_CONTAINERS:
        raise Rejected(Reason.TOO_MANY_ITEMS, "EQD", message=f"It names more than {_MAX_CONTAINERS} containers.")
    return _Said(references, times, tuple(containers), site, " ".join(texts)[:_MAX_NOTE] or None)


def _read_container(segment: Segment, where: str) -> str:
    try:
        return parse_container_number(part(segment, 2))
    except IdentifierInvalid as invalid:
        raise Rejected(Reason.BAD_CONTAINER_NUMBER, where, message=invalid.problem, fix=invalid.fix) from invalid


def _notice(
    segment: Segment, said: _Said, *, where: str, message: Message, sender: SenderProfile
) -> tuple[CustomsNotice, tuple[Warned, ...]]:
    # GIS+4 or GEI+5+4: the indicator, which GEI puts behind what kind of indicator it is.
    code = part(segment, 1) if segment[0][0] == "GIS" else part(segment, 2)
    status = _STATUSES.get(code)
    if status is None:
        raise Rejected(
            Reason.UNKNOWN_CODE,
            where,
            message=f"The processing indicator {code[:10]!r} is not taken.",
            fix=f"Send one of {', '.join(_STATUSES)} (7365).",
        )
    number, own = _read_declaration(said, where)
    told, warnings = _read_notice_time(said, where, message=message, sender=sender)
    notice = CustomsNotice(
        declaration_number=number,
        seq_no=own,
        status=status,
        notice_datetime=told,
        containers=said.containers,
        site=said.site,
        note=said.note,
    )
    return notice, warnings


def _read_declaration(said: _Said, where: str) -> tuple[str | None, str | None]:
    """The declaration's number, or the declarant's own reference."""
    for qualifier in _NUMBERS:
        if qualifier in said.references:
            text, place = said.references[qualifier]
            try:
                return parse_declaration_number(text), None
            except IdentifierInvalid as invalid:
                raise Rejected(Reason.BAD_VALUE, place, message=invalid.problem, fix=invalid.fix) from invalid
    if _OWN_REFERENCE in said.references:
        return None, said.references[_OWN_REFERENCE][0][:35]
    raise Rejected(
        Reason.FIELD_MISSING,
        where,
        message="Nothing says which declaration this is.",
        fix="Add RFF+ABT with the 18 digits, or before there are any RFF+ABE with the declarant's reference.",
    )


def _read_notice_time(
    said: _Said, where: str, *, message: Message, sender: SenderProfile
) -> tuple[datetime, tuple[Warned, ...]]:
    told = next((said.times[qualifier] for qualifier in _TIMES if qualifier in said.times), None)
    if told is None:
        raise Rejected(Reason.TIME_MISSING, where, fix="Add DTM 9 or 58, as in DTM+9:202611211504:203'.")
    value, format_code, place = told
    at, is_zone_assumed = read_time(value, format_code, sender.time_zone, where=place)
    refuse_future(at, message.received_at, where=place)
    is_worth_saying = is_zone_assumed and not sender.is_time_zone_agreed
    return at, (Warned(Reason.TIME_ZONE_ASSUMED, place),) if is_worth_saying else ()
