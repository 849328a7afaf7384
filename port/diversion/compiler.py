"""A ruleset compiled for live decisions, once per content hash."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from events.types import Route
from port.diversion.case import Facts
from port.diversion.cells import MISSING, Cell, cell_of
from port.diversion.checks import operand
from port.diversion.columns import Column, Sets, columns
from port.diversion.facts import Level, find_fact
from port.diversion.loading import checked
from port.diversion.risk import Term, compile_terms
from port.diversion.table import DEFAULT_ROW, STRICTNESS, Ruleset

COMPILER_VERSION = "sets-2"
"""Kept with each decision; to be raised whenever the same table and case could give another answer."""

_KEPT = 64
"""Compiled tables kept: the active one, candidates in shadow, and old ones that officers look at."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """The table by its columns.  Row `len(rows) - 1` is the default, which always holds."""

    ruleset: Ruleset
    rows: tuple[tuple[str, Route], ...]
    cells: tuple[tuple[Cell, ...], ...]
    container: tuple[Column, ...]
    declaration: tuple[Column, ...]
    line: tuple[Column, ...]
    readers: tuple[tuple[str, Level, Callable[[object], bool]], ...]
    stricter_than: Mapping[Route, int]
    random_rates: Mapping[Route, float]
    risk: tuple[Term, ...]
    top_ups: Mapping[Route, float]


@lru_cache(maxsize=_KEPT)
def compile_ruleset(ruleset: Ruleset) -> Compiled:
    """The compiled table, the same object for the same content; RulesetInvalid when its sense is wrong."""
    checked(ruleset)
    rows = (*((row.id, row.route) for row in ruleset.rows), (DEFAULT_ROW, ruleset.default.route))
    cells = tuple(_cells(ruleset, number) for number in range(len(ruleset.rows)))
    return Compiled(
        ruleset,
        rows,
        (*cells, ()),
        container=_columns(cells, Level.CONTAINER, width=len(rows)),
        declaration=_columns(cells, Level.DECLARATION, width=len(rows)),
        line=_columns(cells, Level.LINE, width=len(rows)),
        readers=_readers(cells),
        stricter_than=MappingProxyType({route: _stricter(rows, route) for route in Route}),
        random_rates=MappingProxyType({lane.route: lane.minimum_random_rate for lane in ruleset.lanes}),
        risk=compile_terms(ruleset.risk),
        top_ups=MappingProxyType(
            {lane.route: lane.top_up_from for lane in ruleset.lanes if lane.top_up_from is not None}
        ),
    )


def sift(left: Sets, level: Sequence[Column], *, facts: Facts) -> Sets:
    """The rows left when these facts are known too."""
    find = facts.get
    for name, passes in level:
        left &= passes(find(name, MISSING))
    return left


def _cells(ruleset: Ruleset, number: int) -> tuple[Cell, ...]:
    made = []
    for condition in ruleset.rows[number].when:
        spec = find_fact(condition.fact)
        if spec is None:
            raise LookupError(condition.fact)
        made.append(cell_of(number, spec, condition=condition, compared=operand(condition, ruleset.lists)))
    return tuple(made)


def _readers(cells: Sequence[tuple[Cell, ...]]) -> tuple[tuple[str, Level, Callable[[object], bool]], ...]:
    """Each fact the rows ask for, once."""
    facts = {one.spec.name: (one.spec.level, one.reads) for row in cells for one in row}
    return tuple((name, level, reads) for name, (level, reads) in facts.items())


def _columns(cells: Sequence[tuple[Cell, ...]], level: Level, *, width: int) -> tuple[Column, ...]:
    return columns((one for row in cells for one in row if one.spec.level is level), width)


def _stricter(rows: Sequence[tuple[str, Route]], route: Route) -> int:
    return sum(
        1 << number for number, (_, other) in enumerate(rows) if STRICTNESS.index(other) > STRICTNESS.index(route)
    )
