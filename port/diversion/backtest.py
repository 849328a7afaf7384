"""A ruleset tried on cases of the past: what it would have changed, and what it would have found as far as is known.

Honest where a back-test is easily not: a box that was released and never opened is unknown, not clean; recall comes
from boxes opened at random alone; profiles know on each day only what was found before it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice

from port.diversion.backtest_counts import Flips, Missing, Rows
from port.diversion.backtest_lots import lot_of
from port.diversion.backtest_results import by_choice, by_table
from port.diversion.backtest_selection import SEED, Budget, Candidates
from port.diversion.backtest_strata import Days, Hours, Lanes, Strata
from port.diversion.backtest_weighing import LOOKED_AT, Weighed, Weigher
from port.diversion.case import Case
from port.diversion.draw import draw
from port.diversion.outcomes import PastCase
from port.diversion.profiles import Profiles, Unfolding
from port.diversion.profiles_of_cases import asked_facts, kinds_asked, profiled
from port.diversion.report import Report
from port.diversion.table import Ruleset

CHUNK = 16_384
"""Cases judged between two words to whoever waits."""


class Cancelled(Exception):
    """The back-test was asked to stop."""


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
    """The report on `ruleset` over these cases.

    `against` is the ruleset they are compared with (the active one).  `history` are profiles learnt elsewhere: they are
    used as they stand and learn nothing here.  Without them profiles unfold within the cases, by strictly earlier days:
    a list is put in the order of its days, a stream must come in it (ValueError).  With a `budget` the cases to inspect
    are chosen by it, and the lanes of the table with their draws and top-ups stand aside; without, the table decides as
    it would live.  `progress` is told how many cases are done, and the stage, after every chunk; then
    `is_cancelled` is asked, and a true answer raises Cancelled.
    """
    run = _Run(ruleset, against, history, budget)
    ordered = sorted(cases, key=_day) if isinstance(cases, list) else cases
    for chunk in _chunks(ordered):
        if is_cancelled():
            raise Cancelled
        run.take(chunk)
        progress(run.cases, "cases")
    if is_cancelled():
        raise Cancelled
    progress(run.cases, "report")
    return run.report()


class _Run:
    """One back-test: a chunk after the other, and the report at the end."""

    def __init__(
        self, ruleset: Ruleset, against: Ruleset | None, history: Profiles | None, budget: Budget | None
    ) -> None:
        self._ruleset, self._against, self._budget = ruleset, against, budget
        asked = kinds_asked(ruleset, *([against] if against else []))
        self._facts = {*asked_facts(ruleset), *(asked_facts(against) if against else ())}
        self._frozen = history.narrowed(asked) if history else None
        self._unfolding = Unfolding(Profiles(asked)) if history is None and asked else None
        self._now = Weigher(_without_lanes(ruleset) if budget else ruleset)
        self._was = Weigher(_without_lanes(against) if budget else against) if against else None
        self._flips, self._rows, self._missing = Flips(), Rows(self._now.ruleset), Missing(ruleset)
        self._strata, self._days, self._hours = Strata(), Days(), Hours(ruleset)
        self._lanes = Lanes(ruleset)
        self._by_rows = Weigher(_without_lanes(ruleset)) if self._lanes and not budget else None
        self._candidates = Candidates(budget.seed) if budget else None
        self._salt = hashlib.sha256(str(budget.seed if budget else SEED).encode()).digest()
        self.cases = self._faults = 0
        self._since: datetime | None = None
        self._until: datetime | None = None

    def take(self, chunk: Sequence[PastCase]) -> None:
        """Judge these cases and count them."""
        known = [(past, self._known(past)) for past in chunk]
        asked = [(case, self._draws(past)) for past, case in known]
        lot = lot_of(asked, self._facts)
        now = lot.weigh(self._now)
        was = lot.weigh(self._was) if self._was else [None] * len(now)
        lot.count(self._missing)
        for past, here, there in zip(chunk, now, was, strict=True):
            self._count(past, here, there)
        for by_rows in now if self._budget else lot.weigh(self._by_rows) if self._by_rows else ():
            self._lanes.add(by_rows)

    def report(self) -> Report:
        """All that was counted."""
        learnt = self._frozen or (self._unfolding.profiles if self._unfolding else Profiles(()))
        if self._candidates is not None and self._budget is not None:
            inspections = by_choice(self._candidates, self._budget)
        else:
            inspections = by_table(self._strata, self._days)
        return Report(
            ruleset=self._ruleset.content_hash,
            name=self._ruleset.name,
            against=self._against.content_hash if self._against else None,
            cases=self.cases,
            since=self._since,
            until=self._until,
            learnt_inspections=learnt.general.inspections,
            flips=self._flips.cells(),
            flip_cases=self._flips.cases(),
            rows=self._rows.reports(),
            by_rules=inspections.by_rules,
            random=inspections.random,
            unknown=self._strata.unknown,
            recall=inspections.recall,
            random_floor=inspections.random_floor,
            selection=inspections.selection,
            chosen=inspections.chosen,
            per_hour=() if self._budget else self._hours.series(),
            series=inspections.series,
            calibration=self._lanes.calibration(),
            missing_facts=self._missing.facts(),
            faults=self._faults,
        )

    def _known(self, past: PastCase) -> Case:
        """The case with what was known on its day; what came of it is learnt for the days after."""
        if self._frozen:
            return profiled(past.case, self._frozen)
        if not self._unfolding:
            return past.case
        case = profiled(past.case, self._unfolding.on(_day(past)))
        if past.found is not None:
            known = max(_day(past), past.known_at.date()) if past.known_at else _day(past)
            for standing in past.case.standings:
                self._unfolding.learn(known, standing.facts, standing.lines, found=past.found)
        return case

    def _draws(self, past: PastCase) -> Mapping[str, float]:
        """Those kept with the decision, and one by the seed for each declaration that has none."""
        keys = [one.key for one in past.case.standings if one.key not in past.draws]
        if not keys or self._budget:
            return past.draws
        box = past.case.container_number
        return {**{key: draw(self._salt, box, subject=key) for key in keys}, **past.draws}

    def _count(self, past: PastCase, now: Weighed, was: Weighed | None) -> None:
        self.cases += 1
        self._faults += now.is_faulty
        self._since = past.at if self._since is None else min(self._since, past.at)
        self._until = past.at if self._until is None else max(self._until, past.at)
        if was is not None:
            self._flips.add(past, was, now)
        self._rows.add(now, past.found)
        self._strata.add(past, now)
        if self._candidates is not None:
            name, day = _name(past), past.at.toordinal()
            self._candidates.add(name, is_ruled=now.is_ruled, risk=now.risk, found=past.found, day=day)
            return
        self._days.add(_day(past), past.found, is_looked_at=now.route in LOOKED_AT)
        self._hours.add(past, now, was)


def _day(past: PastCase) -> date:
    return past.at.date()


def _name(past: PastCase) -> str:
    """What ties and lots go by: the declarations of the box."""
    return "\x1f".join(one.key for one in past.case.standings) or past.case.container_number


def _without_lanes(ruleset: Ruleset) -> Ruleset:
    return ruleset.model_copy(update={"lanes": ()})


def _chunks(cases: Iterable[PastCase]) -> Iterator[list[PastCase]]:
    left = iter(cases)
    while chunk := list(islice(left, CHUNK)):
        yield chunk


__all__ = ["Budget", "Cancelled", "backtest"]
