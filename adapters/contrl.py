"""CONTRL and APERAK: what became of an interchange, in the words its sender's EDI system understands.

CONTRL says whether the interchange could be read, and which of its messages could not, and where; an APERAK for each
message that could be read but was not taken, or not wholly, says why.  Syntax version 3, in ISO 8859-1: what container
terminals read.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from adapters.edifact import EdiMessage, messages
from adapters.edifact_text import part
from adapters.interchange import InterchangeHeader, find_header
from adapters.rejection import Reason, Rejected
from port.draft import ItemResult, Receipt, Refusal

_ACKNOWLEDGED, _REJECTED = "7", "4"
_INVALID, _MISSING, _NOT_SUPPORTED, _NOT_HERE, _NOT_AGREED, _EMPTY = "12", "13", "14", "15", "17", "32"
_TOO_MANY_GROUPS, _TOO_LONG = "36", "39"
# 0085 has no word for the rest.
_UNSPECIFIED = "18"
_ERRORS: Mapping[str, str] = {
    Reason.OVERSIZE: _TOO_LONG,
    Reason.TOO_MANY_ITEMS: _TOO_MANY_GROUPS,
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
# What is wrong with the form: CONTRL tells of it.  Everything else is wrong in what it says: that is APERAK's.
_OF_SYNTAX = frozenset(
    {
        Reason.OVERSIZE,
        Reason.NO_ITEMS,
        Reason.TRUNCATED,
        Reason.TERMINATOR_MISSING,
        Reason.SEGMENT_MISSING,
        Reason.UNKNOWN_MESSAGE_TYPE,
        Reason.NOT_ALLOWED,
    }
)
# UCM itself says what is wrong with these two segments.
_ENDS = {Reason.UNKNOWN_MESSAGE_TYPE: "UNH", Reason.NOT_ALLOWED: "UNH", Reason.TRUNCATED: "UNT"}
_NUMBER = re.compile(r"message ([0-9]+)")
_SEGMENT = re.compile(r"message [0-9]+, segment ([0-9]{1,6})")
_SPECIAL = re.compile(r"([?+:'])")
_MAX_TEXT = 512
# ERC groups of an APERAK: what the standard allows is a thousand or so, told apart by nobody.
_MAX_ERRORS = 999
_NO_TYPE = "NOTYPE"
_NOBODY = InterchangeHeader("UNKNOWN", "PORT", "0")


class _Answered(NamedTuple):
    """A message that was not taken, or not wholly: its number, its names in UNH, and its refused items."""

    number: int
    reference: str
    message_type: str
    path: str
    errors: list[tuple[ItemResult, Refusal]]

    @property
    def fault(self) -> Refusal | None:
        """What is wrong with its form, if it could not be read."""
        return next((e for one, e in self.errors if one.path == self.path and e.reason in _OF_SYNTAX), None)


def answer(body: bytes, receipt: Receipt) -> bytes:
    """The interchange that answers `body` with its receipt: one CONTRL, then an APERAK where items are refused.

    It goes from whom the body was sent to back to its sender, as UNB names them; without a UNB, to UNKNOWN.
    """
    header = find_header(body) or _NOBODY
    refused: dict[int, list[tuple[ItemResult, Refusal]]] = defaultdict(list)
    for result in receipt.results:
        if result.error is not None:
            found = _NUMBER.match(result.path)
            refused[int(found[1]) if found else 0].append((result, result.error))
    whole = refused[0][0][1] if 0 in refused else None
    told = [] if whole is not None else list(_refused_messages(body, refused))
    answers = [_contrl(header, whole, [one for one in told if one.fault is not None])]
    answers += [_aperak(one, receipt) for one in told if one.fault is None]
    return _interchange(header, answers, receipt).encode("iso8859-1")


def _refused_messages(body: bytes, refused: Mapping[int, list[tuple[ItemResult, Refusal]]]) -> Iterator[_Answered]:
    """Those with refused items, as far as the body can be read again; no more than one is held at a time."""
    last = max(refused, default=0)
    try:
        for edi in messages(body):
            if edi.number in refused:
                yield _Answered(edi.number, edi.reference, _type_of(edi), edi.path, refused[edi.number])
            if edi.number >= last:
                return
    except Rejected:
        return


def _contrl(header: InterchangeHeader, whole: Refusal | None, broken: list[_Answered]) -> list[str]:
    verdict = f"{_REJECTED}+{_error_code(whole)}" if whole is not None else _ACKNOWLEDGED
    ends = f"{_named(header.sender, header.sender_qualifier)}+{_named(header.recipient, header.recipient_qualifier)}"
    lines = ["CONTRL:D:3:UN", f"UCI+{_text(header.reference or '0', 14)}+{ends}+{verdict}"]
    for one in broken:
        assert one.fault is not None
        lines += _verdict(one, one.fault)
    return lines


def _verdict(one: _Answered, fault: Refusal) -> Iterator[str]:
    """UCM, and where the fault is in a segment of the message UCS with its position, counted from UNH."""
    named = f"UCM+{_text(one.reference or '0', 14)}+{one.message_type}+{_REJECTED}"
    at = _SEGMENT.match(fault.where)
    end = next((tag for reason, tag in _ENDS.items() if reason == fault.reason), None)
    if end is not None:
        yield f"{named}+{_error_code(fault)}+{end}"
    elif at is not None:
        yield named
        yield f"UCS+{at[1]}+{_error_code(fault)}"
    else:
        yield f"{named}+{_error_code(fault)}"


def _type_of(edi: EdiMessage) -> str:
    """S009 as UNH has it; a message cut off at the head has none."""
    unh = edi.split(edi.segments[0]) if edi.segments else [[""]]
    parts = [part(unh, 2, n) for n in range(4)] if part(unh, 0) == "UNH" else [_NO_TYPE]
    return ":".join(_text(one, 6) for one in parts).rstrip(":") or _NO_TYPE


def _aperak(one: _Answered, receipt: Receipt) -> list[str]:
    lines = [
        "APERAK:D:00B:UN",
        f"BGM+313+{_text(_control_reference(receipt), 14)}{one.number}+9",
        f"DTM+137:{receipt.received_at:%Y%m%d%H%M%S}:204",
        f"RFF+ACW:{_text(one.reference or '0', 35)}",
    ]
    for result, error in one.errors[:_MAX_ERRORS]:
        lines.append(f"ERC+{_error_code(error)}")
        said = (error.reason, result.path, error.where, error.message, error.fix)
        lines.append("FTX+AAO+++" + ":".join(_text(text, _MAX_TEXT) for text in said))
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
