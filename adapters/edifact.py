"""Our EDIFACT reader: messages out of an interchange as terminals really send them, one at a time.

It takes what can be understood in one way only: no UNB, text or blanks between segments, lines broken anywhere, wrong
counts and references each become a warning.  What could be understood in two ways (a missing terminator, a cut-off
message) is refused for that message alone.  ISO 9735.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from adapters.edifact_text import (
    BEFORE_A_TAG,
    OpenText,
    Segment,
    Separators,
    Unterminated,
    line_starts,
    mend_lines,
    open_text,
    part,
    split_segment,
    split_text,
)
from adapters.rejection import Reason, Rejected, Warned

_MAX_WARNINGS = 20
_MAX_STRAY = 10_000
# The longest of the standard, FTX with five texts of 512, stays below.
_MAX_SEGMENT = 4000
# Ten thousand containers of thirty segments each.
_MAX_SEGMENTS = 300_000
_SERVICE_TAGS = frozenset({"UNA", "UNB", "UNG", "UNH", "UNT", "UNE", "UNZ"})
_BLANKS = " \t\r\n\x1a"


@dataclass(slots=True)
class EdiMessage:
    """One message, its segments still raw (`split` cuts one up); segment numbers count from 1, UNH being 1.

    `prepared` is UNB's date and time as digits.  `broken` says why the message cannot be taken at all.
    """

    number: int
    separators: Separators
    message_type: str = ""
    reference: str = ""
    prepared: str = ""
    segments: list[str] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)
    broken: Rejected | None = None

    @property
    def path(self) -> str:
        return f"message {self.number}"

    def split(self, raw: str) -> Segment:
        return split_segment(raw, self.separators)

    def where(self, index: int) -> str:
        """The place of segments[index], as errors name it."""
        return f"message {self.number}, segment {index + 1} {self.segments[index][:3]}"

    def warn(self, reason: Reason, where: str) -> None:
        if len(self.warnings) < _MAX_WARNINGS:
            self.warnings.append(Warned(reason, where))


def messages(body: bytes) -> Iterator[EdiMessage]:
    """The messages of a body, in order; raises Rejected when there is none to be found."""
    return messages_in(open_text(body))


def messages_in(opened: OpenText) -> Iterator[EdiMessage]:
    """The same of an opened body, read no further than asked for, and one message: the trailer may warn of the last."""
    reader = _Reader(opened.separators)
    if opened.has_text_before:
        reader.early.append(Warned(Reason.TEXT_BETWEEN_SEGMENTS, "before the first segment"))
    for piece in split_text(opened):
        done = reader.take(piece)
        if done is not None:
            yield done
    yield from reader.close()


class _Reader:
    """The state between segments: the message being read, the one held back, and the interchange around them."""

    def __init__(self, separators: Separators) -> None:
        self.separators = separators
        self.early: list[Warned] = []
        self.early_fault: Rejected | None = None
        self.reading: EdiMessage | None = None
        self.held: EdiMessage | None = None
        self.header: Segment | None = None
        self.count = 0
        self.stray = 0
        self.count_here = 0
        self.has_trailer = True
        self.after_tag = ("", separators.element)
        self.line_starts = line_starts(separators.element)

    def take(self, piece: str) -> EdiMessage | None:
        """Reads one piece; gives the held-back message when the piece shows that it was not the last."""
        raw = piece.lstrip(BEFORE_A_TAG).rstrip(_BLANKS)
        if not raw:
            return None
        if not raw.isprintable() and ("\n" in raw or "\r" in raw):
            raw = self._mend(raw)
        tag = raw[:3]
        if raw[3:4] not in self.after_tag or not (len(tag) == 3 and tag.isalnum() and tag.isupper()):
            self._pass_over()
            return None
        if isinstance(piece, Unterminated) and not self._may_end_here(raw, tag):
            return None
        if tag in _SERVICE_TAGS:
            return self._take_service(tag, raw)
        if self.reading is None:
            return self._begin_headless(raw)
        self._append(self.reading, raw)
        return None

    def close(self) -> Iterator[EdiMessage]:
        """What is left when the text ends."""
        if self.reading is not None:
            last = self.reading
            last.broken = last.broken or Rejected(
                Reason.TRUNCATED, last.where(len(last.segments) - 1) if last.segments else last.path
            )
            self.reading = None
            if self.held is not None:
                yield self.held
            yield last
        elif self.held is not None:
            if not self.has_trailer:
                self.held.warn(Reason.ENVELOPE_MISSING, "UNZ")
            yield self.held
        elif self.count == 0:
            raise self.early_fault or Rejected(
                Reason.SEGMENT_MISSING, "UNH", message="The interchange holds no message.", fix="Send at least one UNH."
            )

    def _mend(self, raw: str) -> str:
        """The segment in a piece of several lines, whatever is odd about them noted."""
        mended = mend_lines(raw, self.line_starts, element=self.separators.element)
        if mended.has_text_before:
            self._pass_over()
        if mended.has_second:
            self._note_missing_terminator(mended.segment[:3])
        return mended.segment

    def _note_missing_terminator(self, tag: str) -> None:
        """Two segments run into each other: which values belong to which cannot be known."""
        message = self.reading
        if message is None:
            self.early_fault = self.early_fault or Rejected(Reason.TERMINATOR_MISSING, tag)
        else:
            where = f"{message.path}, segment {len(message.segments) + 1} {tag}"
            message.broken = message.broken or Rejected(Reason.TERMINATOR_MISSING, where)

    def _pass_over(self) -> None:
        """Text that is no segment."""
        self.stray += 1
        if self.stray > _MAX_STRAY:
            raise Rejected(Reason.NOT_EDIFACT, message="There is more text between the segments than segments.")
        self._warn(Reason.TEXT_BETWEEN_SEGMENTS)

    def _append(self, message: EdiMessage, raw: str) -> None:
        if len(message.segments) >= _MAX_SEGMENTS:
            raise Rejected(
                Reason.OVERSIZE,
                message.path,
                message=f"The message has more than {_MAX_SEGMENTS} segments.",
                fix="Send it in several parts.",
            )
        if len(raw) <= _MAX_SEGMENT:
            message.segments.append(raw)
        elif message.broken is None:
            message.broken = Rejected(
                Reason.OVERSIZE,
                f"{message.path}, segment {len(message.segments) + 1} {raw[:3]}",
                message=f"The segment is longer than {_MAX_SEGMENT} characters.",
                fix="Look for a missing terminator.",
            )

    def _may_end_here(self, raw: str, tag: str) -> bool:
        """Whether an unterminated rest is whole all the same: a trailer is, anything else is cut off."""
        if tag == "UNZ" or (tag == "UNT" and self._counts(raw)):
            self._warn(Reason.TERMINATOR_MISSING)
            return True
        if self.reading is None and self.count == 0 and tag != "UNH":
            raise self.early_fault or Rejected(Reason.TRUNCATED, tag)
        return tag == "UNH"

    def _counts(self, raw: str) -> bool:
        if self.reading is None:
            return False
        return _number(part(split_segment(raw, self.separators), 1)) == len(self.reading.segments) + 1

    def _take_service(self, tag: str, raw: str) -> EdiMessage | None:
        segment = split_segment(raw, self.separators)
        if tag == "UNH":
            return self._begin(raw, segment)
        if tag == "UNT":
            return self._end(segment)
        if tag == "UNB":
            return self._open(segment)
        return self._trail(segment) if tag == "UNZ" else None

    def _open(self, segment: Segment) -> EdiMessage | None:
        """UNB.  What came before it belongs to an interchange without a trailer."""
        done = self._break_off()
        if self.held is not None and not self.has_trailer:
            self.held.warn(Reason.ENVELOPE_MISSING, "UNZ")
        self.header, self.count_here, self.has_trailer = segment, 0, False
        return done

    def _begin(self, raw: str, segment: Segment) -> EdiMessage | None:
        done = self._break_off() or self._release()
        self.reading = self._new(part(segment, 2).upper(), part(segment, 1))
        self.reading.segments.append(raw)
        return done

    def _begin_headless(self, raw: str) -> EdiMessage | None:
        """A segment outside any message: the head is cut off."""
        done = self._release()
        self.reading = self._new("", "")
        self.reading.segments.append(raw)
        self.reading.broken = self.reading.broken or Rejected(
            Reason.SEGMENT_MISSING,
            f"{self.reading.path}, before {raw[:3]}",
            message="There is no UNH in front of this segment.",
            fix="Send each message whole, from UNH to UNT.",
        )
        return done

    def _new(self, message_type: str, reference: str) -> EdiMessage:
        self.count += 1
        self.count_here += 1
        message = EdiMessage(self.count, self.separators, message_type, reference)
        message.warnings, message.broken = self.early, self.early_fault
        self.early, self.early_fault = [], None
        if self.header is not None:
            message.prepared = part(self.header, 4) + part(self.header, 4, 1)
        elif self.count_here == 1:
            message.warn(Reason.ENVELOPE_MISSING, "UNB")
            self.has_trailer = False
        return message

    def _end(self, segment: Segment) -> EdiMessage | None:
        """UNT."""
        message, self.reading = self.reading, None
        if message is None:
            self._warn(Reason.TEXT_BETWEEN_SEGMENTS)
            return None
        if _number(part(segment, 1)) != len(message.segments) + 1:
            message.warn(Reason.COUNT_WRONG, f"{message.path}, UNT")
        if part(segment, 2) != message.reference and message.message_type:
            message.warn(Reason.ENVELOPE_WRONG, f"{message.path}, UNT")
        done, self.held = self.held, message
        return done

    def _trail(self, segment: Segment) -> EdiMessage | None:
        """UNZ."""
        done = self._break_off()
        last = self.held
        if last is not None:
            if _number(part(segment, 1)) != self.count_here:
                last.warn(Reason.COUNT_WRONG, "UNZ")
            if self.header is not None and part(segment, 2) != part(self.header, 5):
                last.warn(Reason.ENVELOPE_WRONG, "UNZ")
        self.header, self.count_here, self.has_trailer = None, 0, True
        return done

    def _break_off(self) -> EdiMessage | None:
        """Ends a message whose UNT is missing, because the next thing shows that it is over."""
        message, self.reading = self.reading, None
        if message is None:
            return None
        message.warn(Reason.ENVELOPE_MISSING, f"{message.path}, UNT")
        done, self.held = self.held, message
        return done

    def _release(self) -> EdiMessage | None:
        done, self.held = self.held, None
        return done

    def _warn(self, reason: Reason) -> None:
        if self.reading is not None:
            self.reading.warn(reason, f"{self.reading.path}, after segment {len(self.reading.segments)}")
        elif self.held is not None:
            self.held.warn(reason, f"after {self.held.path}")
        elif len(self.early) < _MAX_WARNINGS:
            self.early.append(Warned(reason, "before the first message"))


def _number(text: str) -> int | None:
    """A control count; zeros in front are common (UNT+000021)."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None
