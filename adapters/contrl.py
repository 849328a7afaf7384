"""CONTRL and APERAK: what became of an interchange, in the words its sender's EDI system understands.

CONTRL says whether the interchange could be read, and which of its messages could not; an APERAK for each message with
refused items says which and why.  Syntax version 3, in ISO 8859-1: what container terminals read.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from adapters.edifact import EdiMessage, messages
from adapters.edifact_text import part
from adapters.interchange import InterchangeHeader, find_header
from adapters.rejection import Reason, Rejected
from port.draft import ItemResult, Receipt, Refusal

_ACKNOWLEDGED, _REJECTED = "7", "4"
_INVALID, _MISSING, _NOT_SUPPORTED, _NOT_HERE, _TOO_MUCH, _NOT_AGREED, _EMPTY = "12", "13", "14", "15", "16", "17", "32"
# 0085 has no word for the rest.
_UNSPECIFIED = "18"
_ERRORS: Mapping[str, str] = {
    Reason.OVERSIZE: _TOO_MUCH,
    Reason.TOO_MANY_ITEMS: _TOO_MUCH,
    Reason.NO_ITEMS: _EMPTY,
    Reason.TRUNCATED: _MISSING,
    Reason.TERMINATOR_MISSING: _MISSING,
    Reason.SEGMENT_MISSING: _MISSING,
    Reason.UNKNOWN_MESSAGE_TYPE: _NOT_SUPPORTED,
    Reason.UNKNOWN_FIELD: _NOT_HERE,
    Reason.FIELD_MISSING: _MISSING,
    Reason.BAD_VALUE: _INVALID,
    Reason.UNKNOWN_CODE: _NOT_SUPPORTED,
    Reason.BAD_CONTAINER_NUMBER: _INVALID,
    Reason.TIME_MISSING: _MISSING,
    Reason.DATE_WITHOUT_TIME: _MISSING,
    Reason.FUTURE_TIME: _INVALID,
    Reason.NOT_ALLOWED: _NOT_AGREED,
    Reason.FACILITY_MISSING: _MISSING,
    Reason.FOREIGN_FACILITY: _NOT_AGREED,
}
_NUMBER = re.compile(r"message ([0-9]+)")
_SPECIAL = re.compile(r"([?+:'])")
_MAX_TEXT = 512
_NO_TYPE = "NOTYPE"
_NOBODY = InterchangeHeader("UNKNOWN", "PORT", "0")


def answer(body: bytes, receipt: Receipt) -> bytes:
    """The interchange that answers `body` with its receipt: one CONTRL, then an APERAK where items are refused.

    It goes from whom the body was sent to back to its sender, as UNB names them; without a UNB, to UNKNOWN.
    """
    header = find_header(body) or _NOBODY
    by_message: dict[int, list[ItemResult]] = defaultdict(list)
    for result in receipt.results:
        found = _NUMBER.match(result.path)
        by_message[int(found[1]) if found else 0].append(result)
    told = _messages_of(body)
    answers = [_contrl(header, told, by_message)]
    answers += [
        _aperak(edi, errors, receipt)
        for edi in told
        if (errors := [(one, one.error) for one in by_message[edi.number] if one.error is not None])
        and errors[0][0].path != edi.path
    ]
    return _interchange(header, answers, receipt).encode("iso8859-1")


def _messages_of(body: bytes) -> list[EdiMessage]:
    """The messages as far as they were read; a fault further on refused the whole interchange."""
    told: list[EdiMessage] = []
    try:
        told.extend(messages(body))
    except Rejected:
        return []
    return told


def _contrl(header: InterchangeHeader, told: list[EdiMessage], by_message: Mapping[int, list[ItemResult]]) -> list[str]:
    whole = next((result.error for result in by_message.get(0, ()) if result.error is not None), None)
    verdict = f"{_REJECTED}+{_error_code(whole)}" if whole is not None else _ACKNOWLEDGED
    ends = f"{_named(header.sender, header.sender_qualifier)}+{_named(header.recipient, header.recipient_qualifier)}"
    lines = ["CONTRL:D:3:UN", f"UCI+{_text(header.reference or '0', 14)}+{ends}+{verdict}"]
    for edi in told if whole is None else ():
        refused = next(
            (one.error for one in by_message.get(edi.number, ()) if one.path == edi.path and one.error), None
        )
        if refused is not None:
            lines.append(f"UCM+{_text(edi.reference or '0', 14)}+{_type_of(edi)}+{_REJECTED}+{_error_code(refused)}")
    return lines


def _type_of(edi: EdiMessage) -> str:
    """S009 as UNH has it; a message cut off at the head has none."""
    unh = edi.split(edi.segments[0]) if edi.segments else [[""]]
    parts = [part(unh, 2, n) for n in range(4)] if part(unh, 0) == "UNH" else [_NO_TYPE]
    return ":".join(_text(one, 6) for one in parts).rstrip(":") or _NO_TYPE


def _aperak(edi: EdiMessage, errors: list[tuple[ItemResult, Refusal]], receipt: Receipt) -> list[str]:
    lines = [
        "APERAK:D:00B:UN",
        f"BGM+313+{_text(_control_reference(receipt), 14)}{edi.number}+9",
        f"DTM+137:{receipt.received_at:%Y%m%d%H%M%S}:204",
        f"RFF+ACW:{_text(edi.reference or '0', 35)}",
    ]
    for result, error in errors:
        lines.append(f"ERC+{_error_code(error)}")
        said = (error.reason, result.path, error.where, error.message, error.fix)
        lines.append("FTX+AAO+++" + ":".join(_text(one, _MAX_TEXT) for one in said))
    return lines


def _interchange(header: InterchangeHeader, answers: list[list[str]], receipt: Receipt) -> str:
    reference = _control_reference(receipt)
    sender = _named(header.recipient, header.recipient_qualifier)
    recipient = _named(header.sender, header.sender_qualifier)
    return "".join(
        f"{segment}'\n"
        for segment in (
            f"UNB+UNOC:3+{sender}+{recipient}+{receipt.received_at:%y%m%d:%H%M}+{reference}",
            *_enveloped(answers),
            f"UNZ+{len(answers)}+{reference}",
        )
    )


def _enveloped(answers: list[list[str]]) -> Iterator[str]:
    for number, (kind, *lines) in enumerate(answers, 1):
        yield f"UNH+{number}+{kind}"
        yield from lines
        yield f"UNT+{len(lines) + 2}+{number}"


def _control_reference(receipt: Receipt) -> str:
    """Of the receipt, so that a repeat is answered under the same; a dry run has none."""
    return receipt.receipt_id.replace("-", "")[-14:].upper() or "0"


def _error_code(error: Refusal) -> str:
    return _ERRORS.get(error.reason, _UNSPECIFIED)


def _named(name: str, qualifier: str) -> str:
    return _text(name or "UNKNOWN", 35) + (f":{_text(qualifier, 4)}" if qualifier else "")


def _text(value: str, length: int) -> str:
    """At most so many characters of ISO 8859-1 that print, signs escaped."""
    plain = "".join(sign if sign.isprintable() and ord(sign) < 256 else "." for sign in value[:length])
    return _SPECIAL.sub(r"?\1", plain)
