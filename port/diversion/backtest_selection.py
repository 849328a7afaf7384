"""Which cases a budget of inspections goes to."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import floor

from port.diversion.intervals import Estimate, wilson
from port.diversion.report_parts import Stratum

NOTHING, FOUND, UNKNOWN = 0, 1, -1
"""What came of a case, as a small number."""


SEED = 20200101
"""Of ties, lots and draws where none is given: the same back-test twice gives the same report."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Inspect this share of all cases; of these inspections, the share `random_floor` by lot among all the rest."""

    share: float
    random_floor: float = 0.0
    seed: int = SEED

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1 or not 0 <= self.random_floor <= 1:
            raise ValueError("share and random floor lie between 0 and 1")

    def of(self, cases: int) -> tuple[int, int]:
        """How many inspections there are for so many cases, and how many of them by lot."""
        all_of_them = floor(self.share * cases + 0.5)
        return all_of_them, floor(self.random_floor * all_of_them + 0.5)


@dataclass(slots=True)
class Candidates:
    """The cases as the choice sees them, a few bytes each; there may be millions."""

    seed: int
    names: list[str] = field(default_factory=list)
    risks: array[float] = field(default_factory=lambda: array("d"))
    ruled: bytearray = field(default_factory=bytearray)
    ties: array[int] = field(default_factory=lambda: array("Q"))
    lots: array[int] = field(default_factory=lambda: array("Q"))
    outcomes: array[int] = field(default_factory=lambda: array("b"))
    days: array[int] = field(default_factory=lambda: array("l"))

    def add(self, name: str, *, is_ruled: bool, risk: float, found: bool | None, day: int) -> None:
        """One case more.  What came of it is kept for the reckoning, and no choice reads it."""
        drawn = hashlib.blake2b(name.encode(), digest_size=16, key=str(self.seed).encode()).digest()
        self.names.append(name)
        self.risks.append(risk)
        self.ruled.append(is_ruled)
        self.ties.append(int.from_bytes(drawn[:8], "big"))
        self.lots.append(int.from_bytes(drawn[8:], "big"))
        self.outcomes.append(UNKNOWN if found is None else int(found))
        self.days.append(day)

    def __len__(self) -> int:
        return len(self.risks)

    def stratum(self, chosen: Sequence[int]) -> Stratum:
        """What these inspections brought, as far as is known."""
        known = [self.outcomes[one] for one in chosen if self.outcomes[one] != UNKNOWN]
        return Stratum(len(chosen), len(known), sum(known), wilson(sum(known), len(known)))

    def recall(self, chosen: Sequence[int]) -> Estimate | None:
        """Of all finds that are known, the share that these inspections have."""
        return wilson(self.stratum(chosen).finds, sum(one == FOUND for one in self.outcomes))


@dataclass(frozen=True, slots=True)
class Choice:
    """Indices of the cases chosen: `targeted` first by rows and then by risk, `random` by lot among all the rest.

    `instead` is what would have been targeted beyond that, had none been left to the lot.
    """

    targeted: Sequence[int]
    random: Sequence[int]
    instead: Sequence[int]


def choose(candidates: Candidates, budget: Budget) -> Choice:
    """Rows first, then the riskiest; ties by a keyed hash of the case's name, and the lot by another."""
    inspections, by_lot = budget.of(len(candidates))
    ruled, risks, ties, lots = candidates.ruled, candidates.risks, candidates.ties, candidates.lots
    order = sorted(range(len(candidates)), key=lambda one: (not ruled[one], -risks[one], ties[one], one))
    targeted, rest = order[: inspections - by_lot], order[inspections - by_lot :]
    return Choice(targeted, sorted(rest, key=lambda one: (lots[one], one))[:by_lot], rest[:by_lot])
