"""What a back-test counts of the table itself: flips between two rulesets, what each row does, facts not known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from events.types import Route
from port.diversion.backtest_weighing import Weighed
from port.diversion.case import NO_FACTS, Case, Facts
from port.diversion.cells import MISSING
from port.diversion.compiler import compile_ruleset
from port.diversion.facts import FactSpec, Level, find_fact, reader
from port.diversion.intervals import wilson
from port.diversion.outcomes import PastCase
from port.diversion.profiles_of_cases import asked_facts
from port.diversion.report_parts import FlipCase, FlipCell, MissingFact, RowReport
from port.diversion.sentence import Sentence, of_cell, of_default, of_row, of_top_up
from port.diversion.table import DEFAULT_ROW, STRICTNESS, TOP_UP_ROW, Ruleset

CASES_KEPT = 200
"""Cases kept of each cell of the flip matrix, to look at."""


class Flips:
    """How many cases go where under each of two rulesets, and the first of those that change."""

    def __init__(self) -> None:
        self._cells: Counter[tuple[Route, Route]] = Counter()
        self._cases: list[FlipCase] = []

    def add(self, past: PastCase, was: Weighed, now: Weighed) -> None:
        """One case."""
        cell = was.route, now.route
        self._cells[cell] += 1
        if was.route is not now.route and self._cells[cell] <= CASES_KEPT:
            self._cases.append(
                FlipCase(past.case.container_number, past.decision_id, was.route.value, now.route.value, now.row)
            )

    def cells(self) -> tuple[FlipCell, ...]:
        """All cells that are not empty, laxest route first."""
        ranked = sorted(self._cells, key=lambda cell: (STRICTNESS.index(cell[0]), STRICTNESS.index(cell[1])))
        return tuple(FlipCell(was.value, now.value, self._cells[was, now]) for was, now in ranked)

    def cases(self) -> tuple[FlipCase, ...]:
        """Those kept, in the order they came in."""
        return tuple(self._cases)


class _Seen:
    """Counts of one row."""

    __slots__ = ("exclusive", "finds", "hits", "incremental", "known")

    def __init__(self) -> None:
        self.hits = self.incremental = self.exclusive = self.known = self.finds = 0


class Rows:
    """What each row of a ruleset does; the default and the top-up count as rows that hold where they decide."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset
        self._every = (1 << len(ruleset.rows)) - 1
        self._names = [row.id for row in ruleset.rows]
        self._seen = {name: _Seen() for name in (*self._names, DEFAULT_ROW, TOP_UP_ROW)}

    def add(self, weighed: Weighed, found: bool | None) -> None:
        """One case."""
        held = weighed.hits & self._every
        left = held
        while left:
            lowest = left & -left
            self._hit(self._names[lowest.bit_length() - 1], found, is_alone=held == lowest)
            left ^= lowest
        if weighed.row is None:
            return
        if weighed.row in (DEFAULT_ROW, TOP_UP_ROW):
            self._hit(weighed.row, found, is_alone=not held)
        self._seen[weighed.row].incremental += 1

    def reports(self) -> tuple[RowReport, ...]:
        """In the order of the table, then the default, then the top-up where the table has one."""
        table, ruleset = compile_ruleset(self._ruleset), self._ruleset
        told = [
            of_row((of_cell(cell, ruleset.lists) for cell in cells), route)
            for cells, (_, route) in zip(table.cells[:-1], table.rows[:-1], strict=True)
        ]
        rows = [self._report(row.id, row.route, words) for row, words in zip(ruleset.rows, told, strict=True)]
        rows.append(self._report(DEFAULT_ROW, ruleset.default.route, of_default(ruleset.default.route)))
        top_ups = [of_top_up(route, bound) for route, bound in table.top_ups.items()]
        if top_ups:
            words = Sentence("".join(one.zh for one in top_ups), " ".join(one.en for one in top_ups))
            rows.append(self._report(TOP_UP_ROW, Route.INSPECTION, words))
        return tuple(rows)

    def _hit(self, name: str, found: bool | None, *, is_alone: bool) -> None:
        seen = self._seen[name]
        seen.hits += 1
        seen.exclusive += is_alone
        if found is not None:
            seen.known += 1
            seen.finds += found

    def _report(self, name: str, route: Route, words: Sentence) -> RowReport:
        seen = self._seen[name]
        return RowReport(
            name,
            route.value,
            *words,
            seen.hits,
            seen.incremental,
            seen.exclusive,
            seen.known,
            seen.finds,
            wilson(seen.finds, seen.known),
        )


class Missing:
    """How often what the ruleset asks for was not known: of how many cases, on any of their lines."""

    def __init__(self, ruleset: Ruleset) -> None:
        specs = [spec for spec in map(find_fact, asked_facts(ruleset)) if spec is not None]
        self.readers = [(spec, reader(spec)) for spec in specs]
        self._missing: Counter[str] = Counter()
        self._unreadable: Counter[str] = Counter()
        self._asked = 0

    def add(self, case: Case) -> None:
        """One case; one without papers was not asked anything."""
        if not case.standings:
            return
        self._asked += 1
        for spec, reads in self.readers:
            told = [level.get(spec.name, MISSING) for level in _levels(case, spec)]
            if MISSING in told:
                self._missing[spec.name] += 1
            elif not all(map(reads, told)):
                self._unreadable[spec.name] += 1

    def add_counted(self, cases: int, unread: Mapping[str, tuple[int, int]]) -> None:
        """So many cases with papers; of each fact how many miss it, and how many others cannot have it read."""
        self._asked += cases
        for name, (missing, unreadable) in unread.items():
            self._missing[name] += missing
            self._unreadable[name] += unreadable

    def facts(self) -> tuple[MissingFact, ...]:
        """In the order of the table."""
        return tuple(self._of(spec) for spec, _ in self.readers)

    def _of(self, spec: FactSpec) -> MissingFact:
        name = spec.name
        return MissingFact(name, spec.zh, spec.en, self._asked, self._missing[name], self._unreadable[name])


def _levels(case: Case, spec: FactSpec) -> Sequence[Facts]:
    if spec.level is Level.CONTAINER:
        return (case.container,)
    if spec.level is Level.DECLARATION:
        return [standing.facts for standing in case.standings]
    return [line for standing in case.standings for line in standing.lines or (NO_FACTS,)]
