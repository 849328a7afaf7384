"""`dec-result`: receipts of Chinese customs in XML, both generations, bare or wrapped in a DxpMsg.

The old ones are DEC_DATA/DEC_RESULT in GB2312 with SEQ_NO; those of the single window are DEC_RESULT in UTF-8 with
CUS_CIQ_NO.  Read by the standard library's expat after every document type declaration is refused: without one there
are no entities to expand and nothing outside to fetch.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree import ElementTree

from adapters.rejection import Reason, Rejected, Warned
from adapters.seam import CHINA, Accepted, Item, Message, Refused, SenderProfile, limited, refuse_future
from adapters.slices import sliced
from events.identifiers import IdentifierInvalid, parse_declaration_number
from events.types import CustomsNotice, NoticeStatus

# The contract's reading of the CHANNEL codes, not confirmed by customs.  C is called a notice of inspection within
# paperless release: taken as an order to inspect until customs says otherwise, as the other reading lets a box go.
_CHANNELS = (
    dict.fromkeys("L", NoticeStatus.ACCEPTED)
    | dict.fromkeys("JWFGMTU", NoticeStatus.UNDER_REVIEW)
    | dict.fromkeys("C", NoticeStatus.INSPECTION_ORDERED)
    | dict.fromkeys("IPB", NoticeStatus.RELEASED)
    | dict.fromkeys("H", NoticeStatus.HELD)
    | dict.fromkeys("EZ", NoticeStatus.REJECTED)
    | dict.fromkeys("AD", NoticeStatus.CANCELLED)
    | dict.fromkeys("RX#79SY", NoticeStatus.TIMELINE_ONLY)
)
_DECLARED_ENCODING = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_PROLOG = re.compile(r"^\s*<\?xml.*?\?>", re.DOTALL)
_OLD_TIME = re.compile(r"([0-9]{8})T([0-9]{6})(?:[0-9]{2})?")
_NEW_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?")
_DATE = re.compile(r"[0-9]{8}|[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MAX_NOTE = 1000
_MAX_NUMBER = 35
# About a millisecond's work.
_ITEMS_PER_SLICE = 100


def decode(message: Message, sender: SenderProfile) -> Iterator[Item]:
    """One item per DEC_RESULT, in document order.

    Refused items: UNKNOWN_CODE (CHANNEL), FIELD_MISSING, BAD_VALUE, TIME_MISSING, DATE_WITHOUT_TIME, FUTURE_TIME.
    Raises Rejected: NOT_XML, NO_ITEMS, TOO_MANY_ITEMS.  Times have no zone and are Beijing's, whoever sends
    the receipt on.
    """
    results = _find_results(_parse(message.body))
    if not results:
        raise Rejected(Reason.NO_ITEMS, "DEC_RESULT", message="There is no DEC_RESULT in the document.")
    items = (_read(result, f"DEC_RESULT[{n}]", message=message, sender=sender) for n, result in enumerate(results))
    return limited(sliced(items, message.body, every=_ITEMS_PER_SLICE))


def _parse(body: bytes) -> ElementTree.Element:
    text = _decode_text(body)
    # In any encoding: what is parsed is this text, so nothing can hide from the search.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Rejected(
            Reason.NOT_XML, message="The document has a document type declaration.", fix="Send it without DOCTYPE."
        )
    try:
        return ElementTree.fromstring(_PROLOG.sub("", text, count=1))
    except ElementTree.ParseError as error:
        raise Rejected(Reason.NOT_XML, message=f"The body is not well-formed XML: {error}.") from error


def _decode_text(body: bytes) -> str:
    """As the prolog says: GB18030 for every GB charset, which it contains, and for what is not the UTF-8 it claims."""
    declared = _DECLARED_ENCODING.match(body.removeprefix(b"\xef\xbb\xbf"))
    is_chinese = declared is not None and declared[1].lower().startswith(b"gb")
    for charset in ("gb18030", "utf-8-sig") if is_chinese else ("utf-8-sig", "gb18030"):
        try:
            return body.decode(charset)
        except UnicodeDecodeError:
            continue
    raise Rejected(Reason.NOT_XML, message="The body is neither UTF-8 nor GB2312.")


def _find_results(root: ElementTree.Element) -> list[ElementTree.Element]:
    """The receipts of a document; in a DxpMsg those of the documents its Data elements carry as base64."""
    if _tag(root) != "DxpMsg":
        return [element for element in root.iter() if _tag(element) == "DEC_RESULT"]
    return [
        result
        for data in root.iter()
        if _tag(data) == "Data"
        for result in _parse(_unwrap(data.text or "")).iter()
        if _tag(result) == "DEC_RESULT"
    ]


def _unwrap(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Rejected(Reason.NOT_XML, "DxpMsg/Data", message="The Data of the DxpMsg is not base64.") from error


def _tag(element: ElementTree.Element) -> str:
    """The name without its namespace."""
    return element.tag.rpartition("}")[2]


def _read(result: ElementTree.Element, path: str, *, message: Message, sender: SenderProfile) -> Item:
    fields = {_tag(child): (child.text or "").strip() for child in result}
    warnings: list[Warned] = []
    try:
        return Accepted(_notice_of(fields, path, message, warnings=warnings, sender=sender), path, tuple(warnings))
    except Rejected as refusal:
        return Refused(refusal, path, tuple(warnings))


def _notice_of(
    fields: dict[str, str], path: str, message: Message, *, warnings: list[Warned], sender: SenderProfile
) -> CustomsNotice:
    channel = fields.get("CHANNEL", "")
    status = _read_channel(channel, f"{path}/CHANNEL")
    declaration_number = _read_entry_id(fields.get("ENTRY_ID", ""), path, warnings)
    seq_no, cus_ciq_no = fields.get("SEQ_NO", "")[:_MAX_NUMBER], fields.get("CUS_CIQ_NO", "")[:_MAX_NUMBER]
    if not (declaration_number or seq_no or cus_ciq_no):
        raise Rejected(
            Reason.FIELD_MISSING,
            path,
            message="Nothing says which declaration this is.",
            fix="Send ENTRY_ID, or before there is one SEQ_NO or CUS_CIQ_NO.",
        )
    at = _read_time(fields.get("NOTICE_DATE", ""), f"{path}/NOTICE_DATE")
    refuse_future(at, message.received_at, where=f"{path}/NOTICE_DATE")
    if not sender.is_time_zone_agreed:
        warnings.append(Warned(Reason.TIME_ZONE_ASSUMED, f"{path}/NOTICE_DATE"))
    return CustomsNotice(
        declaration_number=declaration_number,
        seq_no=seq_no or None,
        cus_ciq_no=cus_ciq_no or None,
        status=status,
        notice_datetime=at,
        note=fields.get("NOTE", "")[:_MAX_NOTE] or None,
        channel=channel,
    )


def _read_channel(channel: str, where: str) -> NoticeStatus:
    if not channel:
        raise Rejected(Reason.FIELD_MISSING, where, message="CHANNEL is missing.")
    if channel not in _CHANNELS:
        raise Rejected(
            Reason.UNKNOWN_CODE,
            where,
            message=f"The CHANNEL code {channel[:10]!r} is not known here.",
            fix="The receipt is kept: tell the port what the code means, and it will be read again.",
        )
    return _CHANNELS[channel]


def _read_entry_id(text: str, path: str, warnings: list[Warned]) -> str | None:
    """The declaration number; before there is one some put a provisional text there, which names nothing."""
    if not text:
        return None
    try:
        return parse_declaration_number(text)
    except IdentifierInvalid:
        warnings.append(Warned(Reason.VALUE_IGNORED, f"{path}/ENTRY_ID"))
        return None


def _read_time(text: str, where: str) -> datetime:
    """20180208T15032200 of the old generation (with hundredths), 2024-04-17T09:15:03 of the new."""
    if not text:
        raise Rejected(Reason.TIME_MISSING, where)
    if _DATE.fullmatch(text):
        raise Rejected(Reason.DATE_WITHOUT_TIME, where, message=f"{text} is a date without a time of day.")
    old = _OLD_TIME.fullmatch(text)
    if old or _NEW_TIME.fullmatch(text):
        try:
            at = datetime.fromisoformat(f"{old[1]}T{old[2]}" if old else text)
            return at.replace(tzinfo=CHINA).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise Rejected(
        Reason.BAD_VALUE,
        where,
        message=f"{text[:40]!r} is not the time of a receipt.",
        fix="Write it as in 2026-11-21T15:04:05.",
    )
