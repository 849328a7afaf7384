"""What became of a box that was decided: was it opened, why, and was anything found?  Often nobody can say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from port.diversion.case import Case


class Stratum(StrEnum):
    """Why a box was opened then.  Only RANDOM is a fair sample of all that the rules let pass."""

    ORDERED = "ORDERED"
    BY_RULES = "BY_RULES"
    RANDOM = "RANDOM"
    UNKNOWN = "UNKNOWN"
    """It was opened, and nobody said why."""
    NOT_INSPECTED = "NOT_INSPECTED"


NO_DRAWS: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCase:
    """A case of the past with all a back-test needs of it.

    `found` is whether the inspection found something: None when the box was never opened, or nobody said what came of
    it.  A box released and never opened is unknown, not clean.  `at` is when it was decided, `has_hour` False when only
    the day is known; `known_at` is when the outcome was, None for the day of the decision.  `draws` are those kept with
    the decision; a declaration without one is given one by the seed of the back-test.
    """

    case: Case
    at: datetime
    stratum: Stratum = Stratum.NOT_INSPECTED
    found: bool | None = None
    known_at: datetime | None = None
    has_hour: bool = True
    draws: Mapping[str, float] = field(default_factory=lambda: NO_DRAWS)
    decision_id: str | None = None
