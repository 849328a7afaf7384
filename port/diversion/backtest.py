"""A ruleset tried on cases of the past: what it would have changed, and what it would have found as far as is known.

Honest where a back-test is easily not: a box that was released and never opened is unknown, not clean; recall comes
from boxes opened at random alone; profiles know on each day only what was found before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from port.diversion.outcomes import PastCase
from port.diversion.profiles import Profiles
from port.diversion.report import Report
from port.diversion.table import Ruleset


class Cancelled(Exception):
    """The back-test was asked to stop."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Inspect this share of all cases; of these inspections, the share `random_floor` by lot among all the rest."""

    share: float
    random_floor: float = 0.0
    seed: int = 20200101


def _tell_nobody(_done: int, _stage: str) -> None:
    return


def _go_on() -> bool:
    return False


def backtest(
    cases: Iterable[PastCase],
    ruleset: Ruleset,
    *,
    against: Ruleset | None = None,
    history: Profiles | None = None,
    budget: Budget | None = None,
    progress: Callable[[int, str], None] = _tell_nobody,
    is_cancelled: Callable[[], bool] = _go_on,
) -> Report:
    """The report on `ruleset` over these cases, in the order of their days.

    `against` is the ruleset they are compared with (the active one).  `history` are profiles learnt elsewhere: they are
    used as they stand and learn nothing here.  Without them profiles unfold within the cases, by strictly earlier days.
    With a `budget` the cases to inspect are chosen by it, and without by the rows, draws and top-up of the table.
    `progress` is told how many cases are done, and the stage, every few thousand cases; then `is_cancelled` is asked,
    and a true answer raises Cancelled.
    """
    raise NotImplementedError


__all__ = ["Budget", "Cancelled", "backtest"]
