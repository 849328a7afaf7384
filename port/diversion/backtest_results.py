"""The part of the report on inspections: as the table would have them, or as a budget was given out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import inf, isfinite

from port.diversion.backtest_selection import UNKNOWN, Budget, Candidates, Choice, choose
from port.diversion.backtest_strata import Days, Strata
from port.diversion.intervals import Estimate, projected_recall
from port.diversion.report_parts import Chosen, Day, RandomFloor, Selection, Stratum


@dataclass(frozen=True, slots=True)
class Inspections:
    """What the report says of inspections."""

    by_rules: Stratum
    random: Stratum
    recall: Estimate | None
    random_floor: RandomFloor | None
    selection: Selection | None
    series: tuple[Day, ...]
    chosen: tuple[Chosen, ...] = ()


def by_table(strata: Strata, days: Days) -> Inspections:
    """As the table would have them."""
    return Inspections(strata.by_rules, strata.random, strata.recall, strata.floor, None, days.series())


def by_choice(candidates: Candidates, budget: Budget) -> Inspections:
    """As the budget was given out."""
    choice = choose(candidates, budget)
    targeted, drawn = candidates.stratum(choice.targeted), candidates.stratum(choice.random)
    return Inspections(
        targeted,
        drawn,
        _recall(targeted, drawn, rest=len(candidates) - targeted.inspected),
        _floor(candidates, choice, drawn),
        _selection(candidates, budget, choice),
        _series(candidates, choice),
        tuple(_chosen(candidates, choice)),
    )


def _recall(targeted: Stratum, drawn: Stratum, *, rest: int) -> Estimate | None:
    """From the lot alone.  Targets whose outcome nobody knows are taken to be like those whose is known."""
    if not targeted.known and targeted.inspected:
        return None
    found = round(targeted.inspected * targeted.finds / targeted.known) if targeted.known else 0
    return projected_recall(found, drawn.known, drawn.finds, rest)


def _floor(candidates: Candidates, choice: Choice, drawn: Stratum) -> RandomFloor | None:
    if not choice.random:
        return None
    instead, price = candidates.stratum(choice.instead), None
    if instead.precision and drawn.precision:
        price = len(choice.random) * (instead.precision.value - drawn.precision.value)
    return RandomFloor(drawn.inspected, drawn.finds, price)


def _selection(candidates: Candidates, budget: Budget, choice: Choice) -> Selection:
    chosen = [*choice.targeted, *choice.random]
    by_rows = sum(candidates.ruled[one] for one in choice.targeted)
    by_risk = [candidates.risks[one] for one in choice.targeted if not candidates.ruled[one]]
    lowest = min(by_risk, default=-inf)
    return Selection(
        budget.share,
        budget.random_floor,
        budget.seed,
        len(chosen),
        by_rows,
        len(choice.targeted) - by_rows,
        len(choice.random),
        candidates.stratum(chosen),
        candidates.recall(chosen),
        lowest if isfinite(lowest) else None,
    )


def _chosen(candidates: Candidates, choice: Choice) -> Iterator[Chosen]:
    for one in choice.targeted:
        yield _named(candidates, one, "ROWS" if candidates.ruled[one] else "RISK")
    for one in choice.random:
        yield _named(candidates, one, "RANDOM")


def _named(candidates: Candidates, one: int, why: str) -> Chosen:
    risk = candidates.risks[one]
    return Chosen(candidates.names[one], why, risk if isfinite(risk) else None)


def _series(candidates: Candidates, choice: Choice) -> tuple[Day, ...]:
    days, chosen = Days(), _marks(candidates, (*choice.targeted, *choice.random))
    for number, (ordinal, outcome) in enumerate(zip(candidates.days, candidates.outcomes, strict=True)):
        found = None if outcome == UNKNOWN else bool(outcome)
        days.add(date.fromordinal(ordinal), found, is_looked_at=bool(chosen[number]))
    return days.series()


def _marks(candidates: Candidates, chosen: Sequence[int]) -> bytearray:
    marks = bytearray(len(candidates))
    for one in chosen:
        marks[one] = 1
    return marks
