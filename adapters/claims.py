"""Control counts: what an EDIFACT interchange claims to hold, beside what is in it.

Counted apart from the reader that takes messages, on the segments alone: two counts of one thing by two ways are worth
more than one.  ISO 9735 UNT and UNZ; CNT with qualifier 16 counts the EQD groups.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adapters.edifact_text import BEFORE_A_TAG, Separators, open_text, part, split_segment, split_text
from adapters.rejection import Rejected
from port.reconciling import Claim

_EQUIPMENT_COUNT = "16"


def read_claims(format: str, body: bytes) -> Sequence[Claim]:
    """The control counts that do not fit; () for a format that has none, and for a body that is no interchange."""
    if format != "edifact":
        return ()
    try:
        return tuple(_wrong(body))
    except Rejected:
        return ()


def _wrong(body: bytes) -> Iterator[Claim]:
    opened = open_text(body)
    messages = segments = boxes = 0
    for piece in split_text(opened):
        raw = piece.strip(BEFORE_A_TAG)
        tag = raw[:3]
        segments += bool(raw)
        if tag == "UNH":
            messages, segments, boxes = messages + 1, 1, 0
        elif tag == "EQD":
            boxes += 1
        elif tag == "CNT":
            yield from _compared(raw, opened.separators, f"message {messages}", found=boxes)
        elif tag in ("UNT", "UNZ"):
            found = segments if tag == "UNT" else messages
            where = f"message {messages}" if tag == "UNT" else "interchange"
            claimed = _number(part(split_segment(raw, opened.separators), 1))
            if claimed is not None and claimed != found:
                yield Claim(tag, where, claimed, found)


def _compared(raw: str, separators: Separators, where: str, *, found: int) -> Iterator[Claim]:
    segment = split_segment(raw, separators)
    claimed = _number(part(segment, 1, 1))
    if part(segment, 1) == _EQUIPMENT_COUNT and claimed not in (None, found):
        yield Claim("CNT", where, claimed or 0, found)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None
