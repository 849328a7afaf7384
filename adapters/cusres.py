"""CUSRES, customs response: what customs says of declarations, sent by customs or handed on by the declarant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from adapters.cusres_groups import Declaration, Indicator, Response, read_response
from adapters.edifact import EdiMessage
from adapters.edifact_times import read_time
from adapters.rejection import Reason, Rejected, Warned
from adapters.seam import Accepted, Item, Message, Refused, SenderProfile, refuse_future
from events.identifiers import IdentifierInvalid, parse_declaration_number
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
# 3055: who keeps the list a code is from; nobody or UN/ECE means the list above.
_OUR_AGENCIES = ("", "6")
# 1153: declaration numbers of customs, and the declarant's own reference for the time before there is one.
_NUMBERS = ("ABT", "AAE")
_OWN_REFERENCE = "ABE"
# 2005: cleared by customs, processed, as of; failing those the response's own date.
_TIMES = ("58", "9", "334", "137")
_MAX_NOTE = 1000


def decode(edi: EdiMessage, message: Message, sender: SenderProfile) -> Iterator[Item]:
    """One notice per processing indicator (GIS, from D.99B GEI) and declaration it is about, in message order.

    Refused items: UNKNOWN_CODE (7365, date format), BAD_VALUE (number, date), FIELD_MISSING, TIME_MISSING,
    DATE_WITHOUT_TIME, FUTURE_TIME, SEGMENT_MISSING (a declaration of which nothing is said).  Raises Rejected:
    SEGMENT_MISSING without BGM or indicator, UNKNOWN_CODE for a cancellation, BAD_CONTAINER_NUMBER, TOO_MANY_ITEMS.
    UN/EDIFACT D.95B to D.01B, CUSRES.
    """
    response = read_response(edi)
    notes = tuple(edi.warnings)
    several = len(response.declarations) > 1
    for indicator in response.indicators:
        for declaration in indicator.about:
            path = f"{edi.path}, {indicator.label}"
            yield _item(
                response,
                indicator,
                declaration,
                path=f"{path}, {declaration.label}" if several else path,
                notes=notes,
                message=message,
                sender=sender,
            )
            notes = ()
    for declaration in response.unmentioned():
        said = Rejected(
            Reason.SEGMENT_MISSING,
            declaration.where,
            message="Nothing is said of this declaration.",
            fix="Put a GIS or GEI after its RFF, or one for all of them before the first RFF.",
        )
        yield Refused(said, f"{edi.path}, {declaration.label}", notes)
        notes = ()


def _item(
    response: Response,
    indicator: Indicator,
    declaration: Declaration,
    *,
    path: str,
    notes: tuple[Warned, ...],
    message: Message,
    sender: SenderProfile,
) -> Item:
    try:
        status = _read_status(indicator)
        number, own = _read_numbers(declaration, indicator.where)
        told, warnings = _read_notice_time(response, declaration, indicator.where, message=message, sender=sender)
    except Rejected as refusal:
        return Refused(refusal, path, notes)
    head = response.head
    notice = CustomsNotice(
        declaration_number=number,
        seq_no=own,
        status=status,
        notice_datetime=told,
        containers=tuple({**head.containers, **declaration.containers}),
        site=declaration.site or head.site,
        note=" ".join([*head.texts, *declaration.texts])[:_MAX_NOTE] or None,
    )
    return Accepted(notice, path, (*notes, *warnings))


def _read_status(indicator: Indicator) -> NoticeStatus:
    found = _STATUSES.get(indicator.code)
    if found is not None and indicator.agency in _OUR_AGENCIES:
        return found
    of_whom = "" if indicator.agency in _OUR_AGENCIES else f" of the list kept by {indicator.agency[:10]!r}"
    raise Rejected(
        Reason.UNKNOWN_CODE,
        indicator.where,
        message=f"The processing indicator {indicator.code[:10]!r}{of_whom} is not taken.",
        fix=f"Send one of {', '.join(_STATUSES)} (7365), without a code list of your own.",
    )


def _read_numbers(declaration: Declaration, where: str) -> tuple[str | None, str | None]:
    """The declaration's number, or the declarant's own reference."""
    for qualifier in _NUMBERS:
        if qualifier in declaration.references:
            text, place = declaration.references[qualifier]
            try:
                return parse_declaration_number(text), None
            except IdentifierInvalid as invalid:
                raise Rejected(Reason.BAD_VALUE, place, message=invalid.problem, fix=invalid.fix) from invalid
    if _OWN_REFERENCE in declaration.references:
        return None, declaration.references[_OWN_REFERENCE][0][:35]
    raise Rejected(
        Reason.FIELD_MISSING,
        where,
        message="Nothing says which declaration this is.",
        fix="Add RFF+ABT with the 18 digits, or before there are any RFF+ABE with the declarant's reference.",
    )


def _read_notice_time(
    response: Response, declaration: Declaration, where: str, *, message: Message, sender: SenderProfile
) -> tuple[datetime, tuple[Warned, ...]]:
    """When customs said so: the declaration's own time goes before the response's."""
    told = declaration.find_time(_TIMES) or response.head.find_time(_TIMES)
    if told is None:
        raise Rejected(Reason.TIME_MISSING, where, fix="Add DTM 9 or 58, as in DTM+9:202611211504:203'.")
    value, format_code, place = told
    at, is_zone_assumed = read_time(value, format_code, sender.time_zone, where=place)
    refuse_future(at, message.received_at, where=place)
    is_worth_saying = is_zone_assumed and not sender.is_time_zone_agreed
    return at, (Warned(Reason.TIME_ZONE_ASSUMED, place),) if is_worth_saying else ()
