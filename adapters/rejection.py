"""The closed list of reasons why an item is refused or taken with a warning, each with words for a programmer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why something was refused or remarked on.  Partners code against these names: add, never rename."""

    # The body cannot be cut into items.
    NOT_JSON = "NOT_JSON"
    NOT_EDIFACT = "NOT_EDIFACT"
    NOT_XML = "NOT_XML"
    OVERSIZE = "OVERSIZE"
    TOO_MANY_ITEMS = "TOO_MANY_ITEMS"
    NO_ITEMS = "NO_ITEMS"
    TRUNCATED = "TRUNCATED"
    TERMINATOR_MISSING = "TERMINATOR_MISSING"
    SEGMENT_MISSING = "SEGMENT_MISSING"
    UNKNOWN_MESSAGE_TYPE = "UNKNOWN_MESSAGE_TYPE"
    # A field is wrong.
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    FIELD_MISSING = "FIELD_MISSING"
    BAD_VALUE = "BAD_VALUE"
    UNKNOWN_CODE = "UNKNOWN_CODE"
    BAD_CONTAINER_NUMBER = "BAD_CONTAINER_NUMBER"
    TIME_MISSING = "TIME_MISSING"
    TIME_WITHOUT_ZONE = "TIME_WITHOUT_ZONE"
    DATE_WITHOUT_TIME = "DATE_WITHOUT_TIME"
    FUTURE_TIME = "FUTURE_TIME"
    # The sender may not say this.
    NOT_ALLOWED = "NOT_ALLOWED"
    FACILITY_MISSING = "FACILITY_MISSING"
    FOREIGN_FACILITY = "FOREIGN_FACILITY"
    FOREIGN_DECLARANT = "FOREIGN_DECLARANT"
    # Our fault.
    INTERNAL_ERROR = "INTERNAL_ERROR"
    # Taken, with a warning.
    REFERENCE_REUSED = "REFERENCE_REUSED"
    COUNT_WRONG = "COUNT_WRONG"
    ENVELOPE_MISSING = "ENVELOPE_MISSING"
    ENVELOPE_WRONG = "ENVELOPE_WRONG"
    TEXT_BETWEEN_SEGMENTS = "TEXT_BETWEEN_SEGMENTS"
    TIME_ZONE_ASSUMED = "TIME_ZONE_ASSUMED"
    OLD_SIZE_CODE = "OLD_SIZE_CODE"
    BAD_VESSEL_NUMBER = "BAD_VESSEL_NUMBER"
    VALUE_IGNORED = "VALUE_IGNORED"


WARNINGS = frozenset(
    {
        Reason.REFERENCE_REUSED,
        Reason.COUNT_WRONG,
        Reason.ENVELOPE_MISSING,
        Reason.ENVELOPE_WRONG,
        Reason.TEXT_BETWEEN_SEGMENTS,
        Reason.TIME_ZONE_ASSUMED,
        Reason.OLD_SIZE_CODE,
        Reason.BAD_VESSEL_NUMBER,
        Reason.VALUE_IGNORED,
    }
)

