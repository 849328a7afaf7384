"""The closed lists a visit is told in, and the windows it is cut by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class MovementState(StrEnum):
    """Where the box is.  ON_VESSEL and DEPARTED come only from joining the call's times (`port.headline`)."""

    EXPECTED = "EXPECTED"
    ON_VESSEL = "ON_VESSEL"
    DISCHARGED = "DISCHARGED"
    IN_YARD = "IN_YARD"
    IN_TRANSFER = "IN_TRANSFER"
    AT_INSPECTION = "AT_INSPECTION"
    GATED_IN = "GATED_IN"
    LOADED = "LOADED"
    GATED_OUT = "GATED_OUT"
    DEPARTED = "DEPARTED"
    EXIT_NOT_REPORTED = "EXIT_NOT_REPORTED"


IN_PORT = frozenset(
    {
        MovementState.DISCHARGED,
        MovementState.IN_YARD,
        MovementState.IN_TRANSFER,
        MovementState.AT_INSPECTION,
        MovementState.GATED_IN,
    }
)


class Customs(StrEnum):
    """What customs says, the strictest first; REJECTED and VOID are also what ends a declaration."""

    HELD = "HELD"
    INSPECTING = "INSPECTING"
    INSPECTION_ORDERED = "INSPECTION_ORDERED"
    SCAN_ORDERED = "SCAN_ORDERED"
    REJECTED = "REJECTED"
    NOT_DECLARED = "NOT_DECLARED"
    VOID = "VOID"
    UNDER_REVIEW = "UNDER_REVIEW"
    DECLARED = "DECLARED"
    NO_INSPECTION = "NO_INSPECTION"
    RELEASED = "RELEASED"


SEVERITY = {status: len(Customs) - place for place, status in enumerate(Customs)}


class CustomsArrival(StrEnum):
    NOT_REPORTED = "NOT_REPORTED"
    REPORTED = "REPORTED"


class Carrier(StrEnum):
    UNKNOWN = "UNKNOWN"
    NOT_RELEASED = "NOT_RELEASED"
    RELEASED = "RELEASED"


class Charges(StrEnum):
    UNKNOWN = "UNKNOWN"
    DUE = "DUE"
    CLEAR = "CLEAR"


@dataclass(frozen=True, slots=True)
class CutRules:
    """The windows by which events are cut into visits, and the facilities under customs' control.

    `inspection_sites`: where rules send boxes to be looked at; the same, unless a ship worked the box there.
    `unnamed_call`: how long a call that one side does not name may still be the same one.  `voyage_recurs`: after how
    long a vessel's voyage number means another call, as lines use their numbers again.
    """

    customs_facilities: frozenset[str] = frozenset()
    inspection_sites: frozenset[str] = frozenset()
    confirm_within: timedelta = timedelta(hours=12)
    inner_after_leave: timedelta = timedelta(hours=1)
    late_discharge: timedelta = timedelta(hours=24)
    transfer_within: timedelta = timedelta(hours=72)
    late_transfer_leave: timedelta = timedelta(hours=1)
    unnamed_call: timedelta = timedelta(hours=72)
    voyage_recurs: timedelta = timedelta(days=180)
    document_within: timedelta = timedelta(days=30)


class Mark(StrEnum):
    """Whether a stored telling still stands."""

    CURRENT = "CURRENT"
    SUPERSEDED = "SUPERSEDED"
    RETRACTED = "RETRACTED"
