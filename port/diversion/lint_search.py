"""A box on which a given row decides, or the certainty that there is none.

A row decides where all its conditions hold and every row above is out of the way: false or, for one that is no
stricter, at least open.  So it is a choice of one value per fact that puts all rows above out of the way together.
Only the kinds of `lint_values` need be tried, and of these only those that put away the most.  In the worst case the
search is exponential; it has a budget, and when that ends it says so rather than guess.

Facts are taken as independent of each other, readable, and all told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from types import MappingProxyType
from typing import Any, NamedTuple

from events.types import InspectAt, Route
from port.diversion.case import Case, Facts, Standing
from port.diversion.cells import Cell
from port.diversion.columns import Column, split
from port.diversion.compiler import Compiled, compile_ruleset
from port.diversion.facts import CustomsStatus, FactType, Level, find_fact
from port.diversion.judging import by_rows
from port.diversion.lint_examples import natural
from port.diversion.lint_values import values_of
from port.diversion.table import Ruleset

BUDGET = 100_000
"""Steps for all questions about one table; some seconds at worst."""

_A_QUESTION = 5
"""Steps that even the easiest question costs."""

_PER_QUESTION = 5_000
_MOST_SETS = 2_000
"""Sets of texts tried for one fact in one question."""


class Undecided(Exception):
    """The budget ended before the answer was certain."""


class _Choice(NamedTuple):
    """A value with the rows it leaves certain and possible."""

    value: object
    certain: int
    possible: int


class _Option(NamedTuple):
    """A value with the rows it puts out of the way."""

    value: object
    puts_away: int


@dataclass(slots=True)
class Space:
    """All boxes that one table can tell apart."""

    ruleset: Ruleset
    steps: int = BUDGET
    table: Compiled = field(init=False)
    facts: tuple[str, ...] = field(init=False)
    values: Mapping[str, tuple[object, ...]] = field(init=False)
    _cells: Mapping[str, tuple[Cell, ...]] = field(init=False)
    _columns: Mapping[str, tuple[Column, ...]] = field(init=False)
    _choices: dict[str, tuple[_Choice, ...]] = field(init=False, default_factory=dict)
    _free: dict[tuple[str, Route], tuple[_Option, ...]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.table = compile_ruleset(self.ruleset)
        cells: dict[str, list[Cell]] = defaultdict(list)
        for row in self.table.cells:
            for cell in row:
                cells[cell.spec.name].append(cell)
        columns: dict[str, list[Column]] = defaultdict(list)
        for column in (*self.table.container, *self.table.declaration, *self.table.line):
            columns[column.fact].append(column)
        self.facts = tuple(cells)
        self._cells = MappingProxyType({name: tuple(group) for name, group in cells.items()})
        self._columns = MappingProxyType({name: tuple(group) for name, group in columns.items()})
        self.values = MappingProxyType({name: _values(group) for name, group in cells.items()})

    @property
    def width(self) -> int:
        """Rows of the table, the default among them: it is the last."""
        return len(self.table.rows)

    def above(self, row: int) -> int:
        """The rows above this one, as bits."""
        return (1 << row) - 1

    def find(self, holding: Sequence[int], *, silent: int, route: Route) -> Facts | None:
        """Facts for which all rows of `holding` hold and none of the `silent` could come before one that says `route`.

        None when there are none; Undecided when that is not known.
        """
        self.steps -= _A_QUESTION
        if self.steps <= 0:
            raise Undecided
        wanted = sum(1 << row for row in holding)
        options: dict[str, tuple[_Option, ...]] = {}
        for name in self.facts:
            options[name] = self._options(name, wanted, silent, route)
            if not options[name]:
                return None
        chosen = _Search(options, min(self.steps, _PER_QUESTION))
        try:
            found = chosen.put_away(silent, tuple(options))
        finally:
            self.steps -= chosen.taken
        if found is None:
            return None
        example = {name: found.get(name, options[name][0].value) for name in self.facts}
        return MappingProxyType(
            dict(natural(example, lambda told: self._shows(told, wanted, silent, self.table.stricter_than[route])))
        )

    def _shows(self, example: Facts, wanted: int, silent: int, stricter: int) -> bool:
        certain, possible = -1, -1
        for name, value in example.items():
            told = self._told(name)(value)
            certain, possible = certain & told.certain, possible & told.possible
        return certain & wanted == wanted and not silent & ((certain & ~stricter) | (possible & stricter))

    def clashing(self, row: int) -> tuple[str, ...]:
        """The facts for which no value meets all conditions of the row."""
        route = self.table.rows[row][1]
        return tuple(name for name in self.facts if not self._options(name, 1 << row, 0, route))

    def _options(self, name: str, wanted: int, silent: int, route: Route) -> tuple[_Option, ...]:
        """What may be told of this fact: it leaves the wanted rows certain; the first of those that put away most."""
        asked = [cell for cell in self._cells[name] if wanted >> cell.row & 1]
        if not asked:
            if (name, route) not in self._free:
                self._free[name, route] = self._best(self._choices_of(name, ()), 0, route, (1 << self.width) - 1)
            return self._free[name, route]
        return self._best(self._choices_of(name, asked), wanted, route, silent)

    def _best(self, choices: Iterable[_Choice], wanted: int, route: Route, silent: int) -> tuple[_Option, ...]:
        stricter = self.table.stricter_than[route]
        best: dict[int, object] = {}
        for value, certain, possible in choices:
            if certain & wanted == wanted:
                away = silent & ((~certain & ~stricter) | (~possible & stricter))
                best.setdefault(away, value)
        kept: list[int] = []
        for away in sorted(best, key=int.bit_count, reverse=True):
            if not any(away & ~other == 0 for other in kept):
                kept.append(away)
        return tuple(_Option(best[away], away) for away in kept)

    def _choices_of(self, name: str, asked: Sequence[Cell]) -> Iterable[_Choice]:
        spec = self._cells[name][0].spec
        if spec.type is FactType.TEXTS:
            return self._sets_of(name, asked)
        if name not in self._choices:
            found = {(one.certain, one.possible): one for one in reversed([*map(self._told(name), self.values[name])])}
            self._choices[name] = tuple(reversed(found.values()))
        return self._choices[name]

    def _sets_of(self, name: str, asked: Sequence[Cell]) -> Iterator[_Choice]:
        """The smallest sets of texts that meet the conditions asked: every further text only makes more rows hold."""
        meeting = {tuple(one for one in self.values[name] if cell.holds((one,))) for cell in asked}
        if prod(map(len, meeting)) > _MOST_SETS:
            raise Undecided
        made = {tuple(sorted(map(str, set(texts)))) for texts in product(*meeting)}
        return map(self._told(name), sorted(made))

    def _told(self, name: str) -> Any:  # Callable[[object], _Choice]
        columns, width = self._columns[name], self.width

        def told(value: object) -> _Choice:
            sets = -1
            for column in columns:
                sets &= column.passes(value)
            certain, possible, _ = split(sets, width)
            return _Choice(value, certain, possible)

        return told


def _values(cells: Sequence[Cell]) -> tuple[object, ...]:
    """The values worth trying; of single texts one for all that mean the same to each condition, for they are tried in
    sets and the sets are many."""
    spec = cells[0].spec
    values = values_of(spec, cells)
    if spec.type is not FactType.TEXTS:
        return values
    alike = {tuple((cell.holds((one,)), cell.is_open((one,))) for cell in cells): one for one in reversed(values)}
    return tuple(reversed(alike.values()))


@dataclass(slots=True)
class _Search:
    options: Mapping[str, Sequence[_Option]]
    most: int
    taken: int = 0

    def put_away(self, left: int, free: tuple[str, ...]) -> dict[str, object] | None:
        """Values of some of the free facts that together put away what is left; None when none do."""
        self.taken += 1
        if self.taken > self.most:
            raise Undecided
        if not left:
            return {}
        for name, option in self._hardest(left, free):
            found = self.put_away(left & ~option.puts_away, tuple(one for one in free if one != name))
            if found is not None:
                return {name: option.value, **found}
        return None

    def _hardest(self, left: int, free: tuple[str, ...]) -> list[tuple[str, _Option]]:
        """The ways to put away the one row for which there are fewest; all of them, so that nothing is missed."""
        ways = [(name, option) for name in free for option in self.options[name] if option.puts_away & left]
        once = twice = often = 0
        for _, option in ways:
            away = option.puts_away
            often |= twice & away
            twice |= once & away
            once |= away
        if left & ~once:
            return []
        hardest = left & ~twice or left & ~often or left
        row = hardest & -hardest
        fewest = [way for way in ways if way[1].puts_away & row]
        return sorted(fewest, key=lambda way: -(way[1].puts_away & left).bit_count())


def case_of(facts: Facts) -> Case:
    """A box with one declaration of one line, of which these facts are told."""
    levels: dict[Level, dict[str, object]] = {level: {} for level in Level}
    for name, value in facts.items():
        spec = find_fact(name)
        if spec is not None:
            levels[spec.level][name] = value
    status = CustomsStatus(str(facts.get("customs_status", CustomsStatus.DECLARED)))
    is_freed = status in (CustomsStatus.DECLARED, CustomsStatus.UNDER_REVIEW)
    place = InspectAt(str(facts.get("inspect_at", InspectAt.PORT if is_freed else InspectAt.DESTINATION)))
    standing = Standing("BL", "D", status, place, levels[Level.DECLARATION], (levels[Level.LINE],))
    return Case("TEST0000000", levels[Level.CONTAINER], (standing,))


def first_row(table: Compiled, facts: Facts) -> str | None:
    """The row that decides on a line with these facts, by the live compiler; None when what is unknown decides."""
    case = case_of(facts)
    return by_rows(table, case.container, standing=case.standings[0]).row