# What it means, and how to mend it: used where nothing more exact can be said.
TEXTS: dict[Reason, tuple[str, str]] = {
    Reason.NOT_JSON: ("The body is not JSON.", "Send one JSON object, encoded as UTF-8."),
    Reason.NOT_EDIFACT: (
        "The body holds no EDIFACT interchange.",
        "Begin with UNA or UNB, or with UNH for a message without an envelope.",
    ),
    Reason.NOT_XML: ("The body is not a receipt in XML.", "Send the receipt as customs gave it, DEC_RESULT or DxpMsg."),
    Reason.OVERSIZE: ("The body is too large.", "Send it in several parts: JSON up to 1 MB, EDIFACT up to 10 MB."),
    Reason.TOO_MANY_ITEMS: ("The message has more than 10,000 items.", "Send it in several parts."),
    Reason.NO_ITEMS: ("The message says nothing: it has no items.", "Send at least one item."),
    Reason.TRUNCATED: (
        "The message is cut off: the body ends before its UNT.",
        "Send the message again, whole; the complete messages before it were taken.",
    ),
    Reason.TERMINATOR_MISSING: (
        "A segment does not end with the segment terminator.",
        "End each segment with ' (or with what UNA names); a line break alone ends nothing.",
    ),
    Reason.SEGMENT_MISSING: ("A segment that must be there is missing.", "Add the segment."),
    Reason.UNKNOWN_MESSAGE_TYPE: (
        "This message type is not taken.",
        "Send CODECO, COARRI, COPRAR, BAPLIE, IFTSTA or CUSRES.",
    ),
    Reason.UNKNOWN_FIELD: ("There is no such field here.", "Leave it out, or compare its spelling with the contract."),
    Reason.FIELD_MISSING: ("A field that must be there is missing.", "Add the field."),
    Reason.BAD_VALUE: ("The value cannot be read.", "Compare its type and form with the contract."),
    Reason.UNKNOWN_CODE: ("The code is not one of those taken.", "Send one of the codes the contract lists."),
    Reason.BAD_CONTAINER_NUMBER: (
        "This is not a container number.",
        "Send the owner's three letters, then U, J or Z, then six digits and the check digit, as in CSQU3054383.",
    ),
    Reason.TIME_MISSING: ("It does not say when it happened.", "Add the date and time of the movement itself."),
    Reason.TIME_WITHOUT_ZONE: (
        "The time has no zone.",
        "Add the offset from UTC, as in 2026-11-21T15:04:05+08:00.",
    ),
    Reason.DATE_WITHOUT_TIME: ("There is a date without a time of day.", "Send the time of the movement too."),
    Reason.FUTURE_TIME: (
        "It is said to have happened, at a time that has not come yet.",
        "Check the clock and the zone; for a plan or an estimate use the classifier PLN or EST.",
    ),
    Reason.NOT_ALLOWED: ("A sender of this role may not send this.", "Ask the port for a key of the right role."),
    Reason.FACILITY_MISSING: (
        "It does not say at which facility, and your key does not stand for exactly one.",
        "Name the facility in the message.",
    ),
    Reason.FOREIGN_FACILITY: (
        "The facility is somebody else's.",
        "Name one of your own facilities, or none if your key has only one.",
    ),
    Reason.FOREIGN_DECLARANT: ("The declarant is somebody else.", "Send your own declarations, with your own code."),
    Reason.INTERNAL_ERROR: (
        "We failed to read this; it is kept, and will be looked at.",
        "Nothing to mend on your side: it will be read again once the fault is repaired.",
    ),
    Reason.REFERENCE_REUSED: ("The interchange reference was used before.", "Count the UNB reference on."),
    Reason.COUNT_WRONG: (
        "A control count does not fit.",
        "Count segments (UNT), containers (CNT), messages (UNZ) anew.",
    ),
    Reason.ENVELOPE_MISSING: ("A part of the envelope is missing.", "Send UNB, UNH, UNT and UNZ."),
    Reason.ENVELOPE_WRONG: ("A trailer names another reference than its header.", "Repeat the header's reference."),
    Reason.TEXT_BETWEEN_SEGMENTS: ("Text between the segments was passed over.", "Send segments only."),
    Reason.TIME_ZONE_ASSUMED: ("The time has no zone; your local time was assumed.", "Agree a zone with the port."),
    Reason.OLD_SIZE_CODE: (
        "The size and type code is of an old edition.",
        "Send the four characters of ISO 6346:2022.",
    ),
    Reason.BAD_VESSEL_NUMBER: ("The IMO number's check digit does not fit.", "Look the ship up again."),
    Reason.VALUE_IGNORED: ("A value that may be absent could not be read and was passed over.", "Correct the value."),
}


class Rejected(Exception):
    """An item, or when raised from a decoder a whole message, that is not taken.

    `where` is a JSON path, or message, segment and tag for EDIFACT.  Two are equal when all they say is equal.
    """

    def __init__(self, reason: Reason, where: str = "", *, message: str = "", fix: str = "") -> None:
        usual_message, usual_fix = TEXTS[reason]
        self.reason = reason
        self.where, self.message, self.fix = map(_keepable, (where, message or usual_message, fix or usual_fix))
        super().__init__(f"{reason} at {where or 'the message'}: {self.message}")

    def _said(self) -> tuple[Reason, str, str, str]:
        return (self.reason, self.where, self.message, self.fix)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rejected) and self._said() == other._said()

    def __hash__(self) -> int:
        return hash(self._said())


def _keepable(text: str) -> str:
    """What a stranger wrote may be quoted in it, and PostgreSQL keeps no NUL: its picture stands for it."""
    return text.replace("\x00", "\u2400")


@dataclass(frozen=True, slots=True)
class Warned:
    """Something odd about an item that was taken all the same."""

    reason: Reason
    where: str
