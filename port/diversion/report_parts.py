"""The parts of a back-test's report, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from port.diversion.intervals import Estimate


@dataclass(frozen=True, slots=True)
class FlipCell:
    """How many cases one ruleset sends down `was` and the other down `now`."""

    was: str
    now: str
    count: int


@dataclass(frozen=True, slots=True)
class FlipCase:
    """One case of a cell, to look at; `row` is what decided it now."""

    container_number: str
    decision_id: str | None
    was: str
    now: str
    row: str | None


@dataclass(frozen=True, slots=True)
class RowReport:
    """What one row did.

    `hits`: cases it holds for; `incremental`: those no row above holds for, so that it decided; `exclusive`: those no
    other row holds for.  `known` of the hits have a known outcome, and `finds` of these found something.
    """

    row: str
    route: str
    zh: str
    en: str
    hits: int
    incremental: int
    exclusive: int
    known: int
    finds: int
    precision: Estimate | None


@dataclass(frozen=True, slots=True)
class Stratum:
    """Inspections of one kind: `known` of them have a known outcome, `finds` of these found something."""

    inspected: int
    known: int
    finds: int
    precision: Estimate | None


@dataclass(frozen=True, slots=True)
class RandomFloor:
    """What the random share of the budget costs: `price_in_finds` is how many more finds the same inspections would
    have brought in order of risk (estimated where outcomes are unknown; None where nobody can tell)."""

    budget: int
    finds: int
    price_in_finds: float | None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which cases a budget goes to: first those a row sends to a site or holds, then in order of risk, then by lot."""

    share: float
    random_floor: float
    seed: int
    budget: int
    by_rows: int
    by_risk: int
    at_random: int
    overall: Stratum
    known_recall: Estimate | None
    top_up_from: float | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """One case a budget went to, by its name: the number of its declaration.  `why` is ROWS, RISK or RANDOM."""

    name: str
    why: str
    risk: float | None


@dataclass(frozen=True, slots=True)
class Hour:
    """Inspections that fell into one hour, here and with the ruleset compared with; `capacity` None is not known."""

    hour: datetime
    inspections: int
    against: int | None
    capacity: float | None


@dataclass(frozen=True, slots=True)
class Day:
    """One day: how many cases, how many to be inspected, of these how many with a known outcome and how many finds."""

    day: date
    cases: int
    inspections: int
    known: int
    finds: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """The `top_up_from` that would have sent the share `expected_rate` of a lane to inspection, draw included."""

    route: str
    expected_rate: float
    top_up_from: float | None
    reached_rate: float


@dataclass(frozen=True, slots=True)
class MissingFact:
    """How often a fact the ruleset asks for was not known, and how often it was told unreadably."""

    fact: str
    zh: str
    en: str
    asked: int
    missing: int
    unreadable: int
